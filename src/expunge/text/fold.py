"""Folding: the form of a text in which names are compared.

Folded text holds lower-case letters and digits without accents, in tokens divided by single spaces.
Compatibility forms (full width, circled, ligatures) are resolved, invisible characters dropped, an
apostrophe inside a word closed up ("O'Brien" is "obrien") and a possessive split off ("Orla's" is "orla s"), as is a
Latin word or number from the Japanese, Korean or the like that it touches.
Every character folds by itself, so that a place in the folded text can be traced to the source.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from itertools import pairwise
from typing import NamedTuple

from expunge.text.budget import check, step
from expunge.text.slices import SLICE, slices, translated

_APOSTROPHES = "'’‘ʼ＇`´ʻʾʿ′׳"
# Vowel signs and the marks that tell か from が stay: without them other words would be read.
_KEPT_CLASSES = frozenset({0, 7, 8, 9})


# What Unicode calls default ignorable without being a format character: it takes no place on the screen.
_IGNORABLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufff8\U000e0000-\U000e0fff]"
)


class _Table(dict[int, str]):
    """Code point to its folded form, filled as characters are met."""

    def __missing__(self, code: int) -> str:
        folded = _fold_char(chr(code))
        self[code] = folded
        return folded


def _fold_char(char: str) -> str:
    if char in _APOSTROPHES:
        return "'"
    category = unicodedata.category(char)
    if category in ("Cf", "Me") or _IGNORABLE.match(char):
        return ""
    out = []
    for c in unicodedata.normalize("NFKD", char.casefold()).casefold():
        kind = unicodedata.category(c)[0]
        if kind == "M":
            if unicodedata.combining(c) in _KEPT_CLASSES and category[0] != "S":
                out.append(c)
        elif kind in "LN":
            out.append(_DRAWN_THROUGH.get(c, c))
        elif not out or out[-1] != " ":
            out.append(" ")
    return "".join(out)


# Letters whose stroke is part of them, so that Unicode does not decompose it.
_DRAWN_THROUGH = {
    "ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ŧ": "t", "ı": "i", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe",
    "ß": "ss", "ŋ": "n", "ə": "e", "ː": "", "ـ": "", "ى": "ي", "ة": "ه", "ک": "ك", "ی": "ي",
}  # fmt: skip

_TABLE = _Table()
_ASCII_RUN = re.compile(r"[A-Za-z0-9'`]+")
_RUN = re.compile("[^ ]+")
_POSSESSIVE = re.compile(r"'(?=s(?:\W|$))")
_UNSPACED = "\u0e00-\u0eff\u1000-\u11ff\u1780-\u17ff\u3005-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff"
_SEAM = re.compile(rf"(?<=[a-z0-9])(?=[{_UNSPACED}])|(?<=[{_UNSPACED}])(?=[a-z0-9])")
"""Where a Latin word or a number touches a script that puts no spaces between words, or no spaces before particles."""


def fold(text: str) -> str:
    """The folded form of `text`: tokens divided by single spaces."""
    folded = translated(text, _TABLE)
    if not folded.isascii():
        folded = _seamed(folded)
    if "'" in folded:
        folded = _POSSESSIVE.sub(" ", folded).replace("'", "")
    return " ".join(folded.split())


def _seamed(folded: str) -> str:
    """A space put wherever there is a seam."""
    out: list[str] = []
    last = ""
    for piece in slices(folded):
        if _SEAM.search(last + piece[:1], 1) is not None:
            out.append(" ")
        out.append(_SEAM.sub(" ", piece))
        last = piece[-1]
    return "".join(out)


class Token(NamedTuple):
    """One token of a folded text, and the span of the source it came from."""

    text: str
    start: int
    end: int


def tokens(text: str) -> list[Token]:
    """The tokens of `fold(text)` with their places in `text`; slower, for when a place is wanted."""
    if not text.isascii():
        return _tokens_of_any(text)
    found: list[Token] = []
    for run in _ASCII_RUN.finditer(text):
        if "'" not in run.group() and "`" not in run.group():
            found.append(Token(run.group().lower(), run.start(), run.end()))
            continue
        for token in _tokens_of_any(run.group()):
            found.append(Token(token.text, run.start() + token.start, run.start() + token.end))
    return found


def _tokens_of_any(text: str) -> list[Token]:
    chars: list[str] = []
    places: list[int] = []
    index = 0
    for piece in slices(text):
        check()
        folded = list(map(_TABLE.__getitem__, map(ord, piece)))
        chars += folded
        sizes = set(map(len, folded))
        if sizes == {1}:
            places += range(index, index + len(piece))
        else:
            for place, letters in enumerate(folded, index):
                places += [place] * len(letters)
        index += len(piece)
    raw = "".join(chars)
    cuts = {m.start() for m in _POSSESSIVE.finditer(raw)} if "'" in raw else set()
    for start in range(0, 0 if raw.isascii() else len(raw), SLICE):
        cuts.update(m.start() for m in _SEAM.finditer(raw, start, start + SLICE + 1))
    edges = sorted(cuts)
    found: list[Token] = []
    for run in _RUN.finditer(raw):
        step()
        inner = edges[bisect_right(edges, run.start()) : bisect_left(edges, run.end())]
        for start, end in pairwise((run.start(), *inner, run.end())):
            piece = raw[start:end]
            body = piece.strip("'")
            if body:
                first = start + len(piece) - len(piece.lstrip("'"))
                last = first + len(body) - 1
                found.append(Token(body.replace("'", ""), places[first], places[last] + 1))
    return found


def unmask_homoglyphs(text: str) -> str | None:
    """`text` with look-alike letters of other scripts put back to Latin, or None if it holds none.

    Character for character, so that places stay. Only words that mix scripts, or stand in a text with
    Latin letters, are worth reading so; the caller matches this beside the text itself.
    """
    if text.isascii():
        return None
    latin = translated(text, TO_LATIN)
    return latin if latin != text else None


# Entered at the rarer character, which is what makes it quick.
_LEET_CUE = re.compile(r"[0-9@$|+€£](?:(?<=[a-z].)|(?=[a-z]))|!(?<=[a-z]!)(?=[a-z])", re.IGNORECASE)
_LEET_WORD = re.compile(r"[a-z0-9@$!|+€£'’\-]{3,}+", re.IGNORECASE)
_UNSPACED_RUN = re.compile(r"\S+")
_TO_LAST_LETTER = re.compile(r".*[a-z]", re.IGNORECASE | re.DOTALL)
_TO_LAST_SIGN = re.compile(r".*[0-9@$!|+€£]", re.DOTALL)
_LEET = str.maketrans({"0": "o", "1": "i", "2": "z", "3": "e", "4": "a", "5": "s", "6": "g", "7": "t", "8": "b",
                       "9": "g", "@": "a", "$": "s", "!": "i", "|": "l", "+": "t", "€": "e", "£": "l"})  # fmt: skip
_LEET_L = {**_LEET, ord("1"): "l", ord("!"): "l", ord("|"): "i"}


def unmask_leet(text: str) -> tuple[str, ...]:
    """`text` with digits and signs inside words read as letters ("B4s1l"), in up to two readings; places stay."""
    if not _LEET_CUE.search(text):
        return ()
    first = _UNSPACED_RUN.sub(lambda run: _leet_read(run.group(), _LEET), text)
    second = _UNSPACED_RUN.sub(lambda run: _leet_read(run.group(), _LEET_L), text)
    return tuple(dict.fromkeys(reading for reading in (first, second) if reading != text))


def _leet_read(run: str, table: dict[int, str]) -> str:
    """A run without spaces, its words read as letters as far as a letter and a sign come in them or after."""
    letter, sign = _TO_LAST_LETTER.match(run), _TO_LAST_SIGN.match(run)
    if letter is None or sign is None:
        return run
    last = min(letter.end(), sign.end())
    return _LEET_WORD.sub(lambda word: word.group().translate(table) if word.start() < last else word.group(), run)


_LOOK_ALIKES = {
    "A": "ΑАᎪᗅ\ua4ee\U000102a0\U00016f40\U0001d6a8\U0001d6e2\U0001d71c\U0001d756\U0001d790",
    "B": ("ΒВᏴᗷ\ua4d0\ua7b4\U00010282\U000102a1\U00010301\U0001d6a9\U0001d6e3\U0001d71d\U0001d757\U0001d791"),
    "C": "ϹСᏟ\u2ca4\ua4da\U000102a2\U00010302\U00010415\U0001051c",
    "D": "Ꭰᗞᗪ\ua4d3",
    "E": "ΕЕᎬ\u2d39\ua4f0\U00010286\U000118a6\U000118ae\U0001d6ac\U0001d6e6\U0001d720\U0001d75a\U0001d794",
    "F": "Ϝᖴ\ua4dd\ua798\U00010287\U000102a5\U00010525\U000118a2\U000118c2\U0001d7ca",
    "G": "ԌᏀᏳ\ua4d6",
    "H": "ΗНᎻᕼ\u2c8e\ua4e7\U000102cf\U0001d6ae\U0001d6e8\U0001d722\U0001d75c\U0001d796",
    "I": (
        "ƖΙІӀ\u2110\u2111\u2c92\uff29\U0001d408\U0001d43c\U0001d470\U0001d4d8\U0001d540\U0001d574"
        "\U0001d5a8\U0001d5dc\U0001d610\U0001d644\U0001d678\U0001d6b0\U0001d6ea\U0001d724\U0001d75e"
        "\U0001d798"
    ),
    "J": "ͿЈᎫᒍ\ua4d9\ua7b2",
    "K": "ΚКᏦᛕ\u2c94\ua4d7\U00010518\U0001d6b1\U0001d6eb\U0001d725\U0001d75f\U0001d799",
    "L": "Ꮮᒪ\u2cd0\ua4e1\U0001041b\U00010526\U000118a3\U000118b2\U00016f16",
    "M": "ΜϺМᎷᗰᛖ\u2c98\ua4df\U000102b0\U00010311\U0001d6b3\U0001d6ed\U0001d727\U0001d761\U0001d79b",
    "N": "Ν\u2c9a\ua4e0\U00010513\U0001d6b4\U0001d6ee\U0001d728\U0001d762\U0001d79c",
    "O": (
        "ΟОՕଠዐ\u2c9e\u2d54\ua4f3\U00010292\U000102ab\U00010404\U000104c2\U00010516\U000118b5\U0001d6b6"
        "\U0001d6f0\U0001d72a\U0001d764\U0001d79e"
    ),
    "P": "ΡРᏢᑭ\u2ca2\ua4d1\U00010295\U0001d6b8\U0001d6f2\U0001d72c\U0001d766\U0001d7a0",
    "Q": "\u2d55",
    "R": "ƦᎡᏒᖇ\ua4e3\U000104b4\U00016f35",
    "S": "ЅՏᏕᏚ\ua4e2\U00010296\U00010420\U00016f3a",
    "T": (
        "ΤТᎢ\u2ca6\ua4d4\U00010297\U000102b1\U00010315\U000118bc\U00016f0a\U0001d6bb\U0001d6f5\U0001d72f"
        "\U0001d769\U0001d7a3"
    ),
    "U": "Սሀᑌ\ua4f4\U000104ce\U000118b8\U00016f42",
    "V": "ѴᏙᐯ\u2d38\ua4e6\ua6df\U0001051d\U000118a0\U00016f08",
    "W": "ԜᎳᏔ\ua4ea",
    "X": (
        "ΧХᚷ\u2cac\u2d5d\ua4eb\ua7b3\U00010290\U000102b4\U00010317\U00010527\U0001d6be\U0001d6f8"
        "\U0001d732\U0001d76c\U0001d7a6"
    ),
    "Y": ("ΥϒУҮᎩᎽ\u2ca8\ua4ec\U000102b2\U000118a4\U00016f43\U0001d6bc\U0001d6f6\U0001d730\U0001d76a\U0001d7a4"),
    "Z": "ΖᏃ\ua4dc\U000118a9\U0001d6ad\U0001d6e7\U0001d721\U0001d75b\U0001d795",
    "a": "ɑαа\U0001d6c2\U0001d6fc\U0001d736\U0001d770\U0001d7aa",
    "b": "ƄЬвᏏᑲᖯ",
    "c": "ϲсᴄ\u2ca5\uabaf\U0001043d",
    "d": "ԁᏧᑯ\ua4d2",
    "e": "еҽ\uab32",
    "f": "ſքẝ\ua799\uab35",
    "g": "ƍɡցᶃ",
    "h": "нһհᏂ",
    "i": "ıɩɪͺιіӏᎥι\ua647\uab75\U000118c3\U0001d6a4\U0001d6ca\U0001d704\U0001d73e\U0001d778\U0001d7b2",
    "j": "ϳј",
    "k": "к",
    "l": "ǀᛁ\u2d4f\ua4f2\U0001028a\U00010309\U00016f28",
    "m": "м",
    "n": "ոռ",
    "o": (
        "οσоօഠဝჿᴏᴑ\u2c9f\uab3d\U0001042c\U000104ea\U000118c8\U000118d7\U0001d6d0\U0001d6d4\U0001d70a"
        "\U0001d70e\U0001d744\U0001d748\U0001d77e\U0001d782\U0001d7b8\U0001d7bc"
    ),
    "p": (
        "ρϱр\u2ca3\U0001d6d2\U0001d6e0\U0001d70c\U0001d71a\U0001d746\U0001d754\U0001d780\U0001d78e\U0001d7ba\U0001d7c8"
    ),
    "q": "ԛգզ",
    "r": "гᴦ\u2c85\uab47\uab48\uab81",
    "s": "ƽѕ\ua731\uabaa\U00010448\U000118c1",
    "t": "т",
    "u": "ʋυսᴜ\ua79f\uab4e\uab52\U000104f6\U000118d8\U0001d6d6\U0001d710\U0001d74a\U0001d784\U0001d7be",
    "v": "νѵᴠ\uaba9\U00011706\U000118c0\U0001d6ce\U0001d708\U0001d742\U0001d77c\U0001d7b6",
    "w": "ɯѡԝաᴡ\uab83\U0001170a\U0001170e\U0001170f",
    "x": "хᕁᕽ",
    "y": "ɣʏγуүყᶌỿ\u213d\uab5a\U000118dc\U0001d6c4\U0001d6fe\U0001d738\U0001d772\U0001d7ac",
    "z": "ᴢ\uab93\U000118c4",
}

TO_LATIN: dict[int, str] = {ord(sign): latin for latin, signs in _LOOK_ALIKES.items() for sign in signs}
"""Code point to the Latin letter that it looks like; for `str.translate`."""
