from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from concurrent.futures import CancelledError
from typing import Any

import numpy as np
import pytest

from expunge.errors import ModelError
from expunge.models.e5 import engine as module
from expunge.models.e5.engine import MOST_TOKENS, Engine, _groups
from expunge.models.e5.tokenizer import Tokenizer


class Session:
    """Stands in for the runtime: every vector says how many tokens its text has. Calls wait until they are let go."""

    def __init__(self) -> None:
        self.calls: list[list[int]] = []
        self.entered = threading.Event()
        self.go = threading.Event()
        self.failing = False

    def run(self, names: Sequence[str], inputs: Any) -> list[Any]:
        self.calls.append(inputs["lengths"].tolist())
        self.entered.set()
        self.go.wait(30)
        if self.failing:
            raise RuntimeError("bad allocation of 12 bytes for Odo")
        assert inputs["ids"].shape == (len(inputs["lengths"]), max(inputs["lengths"]))
        return [np.repeat(inputs["lengths"][:, None], 4, axis=1).astype(np.float32)]


@pytest.fixture
def session() -> Session:
    return Session()


@pytest.fixture
def stand_in(session: Session, monkeypatch: pytest.MonkeyPatch) -> Any:
    """An engine with one worker whose session is the stand-in; "aaa" has as many tokens as letters, and 4 more."""
    made = Engine.__new__(Engine)
    pieces = ["<s>", "<pad>", "</s>", "<unk>", "▁passage", ":", "▁", "a", "<mask>"]
    made._tokenizer = Tokenizer(
        pieces, [0, 0, 0, 0, -1, -1, -1, -1, 0], begin=0, end=2, padding=1, unknown=3, normalised={}
    )
    made._session, made._width = session, 4
    made._most_workers = made._usual_workers = 1
    made._workers, made._waiting = [], []
    made._idle = made._turn = 0
    made._closing, made._changed = False, threading.Condition()
    yield made
    session.go.set()
    made.close()


def test_what_comes_meanwhile_shares_the_next_batch(stand_in: Engine, session: Session) -> None:
    first = stand_in.submit(["a" * 10])
    session.entered.wait(30)
    later = [stand_in.submit(["a" * size, "a" * 9]) for size in (12, 11, 10)]
    session.go.set()
    assert [future.result(30)[:, 0].tolist() for future in (first, *later)] == [[15], [17, 14], [16, 14], [15, 14]]
    assert len(session.calls) == 2
    assert sorted(session.calls[1]) == [14, 14, 14, 15, 16, 17]


def test_what_waits_is_spread_over_the_workers_that_are_free(stand_in: Engine, session: Session) -> None:
    stand_in._most_workers = stand_in._usual_workers = 2
    both = stand_in.submit(["a" * 40] * 4)
    session.go.set()
    assert both.result(30)[:, 0].tolist() == [45] * 4
    assert sorted(map(len, session.calls)) == [2, 2]


@pytest.mark.parametrize(("texts", "workers"), [(4, 1), (400, 2)])
def test_a_core_is_left_to_those_who_ask_unless_much_waits(
    stand_in: Engine, session: Session, texts: int, workers: int
) -> None:
    stand_in._most_workers = 2
    first = stand_in.submit(["a"])
    session.entered.wait(30)
    later = stand_in.submit(["a" * 40] * texts)
    assert len(stand_in._workers) == workers
    session.go.set()
    assert later.result(30)[:, 0].tolist() == [45] * texts
    assert first.result(30)[0, 0] == 6


def test_a_question_does_not_wait_for_an_import(stand_in: Engine, session: Session) -> None:
    large = stand_in.submit(["a" * 100] * 200)
    session.entered.wait(30)
    small = stand_in.submit(["aa"])
    done: list[str] = []
    large.add_done_callback(lambda _: done.append("large"))
    small.add_done_callback(lambda _: done.append("small"))
    session.go.set()
    large.result(60)
    assert done == ["small", "large"]
    assert any(7 in call for call in session.calls[1:5])


def test_whoever_waits_longest_is_not_forgotten(stand_in: Engine, session: Session) -> None:
    session.go.set()
    large = stand_in.submit(["a" * 400] * 3)
    while not large.done():
        stand_in.submit(["a" * 300]).result(30)
    assert large.result()[:, 0].tolist() == [405] * 3


