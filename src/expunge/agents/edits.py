"""Edits: the exact cuts and replacements by which a model rewrites a draft, fitted to it and made by code.

What no edit touches stays as it is, byte for byte. An edit that does not fit, or one that breaks JSON or YAML that
was valid, spoils the version that makes it and no other.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from expunge.agents.fencing import shown
from expunge.agents.validity import broken
from expunge.errors import AgentError
from expunge.text.segment import MARKER
from expunge.types import Change, Variant

_BLANK = " \t\u3000"
_CLOSING = ",.)"
"""Marks before which a cut leaves no blank; before the others French has one."""
_LAST_BREAK = re.compile(r"\r?\n\Z")
_LINE_REST = re.compile(r"[ \t\u3000]*(?:\r\n|[\n\r]|\Z)")


@dataclass(frozen=True, slots=True)
class Edit:
    """An edit by a model: the words from `find` to the next `until` (only `find` where that is empty) become `put`."""

    find: str
    until: str
    put: str


def edited(draft: str, edits: Sequence[Edit]) -> Variant:
    """The draft with these edits made.

    The words of an edit are those that the model was shown, where hidden characters are dropped; a cut takes along
    those that it encloses. A cut also takes the blank, or the empty line, that it would leave behind.

    Raises:
        AgentError: if a passage is not found, or found more than once, if two edits overlap, or if JSON or YAML that
            was valid would be so no more.
    """
    text, offsets = shown(draft)
    spans = sorted((*_span(text, edit), edit.put) for edit in dict.fromkeys(edits))
    for (_, end, _), (start, _, _) in itertools.pairwise(spans):
        if start < end:
            raise AgentError("Two edits of the eraser overlap; use a more capable model, or rules.")
    changes = _tidy(draft, [Change(offsets[start], offsets[end], put) for start, end, put in spans])
    new = made(draft, changes)
    if broken(draft, new):
        raise AgentError("An edit of the eraser breaks the draft's format; use a more capable model, or rules.")
    return Variant(new, "model", changes)


def made(draft: str, changes: Sequence[Change], mark: str = "") -> str:
    """The draft with these changes made; `mark` is put after each, `%d` in it being its number, counted from 1."""
    parts, at = [], 0
    for number, change in enumerate(changes, 1):
        parts += [draft[at : change.start], change.new, mark and mark % number]
        at = change.end
    return "".join([*parts, draft[at:]])


def _span(text: str, edit: Edit) -> tuple[int, int]:
    start = text.find(edit.find) if edit.find else -1
    if start < 0:
        raise AgentError("An edit of the eraser fits no passage; use a more capable model, or rules.")
    if text.find(edit.find, start + 1) >= 0:
        raise AgentError("An edit of the eraser fits several passages; use a more capable model, or rules.")
    end = start + len(edit.find)
    if edit.until:
        last = text.find(edit.until, end)
        if last < 0:
            raise AgentError("An edit of the eraser has no end in the draft; use a more capable model, or rules.")
        end = last + len(edit.until)
    return start, end


def _tidy(draft: str, changes: Sequence[Change]) -> tuple[Change, ...]:
    """The changes, each cut widened by the blank or the empty line that it would leave, and by nothing else."""
    tidied: list[Change] = []
    out, at = "", 0
    for number, change in enumerate(changes):
        limit = changes[number + 1].start if number + 1 < len(changes) else len(draft)
        if not change.new:
            change = _widened(draft, change, out, at, limit)
        out += draft[at : change.start] + change.new
        at = change.end
        tidied.append(change)
    return tuple(tidied)


def _widened(draft: str, cut: Change, out: str, at: int, limit: int) -> Change:
    """One cut, widened within `at` and `limit`; `out` is the new text up to `at`."""
    kept = draft[at : cut.start]
    line = (out + kept).rpartition("\n")[2]
    start, end = cut.start - (len(kept) - len(kept.rstrip(_BLANK))), cut.end
    rest = _LINE_REST.match(draft, end)
    ends_line = draft[end - 1] in "\r\n"
    if ends_line or (rest is not None and rest.end() <= limit):
        if line.strip() and not MARKER.fullmatch(line):
            return cut if ends_line else Change(start, end, "")
        if rest is not None and not ends_line:
            end = rest.end()
        return _without_lines(draft, max(at, cut.start - len(line)), end, out, at, limit)
    after = draft[end : end + 1]
    if after and after in _BLANK and (not line or line[-1] in _BLANK):
        while end < limit and draft[end] in _BLANK:
            end += 1
        return Change(cut.start, end, "")
    if after and after in _CLOSING and line.strip():
        return Change(start, end, "")
    return cut


def _without_lines(draft: str, start: int, end: int, out: str, at: int, limit: int) -> Change:
    """The cut of whole lines, and of the empty line after them where one stands before them, too."""
    if end == len(draft):  # nothing follows: the line breaks before go in the place of the last one
        last = _LAST_BREAK.search(draft, max(start, end - 2))
        start = at + len(draft[at:start].rstrip())
        return Change(start, last.start() if last and start else end, "")
    above = out + draft[at:start]
    empty = _LINE_REST.match(draft, end)
    if (not above or above.endswith(("\n\n", "\r\n\r\n"))) and empty is not None and empty.end() <= limit:
        end = empty.end()
    return Change(start, end, "")
