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
from expunge.text.confusables import TO_LATIN
from expunge.text.slices import SLICE, slices, translated

_APOSTROPHES = "'’‘ʼ＇`´ʻʾʿ′"
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
