"""Parts of texts: long ones a slice at a time, and places that are taken, so that nothing else is found there.

One call of a pattern or a table over megabytes would let no other thread run.
"""

from __future__ import annotations

import re
from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Mapping

from ahocorasick_rs import AhoCorasick

SLICE = 32_768
"""Characters of a slice."""
_OVERLAP = 400
"""Characters that what is searched for may have; a longer match is found where it begins."""


def slices(text: str) -> Iterator[str]:
    """The text, cut anywhere."""
    for start in range(0, len(text), SLICE):
        yield text[start : start + SLICE]


def translated(text: str, table: Mapping[int, str | int | None]) -> str:
    """`text.translate(table)`, which is slow beyond ASCII."""
    if len(text) <= SLICE or text.isascii():
        return text.translate(table)
    return "".join([piece.translate(table) for piece in slices(text)])


def matches(automaton: AhoCorasick, text: str, longest: int) -> Iterator[tuple[int, int, int]]:
    """Every match in a text, overlapping ones, too, of an automaton whose longest pattern has so many characters."""
    for start in range(0, len(text), SLICE):
        piece = text if len(text) <= SLICE else text[start : start + SLICE + longest]
        for number, first, last in automaton.find_matches_as_indexes(piece, overlapping=True):
            # What begins in the overlap is found in the next slice.
            if first < SLICE:
                yield number, start + first, start + last


def search(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    """`pattern.search(text)`, for a pattern that may look back as far as it likes and ahead a little."""
    if len(text) <= SLICE:
        return pattern.search(text)
    for start in range(0, len(text), SLICE):
        at, end = start, min(len(text), start + SLICE + _OVERLAP)
        while at < end and (found := pattern.search(text, at, end)) is not None:
            # Where the slice ends, a word seems to end, too.
            whole = found if found.end() < end or end == len(text) else pattern.match(text, found.start())
            if whole is not None:
                return whole
            at = found.start() + 1
    return None


class Taken:
    """Spans of a text that do not overlap, in order."""

    def __init__(self, spans: Iterable[tuple[int, int]] = ()) -> None:
        self._spans: list[tuple[int, int]] = sorted(spans)

    def touches(self, start: int, end: int) -> bool:
        """Whether any of them shares a character with the span from `start` to `end`."""
        at = bisect_left(self._spans, (end, end))
        return at > 0 and self._spans[at - 1][1] > start

    def add(self, start: int, end: int) -> None:
        """Take one more, which touches none."""
        insort(self._spans, (start, end))
