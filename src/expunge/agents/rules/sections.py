"""The layout of a draft: its sentences with the kind of their line, list marker and label."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from expunge.agents.validity import yaml_runs
from expunge.text.segment import MARKER, Line, LineKind, Span, lines, sentences

_LABEL = re.compile(
    r"\s*(?:\*\*|__|\*)?([^\s:：|][^:：\n|.!?]{0,48}?)(?:\*\*|__|\*)?[:：](?:\*\*|__|\*)?(?=\s|$|[^\x00-\x7f])"
)

BOLD = 7
"""The level of a bold line."""
LABEL = 8
"""The level of a line that is a label alone."""
_PARAGRAPH_END = re.compile(r"\n[ \t]*\r?\n\s*$")


@dataclass(frozen=True, slots=True)
class Unit:
    """A sentence (or a whole line of a table, heading or code) where it stands.

    `body` is where its text begins, after a list marker and a label; `label` is the label's own span;
    `indent` is the width before a list marker, -1 outside lists.
    """

    span: Span
    body: int
    kind: LineKind
    label: Span | None
    line_start: bool
    opens_item: bool
    in_item: bool
    indent: int
    paragraph: int
    level: int
    """A heading's level: 1-6 for `#`, 7 for a bold line, 8 for a line that is a label alone; 0 otherwise."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The units of a draft, in order: an exact partition of it."""

    units: tuple[Unit, ...]
    lines: tuple[Line, ...]


def pieces(text: str) -> tuple[Span, ...]:
    """The pieces that a draft is read in: sentences, and the lines of YAML that stands without a fence."""
    loose = _loose(text, lines(text))
    if not loose:
        return sentences(text)
    found: list[Span] = []
    at = 0
    for run in loose:
        found += (Span(at + s.start, at + s.end) for s in sentences(text[at : run[0].start]))
        ends = [*(line.start for line in run[1:]), run[-1].end]
        found += (Span(line.start, end) for line, end in zip(run, ends, strict=True))
        at = run[-1].end
    return (*found, *(Span(at + s.start, at + s.end) for s in sentences(text[at:])))


def _loose(text: str, rows: Sequence[Line]) -> list[Sequence[Line]]:
    """The lines of each run of YAML without a fence, less those that are blank."""
    fenced = (LineKind.FENCE, LineKind.CODE)
    runs = yaml_runs(["```" if row.kind in fenced else row.of(text).rstrip() for row in rows])
    found: list[Sequence[Line]] = []
    for start, end in runs:
        after = next((i for i in range(end, len(rows)) if rows[i].kind is not LineKind.BLANK), len(rows))
        last = Line(rows[end - 1].start, rows[after - 1].end, rows[end - 1].kind)
        found.append([*(row for row in rows[start : end - 1] if row.kind is not LineKind.BLANK), last])
    return found


def lay_out(text: str) -> Layout:
    """The layout of `text`."""
    rows = lines(text)
    starts = [row.start for row in rows]
    loose = {line.start for run in _loose(text, rows) for line in run}
    units: list[Unit] = []
    paragraph, indent, item = 0, -1, False
    for span in pieces(text):
        lead = len(span.of(text)) - len(span.of(text).lstrip("\r\n"))
        row = rows[bisect_right(starts, span.start + lead) - 1]
        fresh = span.start <= row.start
        kind = row.kind if row.kind is not LineKind.BLANK else LineKind.PROSE
        if _PARAGRAPH_END.search(text[max(0, span.start - 80) : span.start]):
            paragraph += 1
        if span.start in loose:
            item, indent = False, -1
            units.append(Unit(span, span.start, LineKind.CODE, None, True, False, False, -1, paragraph, 0))
            continue
        body, opens = span.start, False
        if kind is LineKind.ITEM and fresh:
            marker = MARKER.match(text, row.start, row.end)
            body = marker.end() if marker else span.start
            indent = len(row.of(text)) - len(row.of(text).lstrip(" \t"))
            opens = item = True
        elif fresh and not (item and text[row.start : row.start + 1] in " \t"):
            item, indent = False, -1
        label = None
        if fresh and kind in (LineKind.PROSE, LineKind.ITEM):
            match = _LABEL.match(text, body, span.end)
            if match and len(match[1].split()) <= 3:
                label, body = Span(match.start(1), match.end(1)), _after_space(text, match.end(), span.end)
        level = _level(text, row, span, body, kind)
        if level == LABEL:
            body = span.start  # the label is all that it says
        units.append(Unit(span, body, kind, label, fresh, opens, item, indent, paragraph, level))
    return Layout(tuple(units), rows)


def _after_space(text: str, at: int, end: int) -> int:
    while at < end and text[at] in " \t":
        at += 1
    return at


def _level(text: str, row: Line, span: Span, body: int, kind: LineKind) -> int:
    if kind is LineKind.HEADING:
        hashes = re.match(r"\s*(#{1,6})", row.of(text))
        return len(hashes[1]) if hashes else BOLD
    if kind is LineKind.PROSE and body > span.start and not text[body : span.end].strip():
        return LABEL
    return 0
