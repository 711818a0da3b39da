from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from expunge.errors import InvalidTarget
from expunge.types import Answer, Decision, Fact, Rating, Snapshot, Step, Target, TargetKind, TargetUpdate, Trace


@pytest.mark.parametrize(
    "arguments",
    [
        {"name": ""},
        {"name": "  \t"},
        {"name": "n" * 10_000},
        {"name": "…!?—"},
        {"name": "\ud800bc"},
        {"name": 5},
        {"name": "Orla", "aliases": [""]},
        {"name": "Orla", "aliases": ["?!"]},
        {"name": "Orla", "aliases": "Fenwick"},
        {"name": "Orla", "facts": "She keeps bees."},
        {"name": "Orla", "facts": [""]},
        {"name": "Orla", "facts": [{"question": "only"}]},
        {"name": "Orla", "facts": [{"unknown": "x"}]},
        {"name": "Orla", "facts": [5]},
        {"name": "Orla", "facts": ["f" * 5_000]},
        {"name": "Orla", "description": "d" * 5_000},
        {"name": "Orla", "reason": 5},
        {"name": "Orla", "kind": "planet"},
    ],
)
def test_what_names_nobody_is_refused(arguments: dict[str, Any]) -> None:
    with pytest.raises(InvalidTarget) as raised:
        Target(**arguments)
    assert str(raised.value).endswith(".")
    assert "bees" not in str(raised.value)


def test_a_target_is_tidied() -> None:
    target = Target(
        "  Orla   Fenwick ",
        aliases=["Bee Queen", "Bee Queen"],
        facts=["a", "a", {"question": "q?", "answer": "b"}],
        kind="topic",
        expires_at=datetime(2030, 1, 1),
    )
    assert target.names == ("Orla Fenwick", "Bee Queen")
    assert target.facts == (Fact("a"), Fact("b", "q?"))
    assert target.kind is TargetKind.TOPIC
    assert target.expires_at == datetime(2030, 1, 1, tzinfo=UTC)


def test_a_rating_lies_between_1_and_5_and_never_beats_its_forgetting() -> None:
    assert Rating(5, 5).score == 5
    assert Rating(1, 5).score == 1
    assert Rating(5, 1).score == 3
    for forgetting, usefulness in ((0, 3), (6, 3), (3, 0), (float("nan"), 3)):
        with pytest.raises(ValueError, match="between"):
            Rating(forgetting, usefulness)


def test_a_snapshot_is_its_base_under_its_overlay() -> None:
    a, b, c = Target("A", id="a"), Target("B", id="b"), Target("C", id="c")
    snapshot = Snapshot(3, {"a": a, "b": b}, 1, {"b": None, "c": c})
    assert list(snapshot) == [a, c]
    assert len(snapshot) == 2
    assert (snapshot.get("a"), snapshot.get("b"), snapshot.get("c"), snapshot.get("d")) == (a, None, c, None)
    assert len(Snapshot()) == 0


def test_a_trace_sums_up() -> None:
    trace = Trace((Step("screen", "code", 1.0), Step("critic", "model", 2.0, calls=3, prompt_chars=10)))
    assert (trace.calls, trace.prompt_chars) == (3, 10)
    assert trace.timings_ms == {"screen": 1.0, "critic": 2.0}
    assert trace.evidence == ()
    assert Answer("x", Decision.PASSED, 1).decision == "passed"


def test_an_update_adds_and_replaces_and_leaves_the_rest() -> None:
    later = datetime(2031, 1, 1, tzinfo=UTC)
    old = Target("Orla Fenwick", ["O. Fenwick"], ["Keeps bees."], "Carver", expires_at=later, reason="Letter", id="t_1")
    assert TargetUpdate().applied_to(old) == old
    assert TargetUpdate.of(old).applied_to(old) == old
    new = TargetUpdate(aliases=["Bee Queen"], facts=[{"answer": "Skelwith"}], description="", expires_at=None)
    assert new.applied_to(old) == replace(
        old, aliases=("O. Fenwick", "Bee Queen"), facts=(*old.facts, Fact("Skelwith")), description="", expires_at=None
    )
    assert TargetUpdate.of(old) == TargetUpdate(
        aliases=("O. Fenwick",), facts=(Fact("Keeps bees."),), description="Carver", reason="Letter", expires_at=later
    )
    for wrong in ({"aliases": "x"}, {"facts": "x"}, {"facts": [1]}):
        with pytest.raises(InvalidTarget):
            TargetUpdate(**wrong)
