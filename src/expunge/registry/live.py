"""What a process holds of the registry in memory: the targets in force, kept up with the stored ones."""

from __future__ import annotations

import heapq
import math
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace

from expunge.registry.rows import micros
from expunge.types import Snapshot, Target, TargetStatus

_SMALL_OVERLAY = 1_000
_LARGE_OVERLAY = 5_000
_MOST_OVER = 10_000
"""Expired targets that are kept in memory, lest the clock goes back; the database knows them all."""


class LiveView:
    """The newest snapshot. A change makes a new one that shares the base with the old.

    `ready` is called with each new snapshot before it takes the place of the old one, to make what reading under it
    needs; meanwhile the old one serves. Who makes the change waits for it.

    `next_expiry` is when the next target in force may run out, in microseconds since 1970, and `last_expiry` when the
    last one of those that are out of force by the clock did: an earlier clock puts it back in force.
    """

    def __init__(self) -> None:
        self.snapshot = Snapshot()
        self.next_expiry: float = math.inf
        self.last_expiry: float = -math.inf
        self._expiries: list[tuple[int, str]] = []
        self._over: dict[str, Target] = {}
        self._lock = threading.Lock()
        self.ready: Callable[[Snapshot], None] = lambda snapshot: None

    def advance(self, since: int, revision: int, changed: Mapping[str, Target | None], now: int) -> bool:
        """Take over what changed after revision `since` up to `revision`; None stands for a removed target.

        Returns False, and does nothing, if the snapshot is not at `since`.
        """
        with self._lock:
            if self.snapshot.revision != since:
                return False
            self._replace(revision, self._sorted(changed, now))
            return True

    def expire(self, now: int) -> bool:
        """Drop the targets whose time has come, and take back those whose time is not over after all; whether any.

        Does nothing while a change is being made, unless somebody must come back: every request asks, and is not to
        wait for it.
        """
        if not self._lock.acquire(blocking=now < self.last_expiry):
            return False
        try:
            moved: dict[str, Target | None] = {}
            while self._expiries and self._expiries[0][0] <= now:
                target_id = heapq.heappop(self._expiries)[1]
                target = self.snapshot.get(target_id)
                if target is not None and not _in_time(target, now):
                    moved[target_id] = target
            if now < self.last_expiry:
                moved |= {target_id: target for target_id, target in self._over.items() if _in_time(target, now)}
                self.last_expiry = max((_end(t) for i, t in self._over.items() if i not in moved), default=-math.inf)
            self._replace(self.snapshot.revision, self._sorted(moved, now))
            return bool(moved)
        finally:
            self._lock.release()

    def take_back(self, revision: int, returned: Mapping[str, Target], now: int) -> bool:
        """Take in targets that are in force by the clock and may be missing; they are as of revision `revision`.

        Returns False, and does nothing, if the snapshot is not at that.
        """
        with self._lock:
            if self.snapshot.revision != revision:
                return False
            missing = {i: target for i, target in returned.items() if self.snapshot.get(i) is None}
            self._replace(revision, self._sorted(missing, now))
            return True

    def _sorted(self, changed: Mapping[str, Target | None], now: int) -> dict[str, Target | None]:
        """What changed as far as it is in force; what is not, by the clock alone, is kept for its return."""
        in_force: dict[str, Target | None] = {}
        for target_id, target in changed.items():
            self._over.pop(target_id, None)
            in_force[target_id] = None
            if target is None or target.status is TargetStatus.LIFTED:
                continue
            if target.status is TargetStatus.EXPIRED:
                if target.expires_at is None:
                    continue
                target = replace(target, status=TargetStatus.ACTIVE)
            if _in_time(target, now):
                in_force[target_id] = target
                if target.expires_at is not None:
                    heapq.heappush(self._expiries, (micros(target.expires_at), target_id))
            else:
                self._over[target_id] = target
                self.last_expiry = max(self.last_expiry, _end(target))
        if len(self._over) > _MOST_OVER:
            newest = heapq.nlargest(_MOST_OVER // 2, self._over.items(), key=lambda entry: _end(entry[1]))
            self._over = dict(newest)
        return in_force

    def _replace(self, revision: int, changed: Mapping[str, Target | None]) -> None:
        """Swap the snapshot; small changes cost a copy of the overlay, many at once a copy of the base."""
        old = self.snapshot
        base, base_id, folded = old.base, old.base_id, old.folded
        limit = max(_SMALL_OVERLAY, min(len(base) // 50, _LARGE_OVERLAY))
        overlay: dict[str, Target | None] = dict(old.overlay)
        for target_id, target in changed.items():
            if target is None and target_id not in base:
                overlay.pop(target_id, None)
            else:
                overlay[target_id] = target
        if base_id == 0 or len(overlay) > limit:
            renewed = dict(base)
            for target_id, target in overlay.items():
                if target is None:
                    renewed.pop(target_id, None)
                else:
                    renewed[target_id] = target
            # All that there is at the start is kept once.
            folded = overlay if base_id else {}
            base, base_id, overlay = renewed, base_id + 1, {}
        new = Snapshot(revision, base, base_id, overlay, folded)
        if changed:
            self.ready(new)
        self.next_expiry = self._expiries[0][0] if self._expiries else math.inf
        self.snapshot = new


def _in_time(target: Target, now: int) -> bool:
    return now < _end(target)


def _end(target: Target) -> float:
    return math.inf if target.expires_at is None else micros(target.expires_at)
