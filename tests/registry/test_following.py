"""Targets that expire, by clocks that are wrong for a while."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from expunge.registry import queries
from expunge.registry.store import Registry
from expunge.types import Snapshot, Target, TargetStatus

Open = Callable[..., Registry]
HOUR = 3_600.0


def expiring(clock: Any, name: str = "Orla Quennevest", hours: float = 1.0) -> Target:
    return Target(name, expires_at=datetime.fromtimestamp(clock.now + hours * HOUR, UTC))


def look(registry: Registry) -> None:
    """What each request does: a look at what is in force."""
    registry.snapshot()


def change(registry: Registry) -> None:
    registry.snapshot()
    registry.add(Target("Ivo Pellandrine"))


def lift_another(registry: Registry) -> None:
    registry.snapshot()
    registry.restore("Tamsin Brockwalder")


@pytest.mark.parametrize("watched", [False, True])
@pytest.mark.parametrize("meanwhile", [look, change, lift_another])
@pytest.mark.parametrize("jump", [2 * HOUR, 24 * 365 * HOUR])
def test_a_clock_that_jumped_ahead_and_back_lifts_nobody_for_good(
    meanwhile: Callable[[Registry], None], jump: float, watched: bool, open_registry: Open, clock: Any
) -> None:
    registry = open_registry()
    added = registry.add(expiring(clock))
    registry.add(Target("Tamsin Brockwalder"))
    if watched:
        registry.watch()
    clock.now += jump
    meanwhile(registry)
    assert registry.snapshot().get(added.id) is None
    assert registry.get(added.id).status is TargetStatus.EXPIRED
    clock.now -= jump
    assert registry.snapshot().get(added.id) is not None
    assert registry.get(added.id).status is TargetStatus.ACTIVE
    assert added.id in {target.id for target in registry.list(TargetStatus.ACTIVE)}
    assert added.id in {target.id for target in registry.page(status=TargetStatus.ACTIVE)[0]}
    assert not registry.list(TargetStatus.EXPIRED)
    assert not registry.page(status=TargetStatus.EXPIRED)[0]
    again = open_registry()
    assert again.snapshot().get(added.id) is not None
    clock.now += HOUR + 1
    assert registry.snapshot().get(added.id) is again.snapshot().get(added.id) is None


def test_what_the_clock_said_is_written_down_and_so_is_that_it_was_wrong(open_registry: Open, clock: Any) -> None:
    registry = open_registry()
    added = registry.add(expiring(clock))
    clock.now += 2 * HOUR
    registry.snapshot()
    clock.now -= 2 * HOUR
    registry.snapshot()
    assert [one.action.value for one in registry.history(added.id)] == ["added", "expired", "reactivated"]
    assert registry.audit.verify().intact
    clock.now += 2 * HOUR
    registry.snapshot()
    assert registry.history(added.id)[-1].action.value == "expired"
    assert open_registry().get(added.id).status is TargetStatus.EXPIRED


def test_a_start_under_a_clock_that_is_ahead_leaves_nobody_out_for_good(open_registry: Open, clock: Any) -> None:
    added = open_registry().add(expiring(clock))
    clock.now += 2 * HOUR
    late = open_registry()
    watched = open_registry()
    watched.watch()
    assert not len(late.snapshot())
    late.add(Target("Ivo Pellandrine"))
    clock.now -= 2 * HOUR
    assert late.snapshot().get(added.id) is not None
    watched.snapshot()
    watched._look()
    assert watched.snapshot().get(added.id) is not None


def test_a_start_under_the_right_clock_after_one_that_was_ahead(open_registry: Open, clock: Any) -> None:
    first = open_registry()
    added = first.add(expiring(clock))
    clock.now += 2 * HOUR
    first.add(Target("Ivo Pellandrine"))
    first.close()
    clock.now -= 2 * HOUR
    second = open_registry()
    assert second.snapshot().get(added.id) is not None
    second.snapshot()
    assert [one.action.value for one in second.history(added.id)] == ["added", "expired", "reactivated"]


def test_a_process_whose_clock_is_ahead_lifts_nobody_in_another(open_registry: Open, clock: Any) -> None:
    right = open_registry()
    added = right.add(expiring(clock))
    ahead = open_registry(clock=lambda: clock.now + 2 * HOUR)
    ahead.add(Target("Ivo Pellandrine"))
    for _ in range(3):
        assert right.snapshot().get(added.id) is not None
        assert ahead.snapshot().get(added.id) is None
    before = right.revision
    for _ in range(5):
        right.snapshot()
        ahead.snapshot()
    assert right.revision == before, "the two do not write over each other again and again"
    right.add(Target("Tamsin Brockwalder"))
    assert right.history(added.id)[-1].action.value == "reactivated"
    assert right.snapshot().get(added.id) is not None


def test_who_was_lifted_by_hand_meanwhile_stays_lifted(open_registry: Open, clock: Any) -> None:
    registry = open_registry()
    added = registry.add(expiring(clock))
    registry.add(expiring(clock, "Ivo Pellandrine"))
    clock.now += 2 * HOUR
    registry.restore(added.id)
    registry.remove("Ivo Pellandrine")
    clock.now -= 2 * HOUR
    assert not len(registry.snapshot())
    assert not len(open_registry().snapshot())


def test_small_corrections_of_the_clock_ask_the_database_nothing(open_registry: Open, clock: Any) -> None:
    registry = open_registry(poll_seconds=1_000.0)
    registry.add(expiring(clock))
    registry.snapshot()
    clock.now -= 0.5
    registry.snapshot()
    assert registry._follower._over < 0


def test_what_others_changed_is_ready_before_it_is_in_force(open_registry: Open) -> None:
    registry, other = open_registry(poll_seconds=0.0), open_registry()
    ready: list[tuple[int, int]] = []
    registry.before_changes(lambda new: ready.append((new.revision, registry._follower.view.snapshot.revision)))
    own = registry.add(Target("Ivo Pellandrine"))
    theirs = other.add(Target("Tamsin Brockwalder"))
    assert registry.snapshot().get(theirs.id) is not None
    assert registry.snapshot().get(own.id) is not None
    assert ready == [(own.revision, 0), (theirs.revision, own.revision)]


def test_whoever_asks_while_a_change_is_made_ready_reads_the_snapshot_before_and_loads_nothing(
    open_registry: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = open_registry(poll_seconds=0.0)
    before = registry.snapshot()
    loaded: list[int] = []
    monkeypatch.setattr(queries, "load_changed", lambda *_: loaded.append(1))
    asked: list[Snapshot] = []

    def ready(new: Snapshot) -> None:
        asking = threading.Thread(target=lambda: asked.append(registry.snapshot()))
        asking.start()
        asking.join(20)

    registry.before_changes(ready)
    added = registry.add(Target("Ivo Pellandrine"))
    assert asked == [before]
    assert loaded == []
    monkeypatch.undo()
    assert registry.snapshot().get(added.id) is not None
