from __future__ import annotations

import asyncio
import threading
import time

import pytest

from expunge.errors import OverBudget
from expunge.text.budget import (
    beside,
    budget,
    counted,
    give_way,
    giving_way,
    read_at_length,
    serving,
    step,
)


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


@pytest.fixture
def moments(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The moments for which others went first."""
    kept: list[float] = []
    monkeypatch.setattr("time.sleep", kept.append)
    return kept


def served_elsewhere(work: threading.Event, done: threading.Event) -> None:
    with budget(), counted():
        work.set()
        assert done.wait(20)


def test_what_is_built_beside_stops_while_somebody_is_served(moments: list[float]) -> None:
    working, done = threading.Event(), threading.Event()
    thread = threading.Thread(target=served_elsewhere, args=(working, done))
    thread.start()
    assert working.wait(20)
    with beside():
        assert list(giving_way(range(40))) == list(range(40))
    assert len(moments) == 3
    assert list(giving_way(range(40))) == list(range(40))
    assert len(moments) == 3
    done.set()
    thread.join()
    with beside():
        list(giving_way(range(40)))
        give_way()
    assert len(moments) == 3


def test_it_goes_on_beside_in_other_threads_and_gives_no_way_to_itself(moments: list[float]) -> None:
    async def built() -> None:
        await asyncio.to_thread(give_way)

    with serving():
        give_way()
        assert not moments
        with beside():
            asyncio.run(built())
        assert len(moments) == 1
    with beside(), serving():
        give_way()
    assert len(moments) == 1


def counting(seconds: float) -> None:
    """Steps of one who reads for so long."""
    until = time.monotonic() + seconds
    with budget(), counted():
        while time.monotonic() < until:
            step()


def test_who_reads_at_length_gives_others_a_turn(moments: list[float]) -> None:
    def reading() -> None:
        read_at_length()
        counting(0.1)

    thread = threading.Thread(target=reading)
    thread.start()
    thread.join(20)
    assert len(moments) >= 3


def test_who_reads_something_short_does_not(moments: list[float]) -> None:
    counting(0.05)
    assert moments == []
