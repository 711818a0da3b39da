"""One tenant's snapshot, kept up with what is stored: by this process, by others, and by the clock."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager

from expunge.errors import RegistryError, RegistryLost, RegistryReadOnly
from expunge.registry import queries
from expunge.registry.database import PUT_BACK
from expunge.registry.ledger import Ledger
from expunge.registry.live import LiveView
from expunge.registry.vault import Vault
from expunge.registry.watch import Freshness
from expunge.types import Snapshot, Target

_RETRY_SECONDS = 1.0
_STEP = 1_000_000
"""Microseconds by which a clock that is being corrected, or read by several threads, may seem to go back."""


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
        """How old the snapshot may be."""
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
        now = self._vault.now()
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
