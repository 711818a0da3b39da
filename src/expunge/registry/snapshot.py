"""One tenant's snapshot: the targets in force, kept up with what this process, others and the clock change."""

from __future__ import annotations

import heapq
import math
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

from expunge.errors import RegistryError, RegistryLost, RegistryReadOnly
from expunge.registry import queries
from expunge.registry.changes import Ledger
from expunge.registry.db.base import PUT_BACK
from expunge.registry.rows import micros
from expunge.registry.vault import Vault
from expunge.types import Snapshot, Target, TargetStatus

_SMALL_OVERLAY = 1_000
_LARGE_OVERLAY = 5_000
_MOST_OVER = 10_000
"""Expired targets that are kept in memory, lest the clock goes back; the database knows them all."""
_RETRY_SECONDS = 1.0
_STEP = 1_000_000
"""Microseconds by which a clock that is being corrected, or read by several threads, may seem to go back."""


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
        """Return the changes that are in force; targets out of force by the clock alone are kept for their return."""
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


@dataclass(frozen=True, slots=True)
class Freshness:
    """A measure of whether a snapshot is the newest.

    `age` is the number of seconds since the database was last read successfully; `problem` is a sentence that says
    why the last attempt failed, or "". While there is a problem, requests are answered from the last snapshot. `lost`
    means that the problem will not pass by itself: the database is gone or emptied, or accepts no more changes.
    """

    revision: int
    age: float
    problem: str = ""
    lost: bool = False


class Watcher:
    """Calls `look` again and again until it is stopped, and waits by `wait` between; neither must raise.

    `wait` is given seconds and an event, and says whether the event is set.
    """

    def __init__(
        self, look: Callable[[], None], wait: Callable[[float, threading.Event], bool], seconds: float
    ) -> None:
        self._look = look
        self._wait = wait
        self._seconds = max(seconds, 0.01)
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name="expunge-registry", daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether the thread is still running."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """End the thread and wait for it."""
        self._end.set()
        if self._thread is not threading.current_thread():
            self._thread.join()

    def _run(self) -> None:
        while not self._wait(self._seconds, self._end):
            self._look()


class Follower:
    """Makes changes and takes over those of others. Safe to use from several threads."""

    def __init__(self, vault: Vault, tenant: str, poll_seconds: float) -> None:
        self.view = LiveView()
        self._vault = vault
        self._tenant = tenant
        self._poll_seconds = poll_seconds
        self._poll_lock = threading.RLock()
        self._next_poll = 0.0
        self._next_sweep = math.inf
        self._looked_at = -math.inf
        self._problem = ""
        self._lost = False
        self._latest = -math.inf
        self._over: float = -math.inf
        self._returned = False

    def snapshot(self, *, watched: bool) -> Snapshot:
        """The targets in force; where nobody watches, the database is asked every `poll_seconds`."""
        self._follow_clock()
        if not watched and time.monotonic() >= self._next_poll:
            self._refresh()
        return self.view.snapshot

    def look(self) -> None:
        """Renew the snapshot now, and remember why if that cannot be done."""
        try:
            self._next_poll = 0.0
            self._refresh()
            self._problem, self._lost = "", False
        except RegistryError as error:
            self._problem, self._lost = str(error), isinstance(error, RegistryLost)

    def freshness(self) -> Freshness:
        """Return how old the snapshot may be."""
        age = time.monotonic() - self._looked_at
        return Freshness(self.view.snapshot.revision, age, self._problem, self._lost)

    @contextmanager
    def changing(self, *, wait: bool = True) -> Iterator[Ledger]:
        """A transaction to change targets in; what it did is in the snapshot at its end.

        Raises:
            RegistryError: if nothing can be written.
        """
        with ExitStack() as taking_over:
            with self._vault.writing(self._tenant, wait=wait) as (connection, keys):
                ledger = Ledger(connection, keys, self._now(), returned=self._returned)
                if ledger.before < self.view.snapshot.revision:
                    raise RegistryLost(PUT_BACK)
                yield ledger
                ledger.finish()
                # Who polls now would load what is known here.
                if self._poll_lock.acquire(blocking=False):
                    taking_over.callback(self._poll_lock.release)
                # If what follows the commit is interrupted, the next snapshot looks at the database.
                self._next_poll = 0.0
            self._returned = False
            if ledger.revision != ledger.before and not self.view.advance(
                ledger.before, ledger.revision, ledger.changed, self._now()
            ):
                self.catch_up()

    def catch_up(self) -> None:
        """Take over what is stored and not yet in the snapshot.

        Raises:
            RegistryLost: if what is stored is older than the snapshot.
            RegistryError: if it cannot be read.
        """
        while True:
            since, now, over = self.view.snapshot.revision, self._now(), self._over
            back: Mapping[str, Target] = {}
            with self._vault.reading(self._tenant) as (connection, keys):
                found = queries.load_changed(connection, keys, since, now)
                if over > now:
                    back = queries.load_returned(connection, keys, int(over), now)
            if found.revision < since:
                raise RegistryLost(PUT_BACK)
            self._returned = self._returned or found.returned
            # Others' clocks may go otherwise than ours: what they write over and again is not written over each time.
            if found.overdue or (found.returned and not since):
                self._next_sweep = 0.0
            if found.revision != since and not self.view.advance(since, found.revision, found.targets, now):
                continue
            if over > -math.inf and self.view.take_back(found.revision, back, now):
                self._over = -math.inf
            self._looked_at = time.monotonic()
            return

    def _refresh(self) -> None:
        self._follow_clock()
        if time.monotonic() < self._next_poll or not self._poll_lock.acquire(blocking=False):
            return
        try:
            if time.monotonic() >= self._next_sweep:
                self._sweep()
            self.catch_up()
            self._next_poll = time.monotonic() + self._poll_seconds
        finally:
            self._poll_lock.release()

    def _now(self) -> int:
        """The time, in microseconds since 1970; a clock that goes back is noticed."""
        now = int(self._vault.clock() * 1_000_000)
        if now > self._latest:
            self._latest = now
        elif self._latest - now > _STEP:
            # What that clock kept out of memory when it was loaded is to be looked for once more.
            self._over = max(self._over, self._latest)
            self._latest = now
            self._returned = True
            self._next_sweep = self._next_poll = 0.0
        return now

    def _follow_clock(self) -> None:
        now = self._now()
        view = self.view
        if (now >= view.next_expiry or now < view.last_expiry) and view.expire(now):
            self._next_sweep = self._next_poll = 0.0

    def _sweep(self) -> None:
        """Write down what has expired, unless another process did or is busy; the snapshot does not wait for it."""
        try:
            with self.changing(wait=False):
                self._next_sweep = math.inf
        except RegistryReadOnly:
            self._next_sweep = math.inf
        except RegistryError:
            self._next_sweep = time.monotonic() + _RETRY_SECONDS
