"""What a process holds of the registry in memory: the targets in force, kept up with the stored ones."""

from __future__ import annotations

import heapq
import math
import threading
from collections.abc import Mapping

from expunge.registry.rows import micros
from expunge.types import Snapshot, Target, TargetStatus

_SMALL_OVERLAY = 1_000
_LARGE_OVERLAY = 5_000


class LiveView:
    """The newest snapshot. A change makes a new one that shares the base with the old.

    `next_expiry` is when the next target in force may run out, in microseconds since 1970.
    """

    def __init__(self) -> None:
        self.snapshot = Snapshot()
        self.next_expiry: float = math.inf
        self._expiries: list[tuple[int, str]] = []
        self._lock = threading.Lock()

    def advance(self, since: int, revision: int, changed: Mapping[str, Target | None], now: int) -> bool:
        """Take over what changed after revision `since` up to `revision`; None stands for a removed target.

        Returns False, and does nothing, if the snapshot is not at `since`.
        """
        with self._lock:
            if self.snapshot.revision != since:
                return False
            in_force = {target_id: _in_force(target, now) for target_id, target in changed.items()}
            for target_id, target in in_force.items():
                if target is not None and target.expires_at is not None:
                    heapq.heappush(self._expiries, (micros(target.expires_at), target_id))
            self._replace(revision, in_force)
            return True

    def expire(self, now: int) -> bool:
        """Drop the targets whose time has come; whether there were any."""
        with self._lock:
            gone: dict[str, Target | None] = {}
            while self._expiries and self._expiries[0][0] <= now:
                target_id = heapq.heappop(self._expiries)[1]
                target = self.snapshot.get(target_id)
                if target is not None and _in_force(target, now) is None:
                    gone[target_id] = None
            self._replace(self.snapshot.revision, gone)
            return bool(gone)

    def _replace(self, revision: int, changed: Mapping[str, Target | None]) -> None:
        """Swap the snapshot; small changes cost a copy of the overlay, many at once a copy of the base."""
        old = self.snapshot
        base, base_id = old.base, old.base_id
        limit = max(_SMALL_OVERLAY, min(len(base) // 50, _LARGE_OVERLAY))
        overlay: dict[str, Target | None] = dict(old.overlay)
        for target_id, target in changed.items():
            if target is None and target_id not in base:
                overlay.pop(target_id, None)
            else:
                overlay[target_id] = target
        if base_id == 0 or len(overlay) > limit:
            folded = dict(base)
            for target_id, target in overlay.items():
                if target is None:
                    folded.pop(target_id, None)
                else:
                    folded[target_id] = target
            base, base_id, overlay = folded, base_id + 1, {}
        self.next_expiry = self._expiries[0][0] if self._expiries else math.inf
        self.snapshot = Snapshot(revision, base, base_id, overlay)


def _in_force(target: Target | None, now: int) -> Target | None:
    if target is None or target.status is not TargetStatus.ACTIVE:
        return None
    if target.expires_at is not None and micros(target.expires_at) <= now:
        return None
    return target
