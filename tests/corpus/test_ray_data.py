from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import SecretStr

from expunge.corpus import ray_data
from expunge.corpus.parts import Kind, Order, Part
from expunge.errors import MissingError

PART = Part(0, Path("x"), Kind.LINES, 0, 0, 0, 1)


def test_ray_is_an_extra(monkeypatch: pytest.MonkeyPatch, order: Callable[..., Order]) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingError, match=r"expunge\[ray\]"):
        list(ray_data.results_of([PART], order(), 1))


def test_nothing_to_do_starts_nothing(monkeypatch: pytest.MonkeyPatch, order: Callable[..., Order]) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    assert list(ray_data.results_of([], order(), 1)) == []


def test_the_key_does_not_go_over_a_network(order: Callable[..., Order]) -> None:
    own = order()
    keyed = Order(own.settings.model_copy(update={"key": SecretStr("secret")}), (), False, "mark")
    assert ray_data._without_key(keyed) == own


def test_a_worker_takes_and_gives_bytes(order: Callable[..., Order]) -> None:
    import pickle

    worker = ray_data._RayWorker(order(mark="other"))
    result = pickle.loads(worker({"part": pickle.dumps(PART)})["result"])
    assert (result.part, result.kind) == (PART, "ScrubStopped")
    worker._worker.close()
