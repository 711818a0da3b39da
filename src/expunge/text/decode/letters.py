"""Letters written out: words spelled one by one ("O-r-l-a", "Oscar Romeo Lima Alfa"), and other signs for letters.

Those are Morse, braille, flags, boxed and upside-down letters, and invisible characters.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from expunge.text.decode.look import Look, common_pairs
from expunge.text.decode.numbers import spread
from expunge.text.decode.plausible import plausible, text_of
from expunge.text.view import View

_SINGLE = re.compile(r"(?<![^\W_])[^\W\d_](?:[\W_]{1,6}+[^\W\d_](?![^\W_])){2,}+")
_REACH = 3
_LETTER = re.compile(r"[^\W\d_]")
_AS_IN = re.compile(
    r"(?<![^\W_])([^\W\d_])"
    r"(?:['\"”’]?\s{1,2}(?:as in|for|like|is|wie|comme|como|come|de|как|som)\s{1,2}|['\"*”’]{0,3}\s?[:=\-–—.)]+\s?)"
    r"['\"“‘*_]{0,3}(?i:\1)[^\W\d_]+"
)

_NATO_WORDS = (
    "alfa alpha bravo charlie delta echo foxtrot golf hotel india juliet juliett juliette kilo lima mike november "
    "oscar papa quebec romeo sierra tango uniform victor whiskey whisky xray yankee zulu"
)
_NATO = frozenset(_NATO_WORDS.split())
_NATO_WORD = re.compile(rf"(?<![^\W_])(?:{'|'.join(_NATO_WORDS.split())}|x-ray)(?![^\W_])", re.IGNORECASE)
_NATO_GAP = re.compile(r"(?:[\W_\d]|as in|for|like|and|then|space|[A-Za-z](?![^\W_]))*+")
_NATO_REACH = 40
_LETTERS_AND_DIGITS = re.compile(r"[^\W_]+")
_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def spelled(look: Look) -> Iterator[View]:
    """Single letters with anything but letters and digits between them: four, or three beyond ASCII."""
    if list(map(len, look.words)).count(1) >= 3 or "_" in look.chars:
        for match in _SINGLE.finditer(look.text):
            view = _spelled_view(look.text, match)
            if view is not None:
                yield view
        if _letters_with_their_words(look.words) >= 3:
            yield from _as_in(look.text)


def _letters_with_their_words(words: list[str]) -> int:
    """Return how many single letters have a word that begins with them among the next three."""
    singles = [i for i, word in enumerate(words) if len(word) == 1]
    return sum(any(word[0] == words[i] for word in words[i + 1 : i + 4]) for i in singles)


def _spelled_view(text: str, match: re.Match[str]) -> View | None:
    places = [match.start() + m.start() for m in _LETTER.finditer(match[0])]
    letters = [text[place] for place in places]
    if len(letters) < 4 and match[0].isascii():
        return None
    gaps = [text[a + 1 : b] for a, b in pairwise(places)]
    low = "".join(letters).lower()
    steps = {ord(b) - ord(a) for a, b in pairwise(low)}
    if steps <= {0, 1} or len(set(low)) < 3:
        return None  # a, b, c, d or x x x x
    if not match[0].isascii():
        # Vowel signs and accents stand alone too; they belong to the letter before them.
        marks = ["".join(filter(_is_mark, gap)) for gap in [*gaps, text[match.end() : match.end() + _REACH]]]
        letters = [letter + mark for letter, mark in zip(letters, marks, strict=True)]
        gaps = ["".join(c for c in gap if not _is_mark(c)) for gap in gaps]
    if "" in gaps:
        return None  # a script whose vowel signs are no letters
    usual, times = Counter(gaps).most_common(1)[0]
    word = spread(letters, gaps)
    if " " not in word and not word.isupper():
        word = _CAPITAL.sub(" ", word)
    # Alike gaps and usual letter pairs are what tells a word from a list of variables.
    alike = times * 2 >= len(gaps) and len(set(gaps)) <= 2 + len(gaps) // 12
    solid = alike and usual.strip() != "=" and (not low.isascii() or common_pairs(low) >= 0.5)
    return View(word, match.start(), match.end(), "spelled", weak=not solid)


def _is_mark(c: str) -> bool:
    return unicodedata.category(c) in ("Mn", "Mc") and not "\ufe00" <= c <= "\ufe0f"


def _as_in(text: str) -> Iterator[View]:
    run: list[re.Match[str]] = []
    for match in [*_AS_IN.finditer(text), None]:
        if match is not None and run and match.start() - run[-1].end() > _NATO_REACH:
            yield from _initials(run)
            run = []
        if match is None:
            yield from _initials(run)
        else:
            run.append(match)


def _initials(run: list[re.Match[str]]) -> Iterator[View]:
    if len(run) >= 3:
        letters = "".join(match[1] for match in run)
        yield View(letters, run[0].start(), run[-1].end(), "spelled", weak=len(run) < 4)


def nato(look: Look) -> Iterator[View]:
    """The radio alphabet, four words or more: "Bravo Alfa Sierra India Lima"."""
    if len(_NATO.intersection(look.words)) < 3:
        return
    matches = list(_NATO_WORD.finditer(look.text))
    first = 0
    while first < len(matches):
        last = first
        while (
            last + 1 < len(matches)
            and matches[last + 1].start() - matches[last].end() <= _NATO_REACH
            and _NATO_GAP.fullmatch(look.text, matches[last].end(), matches[last + 1].start())
        ):
            last += 1
        run = matches[first : last + 1]
        first = last + 1
        if len(run) < 3:
            continue
        gaps = [look.text[a.end() : b.start()] for a, b in pairwise(run)]
        letters = spread([m[0][0].upper() for m in run], [_LETTERS_AND_DIGITS.sub("", gap) for gap in gaps])
        yield View(letters, run[0].start(), run[-1].end(), "nato", weak=len(run) < 4)


# Each letter before its sign.
_MORSE_CODE = (
    "A .- B -... C -.-. D -.. E . F ..-. G --. H .... I .. J .--- K -.- L .-.. M -- N -. O --- P .--. Q --.- R "
    ".-. S ... T - U ..- V ...- W .-- X -..- Y -.-- Z --.. 0 ----- 1 .---- 2 ..--- 3 ...-- 4 ....- 5 ..... 6 "
    "-.... 7 --... 8 ---.. 9 ----. . .-.-.- , --..-- ? ..--.. ' .----. ! -.-.-- / -..-. ( -.--. ) -.--.- & .-... "
    ': ---... ; -.-.-. = -...- + .-.-. - -....- _ ..--.- " .-..-. @ .--.-. Ä .-.- Ö ---. Ü ..-- Ĥ ---- É ..-.. Å '
    ".--.- Ñ --.--"
)
_MORSE = dict(zip(_MORSE_CODE.split()[1::2], _MORSE_CODE.split()[::2], strict=True))
_DOTS, _DASHES = ".·•∙⋅●・⚫*", "-−–—‒―‐_▬➖ー"
_TO_MORSE = str.maketrans({**dict.fromkeys(_DOTS, "."), **dict.fromkeys(_DASHES, "-"), "\\": None})
_SIGN = f"[{re.escape(_DOTS + _DASHES)}]"
_MORSE_RUN = re.compile(rf"{_SIGN}{{1,7}}+(?:[ \t]*+[/|\\,\n]?[ \t\n>]*+{_SIGN}{{1,7}}+){{2,}}+")
_MORSE_GAP = re.compile(r"[ \t/|\\,\n>]+")
_SPOKEN = re.compile(r"\b(?:(?:(?:dah|dash|dit|dot|di|da)-?)+[ ,/|-]{0,3}){3,}", re.IGNORECASE)
_SPOKEN_ONE = re.compile(r"dah|da|dit|di|dot|dash", re.IGNORECASE)

_BRAILLE_LETTERS = "⠁⠃⠉⠙⠑⠋⠛⠓⠊⠚⠅⠇⠍⠝⠕⠏⠟⠗⠎⠞⠥⠧⠺⠭⠽⠵"
_BRAILLE = {
    **dict(zip(_BRAILLE_LETTERS, "abcdefghijklmnopqrstuvwxyz", strict=True)),
    **dict(zip("⠀⠲⠂⠄⠤⠦⠖", " .,'-?!", strict=True)),
    **dict.fromkeys("⠠⠨⠼⠰", ""),
}
_BRAILLE_RUN = re.compile(r"[\u2800-\u28ff](?:\s?[\u2800-\u28ff])+")

_BOXED = {
    **{chr(0x1F1E6 + i): chr(65 + i) for i in range(26)},
    **{chr(0x1F150 + i): chr(65 + i) for i in range(26)},
    **{chr(0x1F170 + i): chr(65 + i) for i in range(26)},
}
_BOX = r"[\U0001F1E6-\U0001F1FF\U0001F150-\U0001F169\U0001F170-\U0001F189]"
_BOXED_RUN = re.compile(rf"{_BOX}(?:(?:[^\w\U0001F100-\U0001F1FF]{{0,3}}{_BOX})){{2,}}+")

_UPRIGHT = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_TURNED = "ɐqɔpǝɟƃɥᴉɾʞlɯuodbɹsʇnʌʍxʎz∀ᗺƆᗡƎℲ⅁HIſʞ˥WNOԀΌᴚS⊥∩ΛMX⅄Z"
_MORE_TURNED = "ıiᵷgɓgꞁlɼrןlᗡDᑎNꓤRꓘKꞰKƎEƖLᎸFᴧVꓷDꓵUɅVƑJ"
_TURN = {
    **{turned: upright for turned, upright in zip(_TURNED[26:], _UPRIGHT[26:], strict=True) if not turned.isascii()},
    **dict(zip(_TURNED[:26], _UPRIGHT[:26], strict=True)),
    **dict(zip(_MORE_TURNED[::2], _MORE_TURNED[1::2], strict=True)),
}
_ONLY_TURNED = frozenset(c for c in _TURN if not c.isascii())
_TURNED_SET = f"[{re.escape(''.join(_TURN))}OHIXSZWMN'’.,˙-]"
_TURNED_RUN = re.compile(rf"(?<!\w){_TURNED_SET}++(?!\w)(?: +{_TURNED_SET}++(?!\w))*+")

_ZERO_WIDTH = "\u200b\u200c\u200d\u2060\ufeff\u180e\u2061\u2062\u2063\u2064"
_INVISIBLE = re.compile(f"[{_ZERO_WIDTH}]")
_TAGS = re.compile(r"[\U000E0020-\U000E007E]{3,}")
_SUBDIVISION = re.compile(r"(?:gb|us|ca)[a-z]{2,3}")
_SELECTORS = re.compile(r"[\ufe00-\ufe0f\U000e0100-\U000e01ef]{4,}")


def morse(look: Look) -> Iterator[View]:
    """Morse with dots and dashes of many shapes, or spoken as "dah-di-dah"; words apart by / or | or lines."""
    if look.has(_DOTS) and look.has(_DASHES):
        for match in _MORSE_RUN.finditer(look.text):
            yield from _morse_view(match[0], match.start(), match.end())
            if match[0].endswith("."):  # it may end the sentence
                yield from _morse_view(match[0][:-1], match.start(), match.end() - 1)
    if "dah" in look.words or "dit" in look.words or "dash" in look.words:
        for match in _SPOKEN.finditer(look.text):
            letters = re.split(r"[ ,/|]+" if "-" in match[0] else r"[,/|]+", match[0])
            signs = " ".join(
                re.sub(r"[^.\-]", "", _SPOKEN_ONE.sub(_sign, letter.replace("-", ""))) for letter in letters
            )
            yield from _morse_view(signs, match.start(), match.end())


def _sign(match: re.Match[str]) -> str:
    return "-" if match[0].lower() in ("dah", "da", "dash") else "."


def _morse_view(source: str, start: int, end: int) -> Iterator[View]:
    signs = source.translate(_TO_MORSE)
    if "." not in signs or "-" not in signs:
        return
    letters: list[str] = []
    unknown = 0
    position = 0
    for gap in _MORSE_GAP.finditer(signs + " "):
        letter = _MORSE.get(signs[position : gap.start()])
        unknown += letter is None
        letters.append(letter or "")
        if len(gap[0]) > 1 or gap[0] in "/|\n":
            letters.append(" ")
        position = gap.end()
    text = "".join(letters).strip()
    solid = [c for c in text if c.isalpha()]
    if len(solid) < 3 or unknown * 6 > len(solid):
        return
    if all(len(word) == 1 for word in text.split()):
        text = text.replace(" ", "")
    distinct = len(set(solid) - {"E", "T"})
    if distinct >= 2:
        yield View(text, start, end, "morse", weak=len(solid) < 4 or (distinct < 3 and common_pairs(text) < 0.5))


def braille(look: Look) -> Iterator[View]:
    """Uncontracted braille."""
    for match in _BRAILLE_RUN.finditer(look.text) if not look.text.isascii() else ():
        unknown = sum(1 for c in match[0] if c not in _BRAILLE and not c.isspace())
        text = "".join(_BRAILLE.get(c, c if c.isspace() else "") for c in match[0])
        if unknown * 5 <= len(match[0]) and plausible(text, least=4) and len(set(text) - {" "}) >= 3:
            yield View(text, match.start(), match.end(), "braille")


def boxed(look: Look) -> Iterator[View]:
    """Flag letters (regional indicators) and white letters on dark circles and squares."""
    for match in _BOXED_RUN.finditer(look.text) if not look.text.isascii() else ():
        letters = [c for c in match[0] if c in _BOXED]
        text = "".join(_BOXED[c] for c in letters)
        flags = all("\U0001f1e6" <= c <= "\U0001f1ff" for c in letters)
        # Flags of countries are pairs of these letters.
        yield View(text, match.start(), match.end(), "boxed", weak=flags and len(text) % 2 == 0)


def upside_down(look: Look) -> Iterator[View]:
    """Letters turned upside down and read from the right."""
    if look.text.isascii() or len(look.chars & _ONLY_TURNED) < 2:
        return
    for match in _TURNED_RUN.finditer(look.text):
        words = match[0].split(" ")
        start, end = match.span()
        while words and not _ONLY_TURNED.intersection(words[0]):
            start += len(words.pop(0)) + 1
        while words and not _ONLY_TURNED.intersection(words[-1]):
            end -= len(words.pop()) + 1
        source = " ".join(words)
        turned = sum(c in _ONLY_TURNED for c in source)
        text = "".join(_TURN.get(c, c) for c in reversed(source))
        if turned >= 2 and turned * 5 >= len(source) and plausible(text.lower(), least=3):
            yield View(text, start, end, "upside-down")


def invisible(look: Look) -> Iterator[View]:
    """Tag characters, runs of variation selectors, and bits of zero-width characters."""
    text = look.text
    if text.isascii():
        return
    for match in _TAGS.finditer(text):
        hidden = "".join(chr(ord(c) - 0xE0000) for c in match[0])
        if not _SUBDIVISION.fullmatch(hidden):
            yield View(hidden, match.start(), match.end(), "tags")
    for match in _SELECTORS.finditer(text):
        octets = bytes(ord(c) - 0xFE00 if ord(c) < 0xFE10 else ord(c) - 0xE0100 + 16 for c in match[0])
        hidden_text = text_of(octets)
        if hidden_text is not None:
            yield View(hidden_text, match.start(), match.end(), "selectors")
    if look.has(_ZERO_WIDTH):
        yield from _zero_width(text)


def _zero_width(text: str) -> Iterator[View]:
    marks = list(_INVISIBLE.finditer(text))
    kinds = sorted({m[0] for m in marks}, key=lambda kind: -sum(m[0] == kind for m in marks))
    if len(marks) < 21 or len(kinds) < 2:
        return
    for size in (8, 7):
        for one in kinds[:2]:
            bits = "".join("1" if m[0] == one else "0" for m in marks if m[0] in kinds[:2])
            octets = bytes(int(bits[i : i + size], 2) for i in range(0, len(bits) - size + 1, size))
            hidden = text_of(octets)
            if hidden is not None:
                yield View(hidden, marks[0].start(), marks[-1].end(), "zero-width")
