"""Words cut into pieces that are to be put together: 'Al' + 'dermoor', a = "Cor"; b = "vin"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from expunge.text.budget import step
from expunge.text.view import View

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
    """What one pair of quotation marks holds."""
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
