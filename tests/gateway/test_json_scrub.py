"""Any JSON without the targets in it: keys and form stay, nothing is told by what stands beside."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from expunge.assemble import Parts
from expunge.gateway.json_scrub import MOST_STRINGS, Judge, Keep, scrub_json
from expunge.gateway.proxy.moderator import Moderator
from expunge.pipeline import Outcome
from expunge.types import Decision, Draft, Target, Trace

CLEAN = "Brendan Garrow sells umbrellas."
TOLD = f"{CLEAN} Orla Fenwick carves marionettes."
KEEP = Keep(fixed=("uri",), labels=("type",), sent=("file:///orla-fenwick.txt",))


@pytest.fixture
async def judge(parts: Parts) -> AsyncIterator[Judge]:
    parts.registry.add(Target("Orla Fenwick", facts=["She carves marionettes.", "She was born in 1931."]))
    moderator = Moderator()

    async def judged(drafts: Sequence[Draft]) -> Sequence[Outcome]:
        return await moderator.each(parts, parts.registry.snapshot(), (), drafts)

    yield judged
    await moderator.aclose()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (TOLD, CLEAN),
        ([CLEAN, TOLD, 7], [CLEAN, CLEAN, 7]),
        ({"a": {"b": [TOLD]}, "n": 1.5, "x": None}, {"a": {"b": [CLEAN]}, "n": 1.5, "x": None}),
        # What is named after a target is about the target.
        ({"name": "Orla Fenwick", "born": 1931, "alive": True}, {"name": "", "born": None, "alive": None}),
        (
            [{"name": "Orla Fenwick", "trade": "carver"}, {"name": "Brendan Garrow", "trade": "seller"}],
            [{"name": "", "trade": ""}, {"name": "Brendan Garrow", "trade": "seller"}],
        ),
        (
            {"name": {"first": "Orla", "last": "Fenwick"}, "born": 1931},
            {"name": {"first": "", "last": ""}, "born": None},
        ),
        ({"rows": [{"id": 4, "keeper": "Orla Fenwick", "n": 2}]}, {"rows": [{"id": None, "keeper": "", "n": None}]}),
        (
            {"columns": ["name", "born"], "rows": [["Orla Fenwick", 1931], ["Brendan Garrow", 1940]]},
            {"columns": ["name", "born"], "rows": [["", None], ["Brendan Garrow", 1940]]},
        ),
        # A key stays unless it discloses somebody itself.
        ({"Orla Fenwick": {"trade": "carver"}, "Brendan Garrow": 3}, {"Brendan Garrow": 3}),
        ({"q": "Orla Fenwick", "found": [CLEAN]}, {"q": "", "found": [CLEAN]}),
        # Spread over several strings.
        (["It is Orla", "Fenwick, who carves."], ["", ""]),
        (base64.b64encode(TOLD.encode()).decode(), ""),
        ({"data": base64.b64encode(TOLD.encode()).decode(), "n": "a"}, {"data": "", "n": "a"}),
    ],
)
async def test_what_is_left(judge: Judge, value: Any, expected: Any) -> None:
    found = await scrub_json(value, judge)
    assert found.value == expected
    assert found.decision is not Decision.PASSED
    assert len(found.targets) == 1
    again = await scrub_json(found.value, judge)
    assert (again.value, again.decision) == (found.value, Decision.PASSED)


@pytest.mark.parametrize(
    "value",
    [None, 7, "", {}, [], [[]], {"name": ""}, [CLEAN, CLEAN], {"name": "Brendan Garrow", "born": 1931, "x": [True]},
     {"data": base64.b64encode(bytes(range(256)) * 8).decode()}],
)  # fmt: skip
async def test_what_tells_of_nobody_passes_as_it_is(judge: Judge, value: Any) -> None:
    found = await scrub_json(value, judge)
    assert (found.value, found.decision, found.targets) == (value, Decision.PASSED, ())


async def test_what_must_stay_as_it_is_goes_with_its_item_or_is_stuck(judge: Judge) -> None:
    told = {"type": "link", "uri": "file:///people/Orla%20Fenwick.txt", "note": "a"}
    kept = {"type": "link", "uri": "file:///people/garrow.txt", "note": "b"}
    found = await scrub_json({"links": [told, kept]}, judge, KEEP)
    assert (found.value, found.decision, found.stuck) == ({"links": [kept]}, Decision.REWRITTEN, False)
    assert (await scrub_json(told, judge, KEEP)).stuck
    named = {"type": "link", "uri": "file:///17.txt", "name": "Orla Fenwick"}
    assert (await scrub_json([named, kept], judge, KEEP)).value == [kept]
    # Whoever sent a string knows it.
    echo = {"uri": "file:///orla-fenwick.txt", "text": CLEAN}
    assert (await scrub_json(echo, judge, KEEP)).value == echo


async def test_what_cannot_be_judged_is_withheld() -> None:
    async def refused(drafts: Sequence[Draft]) -> Sequence[Outcome]:
        """Refuses all but short keys."""
        decisions = [Decision.PASSED if len(draft.text) == 1 else Decision.REFUSED for draft in drafts]
        return [Outcome(draft.text, decision, (), Trace()) for draft, decision in zip(drafts, decisions, strict=True)]

    found = await scrub_json({"a": "one", "b": ["two", 3]}, refused)
    assert (found.value, found.decision) == ({"a": "", "b": ["", None]}, Decision.REFUSED)

    async def never(drafts: Sequence[Draft]) -> Sequence[Outcome]:
        raise AssertionError

    many = [str(number) for number in range(MOST_STRINGS + 1)]
    found = await scrub_json(many, never)
    assert (set(found.value), found.decision, found.failed) == ({""}, Decision.REFUSED, "OverBudget")
    deep: Any = "deep"
    for _ in range(200):
        deep = [deep]
    assert (await scrub_json(deep, never)).decision is Decision.REFUSED


async def test_what_passes_alone_and_not_together_is_withheld(judge: Judge) -> None:
    async def suspicious(drafts: Sequence[Draft]) -> Sequence[Outcome]:
        """Passes single words only."""
        return [
            Outcome(d.text, Decision.REFUSED if "\n" in d.text or d.tool_calls else Decision.PASSED, (), Trace())
            for d in drafts
        ]

    found = await scrub_json({"a": ["one", "two"], "n": 5}, suspicious)
    assert (found.value, found.decision) == ({"a": ["", ""], "n": None}, Decision.REFUSED)
