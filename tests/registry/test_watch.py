from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from expunge.errors import RegistryError
from expunge.registry import queries
from expunge.registry.store import Registry
from expunge.registry.watch import Watcher
from expunge.types import Target

Open = Callable[..., Registry]


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, database: Path) -> str:
    return f"sqlite:///{database}" if request.param == "sqlite" else str(request.getfixturevalue("postgres").new())


def soon(happens: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if happens():
            return True
        time.sleep(0.01)
    return False


def test_a_watcher_looks_until_it_is_stopped() -> None:
    looks: list[int] = []
    watcher = Watcher(lambda: looks.append(1), lambda seconds, end: end.wait(seconds), 0.0)
    assert soon(lambda: len(looks) > 3)
    assert watcher.alive
    watcher.stop()
    seen = len(looks)
    time.sleep(0.05)
    assert (len(looks), watcher.alive) == (seen, False)


def test_changes_of_others_arrive_by_themselves_for_every_tenant(open_registry: Open) -> None:
    here, there = open_registry(poll_seconds=0.02), open_registry()
    acme = here.of("acme")
    here.watch()
    here.watch()
    beta = here.of("beta")
    for registry in (here, acme, beta):
        there.of(registry.tenant).add(Target("Orla Quennevest"))
        assert soon(lambda registry=registry: len(registry.snapshot()) == 1)  # type: ignore[misc]
    _, secret = there.api_keys.create("acme", ["chat"])
    assert soon(lambda: here.api_keys.find(secret) is not None)


def test_a_watched_snapshot_asks_nothing_of_the_database(open_registry: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    registry = open_registry(poll_seconds=60.0)
    registry.watch()
    monkeypatch.setattr(registry._database, "reading", None)
    begun = time.perf_counter()
    for _ in range(1_000):
        registry.snapshot()
    assert time.perf_counter() - begun < 1


def test_what_runs_out_is_gone_at_once_and_written_by_the_watcher(open_registry: Open, clock: Any) -> None:
    registry = open_registry(poll_seconds=0.05)
    registry.watch()
    added = registry.add(Target("Orla Quennevest", expires_at=datetime.fromtimestamp(clock.now + 5, UTC)))
    clock.now += 5
    assert len(registry.snapshot()) == 0
    assert soon(lambda: registry.revision == 2)
    assert registry.history(added.id)[-1].action.value == "expired"


def test_while_the_database_is_gone_the_last_snapshot_serves(
    open_registry: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry, other = open_registry(poll_seconds=0.02), open_registry()
    registry.watch()
    registry.add(Target("Orla Quennevest"))
    _, secret = registry.api_keys.create("default", ["chat"])
    fresh = registry.freshness()
    assert (fresh.problem, fresh.revision) == ("", 1)
    assert fresh.age < 1

    def gone(*_: object) -> None:
        raise RegistryError("The database is gone.")

    with monkeypatch.context() as patch:
        patch.setattr(queries, "load_changed", gone)
        assert soon(lambda: registry.freshness().problem == "The database is gone.")
        patch.undo()
        patch.setattr(queries, "load_changed", gone)
        time.sleep(0.1)
        assert registry.freshness().age > 0.05
        assert len(registry.snapshot()) == 1
        assert registry.api_keys.find(secret) is not None
    other.add(Target("Ivo Pellandrine"))
    assert soon(lambda: len(registry.snapshot()) == 2 and registry.freshness().problem == "")
