"""Places of a text that are taken, so that nothing else is found there."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable


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