def test_cancelled_work_is_not_done(stand_in: Engine, session: Session) -> None:
    large = stand_in.submit(["a" * 100] * 500)
    session.entered.wait(30)
    assert large.cancel()
    session.go.set()
    stand_in.submit(["a"]).result(30)
    assert len(session.calls) <= 3
    with pytest.raises(CancelledError):
        large.result()


def test_a_failure_reaches_who_waits_and_nobody_else(stand_in: Engine, session: Session) -> None:
    session.failing = True
    session.go.set()
    with pytest.raises(ModelError, match="embedding model failed") as caught:
        stand_in.submit(["a"] * 300).result(30)
    assert "Odo" not in str(caught.value)
    session.failing = False
    assert stand_in.submit(["a"]).result(30)[0, 0] == 6


def test_closing_leaves_what_is_not_begun(stand_in: Engine, session: Session) -> None:
    future = stand_in.submit(["a" * 100] * 500)
    session.entered.wait(30)
    session.go.set()
    stand_in.close()
    assert not future.done()


def test_very_many_words(stand_in: Engine, session: Session) -> None:
    session.go.set()
    vectors = stand_in.submit(["a" * (1 + number % 3) for number in range(30_000)]).result(120)
    assert vectors[:3, 0].tolist() == [6, 7, 8]
    assert vectors.shape == (30_000, 4)


def test_no_texts(stand_in: Engine) -> None:
    assert stand_in.submit([]).result(0).shape == (0, 4)


@pytest.mark.parametrize("text", ["a" * 10_000_000, "a " * 5_000_000, " " * 10_000_000 + "a"])
def test_of_a_text_of_10_mb_the_beginning_is_read(stand_in: Engine, text: str) -> None:
    assert stand_in.tokens(text) < 2_100


def test_a_text_of_many_tokens_is_read_in_parts(stand_in: Engine, session: Session) -> None:
    session.go.set()
    vectors = stand_in.submit(["a", "a" * 1_200, "aa"]).result(30)
    assert sorted(length for call in session.calls for length in call) == [6, 7, 185, 512, 512]
    # The stand-in's vectors are no unit vectors; the mean of the parts is.
    assert vectors[:, 0].tolist() == [0.5, 0.5, 0.5]


async def test_the_end_of_a_text_of_many_tokens_counts(engine: Engine) -> None:
    noise = "q7 " * 400
    assert engine.tokens(noise) > MOST_TOKENS
    plain, told, other = await engine.embed([noise, noise + "Her father kept bees in Brackholm.", noise + "q8"])
    assert plain @ told < plain @ other - 0.001


@pytest.mark.parametrize(
    ("lengths", "groups"),
    [
        ([], []),
        ([5], [[0]]),
        ([5, 5, 6], [[0, 1, 2]]),
        ([5, 6, 200], [[0, 1], [2]]),
        ([5] * 10 + [40], [list(range(10)), [10]]),
        ([38, 40], [[0, 1]]),
        ([512, 512, 512], [[0, 1], [2]]),
    ],
)
def test_texts_are_grouped_by_length(lengths: list[int], groups: list[list[int]]) -> None:
    found = _groups(list(range(len(lengths))), lengths)
    assert sorted(found) == sorted(groups)
    assert all(len(group) == 1 or len(group) * lengths[group[-1]] <= 1_024 for group in found)


async def test_several_loops_and_threads(engine: Engine) -> None:
    texts = [f"Caller {number} asks about tides." for number in range(12)]
    alone = await engine.embed(texts)
    found: dict[int, Any] = {}

    def ask(number: int) -> None:
        found[number] = asyncio.run(engine.embed([texts[number]]))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    together = await asyncio.gather(*(engine.embed([text]) for text in texts))
    for thread in threads:
        await asyncio.to_thread(thread.join)
    assert np.allclose(np.concatenate(together), alone, atol=1e-5)
    assert np.allclose(np.concatenate([found[number] for number in range(12)]), alone, atol=1e-5)


async def test_the_loop_goes_on_meanwhile(engine: Engine) -> None:
    turns = 0
    work = asyncio.ensure_future(engine.embed(["The ferry leaves the harbour at noon. " * 9] * 4))
    while not work.done():
        turns += 1
        await asyncio.sleep(0)
    assert turns > 20


def test_a_forked_process_loads_its_own(engine: Engine) -> None:
    assert module._engines
    before = dict(module._engines)
    try:
        module._forget_all()
        assert module._engines == {}
    finally:
        module._engines.update(before)
