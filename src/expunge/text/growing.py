"""Texts that are still being written: which of their sentences nothing that follows can change."""

from __future__ import annotations

import re
from dataclasses import dataclass

from expunge.text.segment import LineKind, lines, sentences

_AHEAD = 16
"""Characters after the end of a sentence that tell whether it ended there: a word or two, or the mark of a list."""
_DUE = _AHEAD + 2
"""The same after a mark that may end one, with the white space between."""
_MAY_END = re.compile(r"[.!?…‽۔؟।॥。！？｡．\r\n]")
_FENCES = ("```", "~~~")


@dataclass(frozen=True, slots=True)
class Completed:
    """The whole sentences at the beginning of a text that goes on; `fence` opens the block of code after them, if any.

    `text` is "" where there are none; otherwise it holds `length` characters of the text, after the mark of the block
    of code that they stand in.
    """

    text: str
    length: int
    fence: str


def completed(text: str, fence: str = "") -> Completed:
    """The sentences of an unfinished text that nothing which follows can change; `fence` opens the block of code that
    the text begins in, if any."""
    before = f"{fence}\n" if fence else ""
    whole = before + text
    end = max((span.end for span in sentences(whole)[:-1] if span.end <= len(whole) - _AHEAD), default=0)
    if end <= len(before):
        return Completed("", 0, fence)
    if any(mark in whole for mark in _FENCES):
        fence = _open_at(whole, end)
    return Completed(whole[:end], end - len(before), fence)


def _open_at(text: str, end: int) -> str:
    """What opened the block of code that a place stands in."""
    fence = ""
    for line in lines(text):
        if line.start >= end:
            break
        if line.kind is LineKind.FENCE:
            fence = "" if fence else line.of(text).strip()[:3]
    return fence


class GrowingText:
    """A text that comes in pieces, without the sentences that were taken from it.

    To look for sentences costs as much as what is left is long, so that it is done where one may have ended, and where
    none had, not before the text is a quarter longer.
    """

    def __init__(self) -> None:
        self.left = ""
        self.fence = ""
        self._due: int | None = None
        self._not_before = 0

    def add(self, piece: str) -> bool:
        """Take a piece; whether sentences may have been completed."""
        left, self.left = self.left, ""
        if self._due is None and (end := _MAY_END.search(piece)) is not None:
            self._due = max(len(left) + end.end() + _DUE, self._not_before)
        # In two steps, so that the text grows in place.
        left += piece
        self.left = left
        return self.due

    @property
    def due(self) -> bool:
        """Whether sentences may have been completed."""
        return self._due is not None and len(self.left) >= self._due

    def take(self, found: Completed, looked_at: int) -> None:
        """Let go of what `completed` found when the text had so many characters."""
        self.left = self.left[found.length :]
        self.fence = found.fence
        self._not_before = 0 if found.length else looked_at + max(_AHEAD // 2, looked_at // 4)
        end = _MAY_END.search(self.left, 0 if found.length else max(0, looked_at - _DUE))
        self._due = None if end is None else max(end.end() + _DUE, self._not_before)
