"""Answers in the place of a disclosure take as long as ordinary ones of their length, by what was measured."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from expunge.gateway.proxy.timing import FEWEST, LONGEST, REMEMBERED, Kind, Timing
from expunge.gateway.upstream.base import UpstreamRequest, UpstreamResponse
from expunge.types import Target
from tests.gateway.canned import Canned
from tests.gateway.conftest import Opening
from tests.gateway.test_every_channel import chat

KIND = Kind("chat/completions", "stub", False)
Durations = Callable[[random.Random, int], float]


def usual(chance: random.Random, length: int) -> float:
    return (0.05 + 0.002 * length) * chance.lognormvariate(0, 0.15)


def drawn_length(chance: random.Random) -> int:
    return int(chance.lognormvariate(4.5, 0.6))


def area(ours: Sequence[float], others: Sequence[float]) -> float:
    """The share of pairs in which ours took longer."""
    return sum((one > other) + (one == other) / 2 for one in ours for other in others) / len(ours) / len(others)


def taught(seconds: Sequence[float], length: int = 100) -> Timing:
    timing = Timing()
    for each in seconds:
        timing.ordinary(KIND, length, each)
    return timing


@pytest.mark.parametrize(
    ("changed", "before", "lowest", "highest"),
    [
        pytest.param(lambda chance, _: 0.05 * chance.random(), (0.0, 0.02), 0.42, 0.58, id="at once"),
        pytest.param(lambda chance, n: 0.3 * usual(chance, n), (0.0, 0.1), 0.4, 0.58, id="quicker by two thirds"),
        pytest.param(
            lambda chance, n: usual(chance, n) if chance.random() < 0.5 else 0.01,
            (0.2, 0.3), 0.4, 0.58, id="half of them at once",
        ),
        pytest.param(usual, (0.45, 0.55), 0.45, 0.57, id="as long as others"),
    ],
)  # fmt: skip
def test_time_does_not_tell_what_was_changed(
    changed: Durations, before: tuple[float, float], lowest: float, highest: float
) -> None:
    chance, timing = random.Random(7), Timing()
    others, bare, ours = [], [], []
    for number in range(900):
        length = drawn_length(chance)
        others.append(usual(chance, length))
        timing.ordinary(KIND, length, others[-1])
        if number > 300:
            length = drawn_length(chance)
            bare.append(changed(chance, length))
            ours.append(bare[-1] + timing.delay(KIND, length, bare[-1]))
    assert before[0] <= area(bare, others) <= before[1]
    assert lowest <= area(ours, others) <= highest


def test_what_takes_longer_than_others_is_not_held() -> None:
    timing = taught([1.0 + number / 100 for number in range(100)])
    assert [timing.delay(KIND, 100, 2.5) for _ in range(20)] == [0.0] * 20


def test_one_that_is_quicker_than_all_others_is_held_from_the_first() -> None:
    assert taught([1.0] * FEWEST).delay(KIND, 100, 0.2) == pytest.approx(0.8)


def test_few_answers_tell_nothing() -> None:
    assert taught([1.0] * (FEWEST - 1)).delay(KIND, 100, 0.2) == 0.0


@pytest.mark.parametrize(
    "other",
    [Kind("responses", "stub", False), Kind("chat/completions", "larger", False), Kind(KIND.path, "stub", True)],
)
def test_each_kind_is_measured_by_itself(other: Kind) -> None:
    assert taught([1.0] * 50).delay(other, 100, 0.2) == 0.0


@pytest.mark.parametrize(("length", "takes"), [(100, 1.0), (2_000, 9.0)])
def test_length_counts(length: int, takes: float) -> None:
    timing = taught([1.0] * 70)
    for _ in range(70):
        timing.ordinary(KIND, 2_000, 9.0)
    assert 0.2 + timing.delay(KIND, length, 0.2) == pytest.approx(takes)


def test_old_durations_are_forgotten() -> None:
    timing = taught([9.0] * REMEMBERED)
    for _ in range(REMEMBERED):
        timing.ordinary(KIND, 100, 1.0)
    assert 0.2 + timing.delay(KIND, 100, 0.2) == pytest.approx(1.0)


def test_models_that_callers_make_up_take_no_memory() -> None:
    timing = taught([1.0] * 50)
    for number in range(1_000):
        timing.ordinary(Kind("chat/completions", f"made up {number}", False), 100, 1.0)
    assert timing.delay(KIND, 100, 0.2) == 0.0
    assert len(timing) < 100


def test_no_delay_is_endless() -> None:
    assert taught([500.0] * 50).delay(KIND, 100, 0.2) == LONGEST


NAME = "Orla Maeve Fenwick"
TOLD = f"{NAME} carved marionettes."


@dataclass
class Slow:
    """Takes a while over everything but what it tells of a target."""

    inner: Canned
    seconds: float = 0.08

    @asynccontextmanager
    async def open(self, call: UpstreamRequest) -> AsyncIterator[UpstreamResponse]:
        told = "Fenwick" in json.dumps(json.loads(call.body or b"{}"))
        self.inner.reply(chat(content=TOLD if told else "The ferry leaves the harbour."))
        await asyncio.sleep(0 if told else self.seconds)
        async with self.inner.open(call) as received:
            yield received

    async def aclose(self) -> None:
        pass


async def test_a_refusal_through_the_gateway_waits_as_others_do_by_default(over_upstream: Opening) -> None:
    client = await over_upstream(Slow(Canned()), [Target(NAME)])

    async def seconds(question: str) -> float:
        began = time.perf_counter()
        body = {"model": "stub", "messages": [{"role": "user", "content": question}]}
        answer = await client.post("/v1/chat/completions", json=body)
        assert answer.status_code == 200
        assert "marionettes" not in answer.text
        return time.perf_counter() - began

    await seconds(f"Who is {NAME}?")  # the first one of all opens what the others find open
    for _ in range(FEWEST):
        await seconds("When does the ferry leave?")
    assert await seconds(f"Who is {NAME}?") >= Slow.seconds


@pytest.mark.parametrize("least", [0, 0.05])
async def test_a_number_measures_nothing(over_upstream: Opening, least: float, monkeypatch: pytest.MonkeyPatch) -> None:
    def measured(*_: object) -> float:
        raise AssertionError("something was measured")

    monkeypatch.setattr(Timing, "delay", measured)
    monkeypatch.setattr(Timing, "ordinary", measured)
    client = await over_upstream(Slow(Canned(), 0.0), [Target(NAME)], min_response_seconds=least)
    for question in ("When does the ferry leave?", f"Who is {NAME}?"):
        body = {"model": "stub", "messages": [{"role": "user", "content": question}]}
        assert (await client.post("/v1/chat/completions", json=body)).status_code == 200
