from __future__ import annotations

import math
from datetime import UTC, datetime

import pytest

from expunge.registry import live
from expunge.registry.live import LiveView
from expunge.registry.rows import moment
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
    monkeypatch.setattr(live, "_MOST_OVER", 4)
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
