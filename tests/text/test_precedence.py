from __future__ import annotations

import asyncio
import threading
import time

import pytest

from expunge.text.budget import budget, counted, step
from expunge.text.precedence import begin_serving, beside, end_serving, give_way, giving_way, read_at_length


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

    begin_serving()
    try:
        give_way()
        assert not moments
        with beside():
            asyncio.run(built())
        assert len(moments) == 1
    finally:
        end_serving()
    with beside():
        begin_serving()
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
