"""The common ground of the finders of names told in parts: the words that they go by, and the look of a name."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from expunge.text.fold import fold
from expunge.text.frequency import GLUE, zipf

Span = tuple[int, int]

WORDS: dict[str, Any] = tomllib.loads(files(__package__).joinpath("words.toml").read_text(encoding="utf-8"))
"""The words by which a text tells that parts of a name are one person's, by kind and language."""


def alternatives(kind: str, *languages: str) -> str:
    """The words of a kind, of all languages or of these, as alternatives of a regular expression."""
    table = WORDS[kind]
    return "|".join(dict.fromkeys("|".join(table[key] for key in languages or table).split("|")))


def _capitals() -> str:
    """The capital letters of Latin, Greek, Cyrillic and Armenian, as ranges of a character class."""
    ranges: list[list[int]] = []
    for code in (c for c in range(0x2000) if unicodedata.category(chr(c)) in ("Lu", "Lt")):
        if ranges and code == ranges[-1][1] + 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "".join(chr(a) if a == b else f"{chr(a)}-{chr(b)}" for a, b in ranges)


CAPITAL = _capitals()
# The capital comes first, so that a search skips to the capitals; what must not stand before it is looked at then.
NAME = rf"[{CAPITAL}](?<!\w.)(?<!\w[’'].)\w*(?:[-’'](?![sS]\b)\w+){{0,5}}(?!\w)"
"""A capitalised word, which may be a part of a name."""
NAMES = rf"{NAME}(?: {NAME}){{0,3}}"
AND = rf"(?:{alternatives('and')})"
_NOTE = rf"(?: \([^()\n{CAPITAL}]{{1,20}}\))?"
LIST = rf"{NAME}{_NOTE}(?:\s*(?:,|,?\s*{AND})\s+{NAME}{_NOTE}){{0,6}}"
"""Single names, with commas or "and" between them."""
OWNED = rf"(?:{alternatives('owned')})"
TITLES = frozenset(fold(alternatives("title", "civil").replace("|", " ")).split()) | {"sir", "master", "the", "old"}

_PAIRS = (
    "ski ska|cki cka|dzki dzka|ský ská|cký cká|ny na|ов ова|ев ева|ёв ёва|ин ина|ын ына|ский ская|цкий цкая|ський ська"
    "|ov ova|ev eva|in ina|sky skaya|skiy skaya|ος ου|ης η|ας α|όπουλος οπούλου"
)
_BY_SEX = (
    *(pair for said in _PAIRS.split("|") for pair in (tuple(said.split()), tuple(said.split()[::-1]))),
    ("ová", ""),
    *((last, f"{last}ová") for last in "bcčdďhjklmnňpqrřsštťvxzž"),
)
"""Endings of surnames, a man's and a woman's: Polish, Czech, Slovak, Russian, Ukrainian, Bulgarian, Greek."""

_KIN = frozenset(fold(alternatives("kin", "de").replace("|", " ")).split())
"""Words of kinship that have a capital: "die Brüder Jonas und Karl"."""
ITEM = re.compile(NAME)
_RUN = re.compile(NAMES)
_ASIDE = r"(?:(?:\([^()\n]{1,40}\)|[“\"«][^“”\"«»\n]{1,40}[”\"»])[ \t]+)?"
"""What may stand in the middle of a name: "Violet (née Holt) Brack"."""
_GOES_ON = re.compile(rf"[ \t-]+{_ASIDE}{NAME}")
_BEFORE = re.compile(rf"({NAME})[ \t]+{_ASIDE}$")
_OPENS = GLUE - 0.6
"""Zipf frequency from which a capitalised word that opens a sentence is no name."""


@dataclass(frozen=True, slots=True)
class ToldName:
    """A name in the order of its parts: the spans of the text that they came from."""

    parts: tuple[Span, ...]
    spaced: bool = True
    """Whether the name has spaces between its parts; names in Han characters and Hangul have none."""
    cut: int = 0
    ending: str = ""
    """What stands for so many last characters: a wife's surname may end otherwise than her husband's."""


def items(text: str, start: int = 0, end: int | None = None) -> list[Span]:
    """The capitalised words of a stretch."""
    return [m.span() for m in ITEM.finditer(text, start, len(text) if end is None else end)]


def runs(text: str, start: int, end: int) -> Iterator[list[Span]]:
    """The capitalised words of a stretch, those that follow each other with a single space together."""
    for run in _RUN.finditer(text, start, end):
        yield items(text, *run.span())


def last_of(text: str, span: Span) -> Span:
    """The last capitalised word of a stretch."""
    spans = items(text, *span)
    return spans[-1] if spans else span


def goes_on(text: str, end: int) -> bool:
    """Whether another name follows a word in the same run."""
    return _GOES_ON.match(text, end) is not None


def opens_sentence(text: str, start: int) -> bool:
    """Whether a word opens a sentence or a line, where any word has a capital."""
    before = text[max(0, start - 20) : start].rstrip(" \t")
    return not before or before[-1] in '.!?:\n“"«„'


def preceded(text: str, start: int) -> bool:
    """Whether a word is the end of a longer name."""
    if text[start - 1 : start] not in (" ", "\t"):
        return False
    low = max(0, start - 80)
    before = _BEFORE.search(text[low:start])
    if before is None:
        return False
    word = fold(before[1])
    return (
        word not in TITLES
        and word not in _KIN
        and not (opens_sentence(text, low + before.start()) and zipf(word) >= _OPENS)
    )


def possessed(text: str, end: int) -> bool:
    """Whether a word is a possessor: "Margaret's"."""
    return text[end : end + 2] in ("'s", "’s")


def stands_alone(text: str, span: Span) -> bool:
    """Whether a capitalised word is a name by itself: no part of a longer one, no possessor, no word that opens a
    sentence."""
    start, end = span
    if goes_on(text, end) or preceded(text, start) or possessed(text, end):
        return False
    return not (opens_sentence(text, start) and zipf(fold(text[start:end])) >= GLUE)


def single(text: str, span: Span) -> list[Span]:
    """The words of a list of first names that have no surname of their own."""
    return [item for item in items(text, *span) if not goes_on(text, item[1]) and not possessed(text, item[1])]


def paired(text: str, firsts: Sequence[Span], last: Span) -> Iterator[ToldName]:
    """First names with a surname; a surname that may be a plural without its ending, too."""
    start, end = last
    word = text[start:end]
    ends = [end, *(end - len(s) for s in ("s", "es") if word.endswith(s) and len(word) > len(s) + 2)]
    counterparts = _counterparts(word)
    for first in firsts:
        if first != last:
            yield from (ToldName((first, (start, stop))) for stop in ends)
            yield from (ToldName((first, last), cut=cut, ending=ending) for cut, ending in counterparts)


def _counterparts(surname: str) -> list[tuple[int, str]]:
    """Return the endings of a surname for the other sex, where it has one: so many characters give way to others."""
    return [
        (len(old), new)
        for old, new in _BY_SEX
        if len(surname) > len(old) + 2 and surname.endswith(old) and surname[-1].islower()
    ]


def occurrences(text: str, word: str) -> Iterator[Span]:
    """Yield where a word stands in a text, by itself."""
    at = text.find(word)
    while at >= 0:
        end = at + len(word)
        if not (at and text[at - 1].isalnum()) and not text[end : end + 1].isalnum():
            yield at, end
        at = text.find(word, end)
