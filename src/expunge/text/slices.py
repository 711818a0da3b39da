"""Long texts a slice at a time: one call of a pattern or a table over megabytes would let no other thread run."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

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
