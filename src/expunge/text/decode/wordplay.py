"""Letter games with a whole text, play languages, and words in pieces.

Shifted alphabets, reading backwards, acrostics and skipped letters; pig latin, ubbi dubbi and doubled syllables; words
cut into pieces that are to be put together: 'Al' + 'dermoor', a = "Cor"; b = "vin".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice, product

from expunge.text.budget import step
from expunge.text.decode.look import Look, common_pairs, function_words
from expunge.text.slices import translated
from expunge.text.view import View

_WORD = re.compile(r"[^\W\d_]+(?:['’\-][^\W\d_]+)*")
_VOWELS = "aeiouäöüáéíóúàèìòùâêîôûåæøõãăąęıyAEIOUYÄÖÜÁÉÍÓÚÅÆØ"
_ONSETS_LIST = (
    "b c d f g h j k l m n p q r s t v w x y z qu ch sh th ph wh gh kn gn wr st sp sk sc sl sm sn sw br cr dr fr "
    "gr pr tr bl cl fl gl pl tw dw str spr scr spl thr shr sch squ chr phr kh zh ts kr kl kw vl vr zw mc rh ps pf "
    "zb sz cz"
)
_ONSETS = frozenset(_ONSETS_LIST.split())
_ORDINARY_LIST = (
    "okay today away always sunday monday tuesday wednesday thursday friday saturday birthday holiday midday "
    "everyday yesterday someday play stay gray pray tray stray spray clay slay sway bray fray replay display "
    "delay relay essay array decay portray betray convey highway subway railway runway gateway pathway doorway "
    "hallway driveway motorway airway freeway waterway halfway anyway norway broadway galway midway gangway "
    "speedway archway roadway underway takeaway overlay underlay payday weekday doomsday noonday overstay repay "
    "prepay underpay outlay inlay foray dismay murray ramsay lindsay finlay macaulay bombay paraguay uruguay "
    "malay x-ray xray hooray hurray buffet bluejay ashtray screenplay gameplay wordplay foreplay roundelay "
    "hemingway conway ray bay hay lay day may pay say way jay nay gay mainstay faraway runaway giveaway getaway "
    "castaway breakaway hideaway stowaway layaway mayday fairway walkway expressway causeway stairway entryway "
    "alleyway passageway cutaway leeway segway safeway"
)
_ORDINARY = frozenset(_ORDINARY_LIST.split())
_ORDINARY_ENDS = ("array", "display", "delay", "overlay", "gateway")
_AY = re.compile(r"(?:ay|AY)(?![^\W\d_])")
_FEW = 3
_BRIEF = 200
_UBBI = re.compile(r"(?:[^aeiou\W]*?ub[aeiouy]+)+[^aeiou\W]*", re.IGNORECASE)
_UBBI_ONE = re.compile(r"(?i)ub(?=[aeiouy])")
_DOUBLING = (
    ("b-language", re.compile(r"(?i)([aeiouäöüáéíóú]{1,3})[bpfgsk]\1"), r"\1"),
    ("robber", re.compile(r"(?i)([b-df-hj-np-tv-z])o\1"), r"\1"),
)

Word = tuple[str, int, int]


def pig_latin(look: Look) -> Iterator[View]:
    """Words with their first consonants moved behind and "ay" (also "way", "yay", "hay", "-ay") added."""
    if not any(_word_before(look.text, m.end()) not in _ORDINARY for m in _AY.finditer(look.text)):
        return
    run: list[Word] = []
    for match in _WORD.finditer(look.text):
        word = match[0]
        if len(word) >= 4 and word[-2:].lower() == "ay":
            run.append((word, match.start(), match.end()))
        elif run:
            yield from _pig_views(run)
            run = []
    yield from _pig_views(run)


def _word_before(text: str, end: int) -> str:
    """The word that ends there, with whatever stands before it up to a space; it only has to be known or not."""
    return text[text.rfind(" ", 0, end) + 1 : end].lower().lstrip("\"'“‘(*_")


def _pig_views(run: list[Word]) -> Iterator[View]:
    unusual = sum(word.lower() not in _ORDINARY and not word.lower().endswith(_ORDINARY_ENDS) for word, _, _ in run)
    if not unusual:
        return
    weak = len(run) < 2 or unusual * 2 < len(run)
    options = [_unpig(word) for word, _, _ in run]
    if len(run) <= _FEW:
        chosen = [list(words) for words in product(*options)]
    else:
        chosen = [[words[min(choice, len(words) - 1)] for words in options] for choice in (0, 1, 2)]
    texts = dict.fromkeys(" ".join(words) for words in chosen)
    for text in texts:
        yield View(text, run[0][1], run[-1][2], "pig-latin", weak=weak)


def _unpig(word: str) -> list[str]:
    """Return the words that this one may have been, the likeliest first."""
    plain = dict.fromkeys(_unpigged(word.lower()))
    return [option.capitalize() if word[:1].isupper() else option for option in plain]


def _unpigged(word: str) -> Iterator[str]:
    stem = word[:-2]
    if "-" in word:
        stem, _, moved = word.rpartition("-")
        if moved in ("way", "yay", "hay") and stem[:1] in _VOWELS:
            yield stem
        yield moved[:-2] + stem
        return
    if stem[-1] in "wyh" and stem[0] in _VOWELS and stem[-2:] not in _ONSETS:
        yield stem[:-1]
    sizes = [size for size in (3, 2, 1) if len(stem) > size and stem[-size:] in _ONSETS]
    moved_back = [stem[-size:] + stem[:-size] for size in sizes]
    kept = stem[0] in _VOWELS and common_pairs(stem) >= 0.7
    yield from moved_back[:1]
    if kept or not sizes:
        yield stem
    yield from moved_back[1:]


def ubbi_dubbi(look: Look) -> Iterator[View]:
    """ "ub" before every vowel: "Uborluba Fubenwubick"."""
    if look.text.lower().count("ub") < 2:
        return
    run: list[Word] = []
    for match in _WORD.finditer(look.text):
        if "ub" in match[0].lower() and _UBBI.fullmatch(match[0]):
            run.append((match[0], match.start(), match.end()))
        elif run:
            yield from _ubbi_view(run)
            run = []
    yield from _ubbi_view(run)


def _ubbi_view(run: list[Word]) -> Iterator[View]:
    source = " ".join(word for word, _, _ in run)
    times = len(_UBBI_ONE.findall(source))
    if times >= 2:
        text = _UBBI_ONE.sub("", source).title()
        yield View(text, run[0][1], run[-1][2], "ubbi-dubbi", weak=times < 3)


def doubled(look: Look, *, wide: bool = False) -> Iterator[View]:
    """Vowels doubled around a consonant ("Oporlapa") and consonants around an o ("Ororlola"), whole texts only."""
    if look.natural and not wide and len(look.text) > _BRIEF:
        return
    for via, pattern, single in _DOUBLING:
        text, times = pattern.subn(single, look.text)
        if times >= 3 and times * 2 >= len(look.words):
            yield View(text, 0, len(look.text), via, weak=True)


_LATIN = "abcdefghijklmnopqrstuvwxyz"
_CYRILLIC = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"
_GREEK = "αβγδεζηθικλμνξοπρστυφχψω"
_HEBREW = "אבגדהוזחטיכלמנסעפצקרשת"
_LONG = 400
_LIKELY_SHIFTS = 6
_FIRST_OF_LINE = re.compile(r"^(?:[^\w\n]|[\d_])*+([^\W\d_])", re.MULTILINE)
_LAST_OF_LINE = re.compile(r"([^\W\d_])(?:[^\w\n]|[\d_])*+$", re.MULTILINE)
_FIRST_OF_SENTENCE = re.compile(r"[.!?。！？](?:[\"'”’)]|\s){1,9}+[^\w\n]{0,9}+([^\W\d_])")
_SIGNS = "\"'“”‘’«»()[]{}*_#>-•¿¡.,;:!?…"
_NO_SIGNS = str.maketrans("", "", _SIGNS)
_NOT_SPACE = re.compile(r"[^\s\x1c-\x1f]+")
_FIRST_WORD = re.compile(r"^[^\w\n]*+(\w+)", re.MULTILINE)
_KEYBOARD = ("qwertyuiop[]", "asdfghjkl;'", "zxcvbnm,./")


def _table(plain: str, cipher: str) -> dict[int, int]:
    return str.maketrans(plain + plain.upper(), cipher + cipher.upper())


def _shift(alphabet: str, by: int) -> dict[int, int]:
    return _table(alphabet, alphabet[by:] + alphabet[:by])


_ROT13 = _shift(_LATIN, 13)
_ATBASH_LATIN = _table(_LATIN, _LATIN[::-1])
_ATBASH = {
    **_ATBASH_LATIN,
    **_table(_CYRILLIC, _CYRILLIC[::-1]),
    **_table(_GREEK, _GREEK[::-1]),
    **str.maketrans(_HEBREW, _HEBREW[::-1]),
}
_ROT47 = {code: 33 + (code - 33 + 47) % 94 for code in range(33, 127)}
_KEY_LEFT = {k: v for row in _KEYBOARD for k, v in _table(row[1:], row[:-1]).items()}
_KEY_RIGHT = {k: v for row in _KEYBOARD for k, v in _table(row[:-1], row[1:]).items()}


def rot13(text: str) -> str:
    """Each Latin letter thirteen places on."""
    return translated(text, _ROT13)


def atbash(text: str) -> str:
    """The alphabet backwards: Latin, Cyrillic, Greek or Hebrew."""
    return translated(text, _ATBASH_LATIN if text.isascii() else _ATBASH)


def backwards(text: str) -> str:
    """The text from its end to its beginning."""
    return text[::-1]


def whole(look: Look, *, wide: bool = False) -> Iterator[View]:
    """Views by letter games; `wide` gives every shift of every alphabet and the rarer games too."""
    text, size = look.text, len(look.text)
    if not any(map(str.isalpha, text)):
        return
    same = partial(range, size)
    if look.has(_LATIN) or look.has(_LATIN.upper()):
        yield View(rot13(text), 0, size, "rot13", not _turns_natural(look, rot13), same)
    yield View(atbash(text), 0, size, "atbash", not _turns_natural(look, atbash), same)
    yield View(text[::-1], 0, size, "reversed", not _turns_natural(look, backwards), partial(range, size - 1, -1, -1))
    if wide or not look.natural:
        yield from _shifts(look, wide=wide)
    if wide:
        yield from _rarer(text)


def _turns_natural(look: Look, change: Callable[[str], str]) -> bool:
    if look.natural:
        return False
    changed = change(look.text)
    return function_words(changed) >= 2 and function_words(changed) > 2 * function_words(look.text)


def _shifts(look: Look, *, wide: bool) -> Iterator[View]:
    text, size = look.text, len(look.text)
    same = partial(range, size)
    shifts = [by for by in range(1, 26) if by != 13]
    if not wide:
        if not (look.has(_LATIN) or look.has(_LATIN.upper())):
            return
        sample = text[:_LONG]
        scores = {by: common_pairs(sample.translate(_SHIFTS[by])) for by in shifts}
        shifts = sorted((by for by in shifts if scores[by] >= 0.4), key=lambda by: -scores[by])[:_LIKELY_SHIFTS]
    for by in shifts:
        shifted = translated(text, _SHIFTS[by])
        natural = not look.natural and function_words(shifted) >= 2 > function_words(text)
        yield View(shifted, 0, size, f"caesar-{26 - by}", not natural, same)
    if wide and not text.isascii():
        for alphabet in (_CYRILLIC, _GREEK, _HEBREW):
            if look.has(alphabet):
                for by in range(1, len(alphabet)):
                    shifted = translated(text, _shift(alphabet, by))
                    yield View(shifted, 0, size, f"caesar-{len(alphabet) - by}", True, same)


_SHIFTS = {by: _shift(_LATIN, by) for by in range(1, 26)}


def _rarer(text: str) -> Iterator[View]:
    size = len(text)
    same = partial(range, size)
    yield View(translated(text, _ROT47), 0, size, "rot47", True, same)
    yield View(translated(text, _KEY_LEFT), 0, size, "keyboard", True, same)
    yield View(translated(text, _KEY_RIGHT), 0, size, "keyboard", True, same)
    yield View(" ".join(reversed(text.split())), 0, size, "reversed-order", True)
    yield View(" ".join(_FIRST_WORD.findall(text)), 0, size, "acrostic", True)
    places = [place for place, c in enumerate(text) if c.isalpha()]
    for stride in (2, 3, 4):
        for first in range(stride):
            chosen = places[first::stride]
            yield View("".join(map(text.__getitem__, chosen)), 0, size, "every-nth", True, partial(tuple, chosen))


def skips(look: Look) -> Iterator[View]:
    """First and last letters of words, lines and sentences, and every second character; all weak."""
    text, size = look.text, len(look.text)
    words = translated(text, _NO_SIGNS).split()
    if len(words) >= 2:
        yield View(" ".join([word[::-1] for word in words]), 0, size, "reversed-words", True)
    if len(words) >= 4:
        firsts, lasts = "".join([word[0] for word in words]), "".join([word[-1] for word in words])
        yield View(firsts, 0, size, "acrostic", True, partial(_word_places, text, last=False))
        yield View(lasts, 0, size, "telestich", True, partial(_word_places, text, last=True))
    if text.count("\n") >= 3:
        for via, pattern in (("acrostic", _FIRST_OF_LINE), ("telestich", _LAST_OF_LINE)):
            yield _skip(text, via, pattern)
    if text.count(". ") + text.count("! ") + text.count("? ") + text.count("。") >= 2:
        # A sentence end is put before the text, so that its first sentence counts; offsets take it off again.
        letters = "".join(_FIRST_OF_SENTENCE.findall(f". {text}"))
        yield View(letters, 0, size, "acrostic", True, partial(_sentence_places, text))
    if size >= 8:
        for first in (0, 1):
            yield View(text[first::2], first, size, "every-second", True, partial(range, first, size, 2))


def _skip(text: str, via: str, pattern: re.Pattern[str]) -> View:
    return View("".join(pattern.findall(text)), 0, len(text), via, True, partial(_places, text, pattern))


def _places(text: str, pattern: re.Pattern[str]) -> Sequence[int]:
    return [match.start(1) for match in pattern.finditer(text)]


def _sentence_places(text: str) -> Sequence[int]:
    return [match.start(1) - 2 for match in _FIRST_OF_SENTENCE.finditer(f". {text}")]


def _word_places(text: str, *, last: bool) -> Sequence[int]:
    places: list[int] = []
    for word in _NOT_SPACE.finditer(text):
        kept = [place for place, c in enumerate(word[0], word.start()) if c not in _SIGNS]
        if kept:
            places.append(kept[-1] if last else kept[0])
    return places


JOINED = "joined"
"""The `via` of what is put together from pieces."""
# Every branch begins with its mark, which is what makes looking for them quick.
_QUOTED = re.compile(
    r"'(?<!\w')([^'\n]{1,24})'(?!\w)|\"([^\"\n]{1,24})\"|“([^”\n]{1,24})”|‘([^’\n]{1,24})’|«([^»\n]{1,24})»"
    r"|`([^`\n]{1,24})`|「([^」\n]{1,24})」"
)
_ADDED = re.compile(r"(?<![\w+])[^\W_]{1,24}(?:\s?[+⁺＋]\s?[^\W_]{1,24}){1,11}(?![\w+])")
_PLUS = re.compile(r"\s?[+⁺＋]\s?")
_NEXT_GROUP = re.compile(r"[)\]}][^)\]}]*[(\[{]")
"""Where one group of pieces ends and another begins: the next row, tuple or object."""
_WHOLE_NAME = re.compile(r"[^\W\d_a-z]\w{2,}(?: [^\W\d_a-z]\w{2,})+")
_MOST = 24
"""Pieces of one text that are looked at."""
_REACH = 120
"""Characters between two pieces of one word."""
_LONGEST = 26
"""Characters of a quoted piece, at most, with its marks."""
_AT_ONCE = 50_000
"""Characters that are searched in one go, during which nobody else has a turn."""


def joined(text: str) -> Iterator[View]:
    """The quoted pieces of a text, and words with a plus between them, put together without and with spaces."""
    if "+" in text or "＋" in text:
        for match in _ADDED.finditer(text):
            yield from _together(_PLUS.split(match[0]), match.start(), match.end())
    run: list[re.Match[str]] = []
    for match in islice(_in_quotes(text), _MOST):
        between = text[run[-1].end() : match.start()] if run else ""
        if len(between) > _REACH or _NEXT_GROUP.search(between):
            yield from _of_run(run)
            run = []
        run.append(match)
    yield from _of_run(run)


def _of_run(run: Sequence[re.Match[str]]) -> Iterator[View]:
    # Lists of people's names are quoted, too, and no piece of a name is a whole one.
    run = [match for match in run if not _WHOLE_NAME.fullmatch(_held(match).strip())]
    if len(run) > 1:
        yield from _together([_held(match) for match in run], run[0].start(), run[-1].end())


def _held(match: re.Match[str]) -> str:
    """Return the text within one pair of quotation marks."""
    held: str = next(filter(None, match.groups()))
    return held


def quoted(text: str) -> list[str]:
    """The short quoted pieces of a text, in order."""
    return [_held(match) for match in islice(_in_quotes(text), _MOST)]


def _in_quotes(text: str) -> Iterator[re.Match[str]]:
    """Every short quoted piece of a text, looked for stretch by stretch."""
    at = 0
    while at < len(text):
        step()
        # What begins near the end of a stretch is found in the next one, where its end is in sight.
        stop = at + _AT_ONCE
        next_at = stop
        for match in _QUOTED.finditer(text, at, stop + _LONGEST):
            if match.start() >= stop:
                break
            yield match
            next_at = max(stop, match.end())
        at = next_at


def _together(pieces: Sequence[str], start: int, end: int) -> Iterator[View]:
    # As they are, and backwards, which is the other order that somebody would give them in.
    for ordered in (pieces, pieces[::-1]):
        for text in dict.fromkeys(("".join(ordered), " ".join(piece.strip() for piece in ordered))):
            yield View(text, start, end, JOINED)
