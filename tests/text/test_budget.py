from __future__ import annotations

import time

import pytest

from expunge.errors import OverBudget
from expunge.text.budget import budget, counted, step


def spin() -> None:
    """Steps until the budget is spent; a bound ends what has none."""
    until = time.thread_time() + 5
    while time.thread_time() < until:
        step()


def test_what_is_counted_ends_when_the_budget_is_spent() -> None:
    with budget(0.02), pytest.raises(OverBudget), counted():
        spin()


def test_nothing_more_begins_after_it() -> None:
    with budget(0.02) as held:
        with pytest.raises(OverBudget), counted():
            spin()
        assert held.left <= 0
        with pytest.raises(OverBudget), counted():
            raise AssertionError("this must not be reached")


def test_a_budget_within_another_is_the_same() -> None:
    with budget(0.5) as outer, budget(100) as inner:
        assert inner is outer


def test_what_is_not_counted_costs_nothing() -> None:
    with budget(1.0) as held:
        sum(range(200_000))
        step()
        assert held.left == 1.0
        with counted():
            sum(range(200_000))
        assert held.left < 1.0


def test_without_a_budget_nothing_ends() -> None:
    with counted():
        for _ in range(1_000):
            step()


def test_what_is_counted_twice_is_counted_once() -> None:
    with budget(1.0) as held, counted(), counted():
        sum(range(200_000))
    assert 0 < held.left < 1.0
