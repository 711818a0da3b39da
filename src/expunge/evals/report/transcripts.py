"""The cases that went worst, in full: what was asked, what should be known, what the model alone said, what came out.

Every text in here comes from a model, a user or an attacker: all of it is escaped, set apart in a block of its own
direction, and shortened where it is very long.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from expunge.evals.report.figures import Row, listed, shown
from expunge.evals.report.markup import Markup, facts, join, tag, text

_HEAD, _TAIL = 1000, 400
"""Characters kept of a text longer than both together: a page of ten suites stays under some megabytes."""
_FIRST, _LAST = 2, 6
"""Turns kept of a conversation with more than both together (many-shot prompts have hundreds)."""


def transcripts(system: str, kind: str, found: Sequence[Row], hits: int | None) -> Markup:
    """The worst cases of one system and kind ("leaked"), folded; `hits` says how many there were in all."""
    of = f" of {hits:,}" if hits is not None and hits > len(found) else ""
    label = f"{system}: {kind}, {len(found):,}{of} shown"
    return tag("details", tag("summary", text(label)), *(_transcript(each) for each in found), class_="cases")


def _transcript(case: Row) -> Markup:
    called, part = shown(case.get("id"), "a case without an id"), shown(case.get("part"), "")
    about = tag("small", text(part)) if part and not called.startswith(part) else Markup("")
    turns, reply, alone = listed(case.get("turns")), case.get("reply"), case.get("alone")
    if turns and turns[-1].get("role") == "assistant" and turns[-1].get("content") == reply:
        turns = turns[:-1]
    same = tag("p", text("the same as what came out"), class_="quiet")
    parts = [
        *_turns(turns),
        ("Gold answer", _block(case.get("gold"))),
        ("The model alone", same if alone and alone == reply else _block(alone)),
        ("What came out", _block(reply, "out")),
        *_passages("Left in it", case.get("left")),
        *_passages("Lost from it", case.get("lost")),
        ("Decision", text(shown(case.get("decision")))),
        ("Evidence", text(shown(case.get("evidence"), "none"))),
    ]
    return tag("article", tag("h4", text(called), about), facts(parts, "case"))


def _passages(label: str, raw: Any) -> list[tuple[str, Markup]]:
    return [(label, _block("\n".join(map(str, raw))))] if isinstance(raw, list) and raw else []


def _turns(turns: Sequence[Row]) -> list[tuple[str, Markup]]:
    told = [(str(turn.get("role") or "?").capitalize(), _block(turn.get("content"))) for turn in turns]
    if len(told) > _FIRST + _LAST:
        left = len(told) - _FIRST - _LAST
        note = tag("p", text(f"{left:,} of {len(told):,} turns left out"), class_="cut")
        return [*told[:_FIRST], ("…", note), *told[-_LAST:]]
    return told


def _block(raw: Any, class_: str | None = None) -> Markup:
    if raw is None or raw == "":
        return tag("p", text("not recorded" if raw is None else "empty"), class_="quiet")
    return tag("div", shortened(str(raw)), class_=class_ or "said", dir="auto")


def shortened(content: str) -> Markup:
    """A text, its middle left out where it is very long, with the length said."""
    if len(content) <= _HEAD + _TAIL:
        return text(content)
    left = len(content) - _HEAD - _TAIL
    note = tag("span", text(f"[{left:,} of {len(content):,} characters left out]"), class_="cut", dir="ltr")
    return join([text(content[:_HEAD]), note, text(content[-_TAIL:])], " … ")
