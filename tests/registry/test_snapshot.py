"""Snapshots: kept up with changes, with other processes and with the clock."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from expunge.errors import RegistryError
from expunge.registry import queries
from expunge.registry.rows import moment
from expunge.registry.snapshot import LiveView, Watcher
from expunge.registry.store import Registry
from expunge.types import Snapshot, Target, TargetStatus

NOW = 1_000_000_000


def target(number: int, *, expires: int | None = None, status: TargetStatus = TargetStatus.ACTIVE) -> Target:
    expires_at = None if expires is None else moment(expires)
    return Target(f"Person {number}", id=str(number), expires_at=expires_at, status=status)


def many(numbers: range) -> dict[str, Target | None]:
    return {str(number): target(number) for number in numbers}


def test_the_first_load_is_the_base() -> None:
    view = LiveView()
    assert view.snapshot.revision == 0
    assert view.advance(0, 7, many(range(3)), NOW)
    assert (view.snapshot.revision, view.snapshot.base_id, len(view.snapshot.base)) == (7, 1, 3)
    assert not view.snapshot.overlay


def test_a_change_leaves_earlier_snapshots_and_the_base_alone() -> None:
    view = LiveView()
    view.advance(0, 1, many(range(3)), NOW)
    before = view.snapshot
    view.advance(1, 2, {"1": None, "9": target(9)}, NOW)
    after = view.snapshot
    assert after.base is before.base
    assert after.base_id == before.base_id
    assert {t.id for t in before} == {"0", "1", "2"}
    assert {t.id for t in after} == {"0", "2", "9"}
    assert len(after) == 3
    view.advance(2, 3, {"9": None}, NOW)
    assert view.snapshot.overlay == {"1": None}
    assert after.get("9") is not None


def test_a_new_base_tells_what_it_differs_in() -> None:
    view = LiveView()
    view.advance(0, 1, many(range(3)), NOW)
    assert not view.snapshot.folded
    view.advance(1, 2, {"1": None}, NOW)
    view.advance(2, 3, many(range(3, 1_004)), NOW)
    folded = view.snapshot
    assert folded.base_id == 2
    assert folded.folded.keys() == {"1", *map(str, range(3, 1_004))}
    assert folded.folded["1"] is None
    view.advance(3, 4, {"2": None}, NOW)
    assert view.snapshot.folded is folded.folded


def test_a_change_from_another_revision_is_not_taken() -> None:
    view = LiveView()
    view.advance(0, 5, many(range(1)), NOW)
    before = view.snapshot
    assert not view.advance(4, 6, many(range(2)), NOW)
    assert view.snapshot is before


@pytest.mark.parametrize(
    ("base", "added", "folds"),
    [(0, 1_001, True), (0, 1_000, False), (60_000, 1_000, False), (60_000, 1_300, True)],
)
def test_many_changes_fold_into_a_new_base(base: int, added: int, folds: bool) -> None:
    view = LiveView()
    view.advance(0, 1, many(range(base)), NOW)
    view.advance(1, 2, many(range(base, base + added)), NOW)
    assert len(view.snapshot) == base + added
    assert (view.snapshot.base_id == 2) is folds
    assert len(view.snapshot.base) == (base + added if folds else base)


def test_targets_out_of_force_are_left_out() -> None:
    view = LiveView()
    changed: dict[str, Target | None] = {
        "1": target(1, status=TargetStatus.LIFTED),
        "2": target(2, status=TargetStatus.EXPIRED),
        "3": target(3, expires=NOW),
        "4": target(4, expires=NOW + 1),
    }
    view.advance(0, 1, changed, NOW)
    assert [t.id for t in view.snapshot] == ["4"]


def test_expiry_drops_what_is_due_and_no_more() -> None:
    view = LiveView()
    view.advance(0, 1, {str(n): target(n, expires=NOW + n) for n in (1, 2, 3)} | {"4": target(4)}, NOW)
    assert view.next_expiry == NOW + 1
    before = view.snapshot
    assert not view.expire(NOW)
    assert view.expire(NOW + 2)
    assert [t.id for t in view.snapshot] == ["3", "4"]
    assert len(before) == 4
    assert view.next_expiry == NOW + 3
    assert view.expire(NOW + 3)
    assert view.next_expiry == math.inf


def test_a_prolonged_target_outlives_its_first_time() -> None:
    view = LiveView()
    view.advance(0, 1, {"1": target(1, expires=NOW + 5)}, NOW)
    view.advance(1, 2, {"1": target(1, expires=NOW + 50)}, NOW)
    assert not view.expire(NOW + 5)
    assert view.snapshot.get("1") is not None
    assert view.next_expiry == NOW + 50
    assert moment(NOW) == datetime(1970, 1, 1, 0, 16, 40, tzinfo=UTC)


def test_a_clock_that_goes_back_puts_back_in_force() -> None:
    view = LiveView()
    found: dict[str, Target | None] = {
        "1": target(1, expires=NOW + 10),
        "2": target(2, expires=NOW + 20),
        "3": target(3, expires=NOW - 5, status=TargetStatus.EXPIRED),
        "4": target(4, expires=NOW + 10, status=TargetStatus.LIFTED),
    }
    view.advance(0, 1, found, NOW)
    assert view.last_expiry == NOW - 5
    assert view.expire(NOW + 100)
    assert not len(view.snapshot)
    assert view.last_expiry == NOW + 20
    assert view.expire(NOW + 15)
    assert [t.id for t in view.snapshot] == ["2"]
    assert view.next_expiry == NOW + 20
    assert view.expire(NOW - 10)
    assert {t.id for t in view.snapshot} == {"1", "2", "3"}
    assert {t.status for t in view.snapshot} == {TargetStatus.ACTIVE}
    assert view.expire(NOW)
    assert {t.id for t in view.snapshot} == {"1", "2"}


def test_what_was_lifted_or_removed_meanwhile_does_not_return() -> None:
    view = LiveView()
    view.advance(0, 1, {str(number): target(number, expires=NOW + 10) for number in range(3)}, NOW)
    view.expire(NOW + 100)
    view.advance(1, 2, {"0": target(0, expires=NOW + 10, status=TargetStatus.LIFTED), "1": None}, NOW + 100)
    view.expire(NOW)
    assert [t.id for t in view.snapshot] == ["2"]


def test_only_so_many_expired_targets_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("expunge.registry.snapshot._MOST_OVER", 4)
    view = LiveView()
    view.advance(0, 1, {str(number): target(number, expires=NOW + number) for number in range(10)}, NOW - 1)
    view.expire(NOW + 100)
    view.expire(NOW - 1)
    assert {t.id for t in view.snapshot} == {"8", "9"}
    assert view.take_back(1, {"3": target(3, expires=NOW + 3), "9": target(9, expires=NOW + 9)}, NOW)
    assert {t.id for t in view.snapshot} == {"3", "8", "9"}
    assert not view.take_back(2, {"4": target(4, expires=NOW + 4)}, NOW)


def test_what_is_needed_is_ready_before_a_change_is_in_force() -> None:
    view = LiveView()
    made: list[tuple[int, int]] = []
    view.ready = lambda snapshot: made.append((snapshot.revision, view.snapshot.revision))
    view.advance(0, 1, many(range(3)), NOW)
    view.advance(1, 2, {"9": target(9)}, NOW)
    view.advance(2, 3, {}, NOW)  # a record that changes no target
    assert made == [(1, 0), (2, 1)]
    assert view.snapshot.revision == 3


def test_whoever_asks_does_not_wait_for_a_change_unless_somebody_must_come_back() -> None:
    view = LiveView()
    view.advance(0, 1, {"1": target(1, expires=NOW + 1), "2": target(2)}, NOW)
    asked: list[bool] = []

    def ready(snapshot: Snapshot) -> None:
        if snapshot.revision == 2:
            asked.append(view.expire(NOW + 5))

    view.ready = ready
    view.advance(1, 2, {"9": target(9)}, NOW)
    assert asked == [False]
    assert view.next_expiry == NOW + 1
    assert view.expire(NOW + 5)
    assert {t.id for t in view.snapshot} == {"2", "9"}


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
    load = queries.load_changed

    def noted(*arguments: Any) -> Any:
        if threading.current_thread().name != "expunge-registry":  # which looks at the database all the time
            loaded.append(1)
        return load(*arguments)

    monkeypatch.setattr(queries, "load_changed", noted)
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
