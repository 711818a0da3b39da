from __future__ import annotations

import pytest

from expunge.evals.cases import Case, Suite, question, spread
from expunge.models.base import Completion
from expunge.types import Message


def case(part: str, number: int, forget: bool = True) -> Case:
    return Case(f"{part}/{number}", part, question(f"Question {number}?"), "gold", forget)


SUITE = Suite("s", "S", (), tuple([case("a", n) for n in range(10)] + [case("b", n, False) for n in range(4)]))


def test_what_was_asked_holds_every_turn() -> None:
    told = (Message("user", "one"), Message("assistant", "two"), Message("user", "three"))
    assert Case("x", "p", told, "g", True).asked == "one\ntwo\nthree"


def test_the_worst_reply_is_the_gold_answer_unless_told() -> None:
    assert case("a", 0).worst_replies == (Completion("gold"),)
    assert Case("x", "p", question("q"), "g", True, replies=(Completion("r"),)).worst_replies == (Completion("r"),)


@pytest.mark.parametrize(
    ("limit", "kept"),
    [
        (None, ["a"] * 10 + ["b"] * 4),
        (1, ["a", "b"]),
        (3, ["a"] * 3 + ["b"] * 3),
        (99, ["a"] * 10 + ["b"] * 4),
    ],
)
def test_a_limit_holds_for_each_part(limit: int | None, kept: list[str]) -> None:
    assert [one.part for one in SUITE.limited(limit).cases] == kept


@pytest.mark.parametrize(
    ("most", "forget", "keep"), [(None, 10, 4), (2, 1, 1), (5, 3, 2), (12, 8, 4), (14, 10, 4), (99, 10, 4), (1, 1, 0)]
)
def test_a_cut_holds_for_all_and_keeps_both_kinds(most: int | None, forget: int, keep: int) -> None:
    cases = SUITE.cut(most).cases
    assert (sum(one.forget for one in cases), sum(not one.forget for one in cases)) == (forget, keep)


def test_what_is_kept_is_spread_evenly() -> None:
    assert [one.id for one in spread(SUITE.cases[:10], 5)] == ["a/0", "a/2", "a/4", "a/6", "a/8"]
