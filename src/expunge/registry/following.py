"""One tenant's snapshot, kept up with what is stored: by this process, by others, and by the clock."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from expunge.errors import RegistryError, RegistryReadOnly
from expunge.registry import queries
from expunge.registry.ledger import Ledger
from expunge.registry.live import LiveView
from expunge.registry.vault import Vault
from expunge.registry.watch import Freshness
from expunge.types import Snapshot

_RETRY_SECONDS = 1.0


class Follower:
    """Makes changes and takes over those of others. Safe to use from several threads."""

    def __init__(self, vault: Vault, tenant: str, poll_seconds: float) -> None:
        self.view = LiveView()
        self._vault = vault
        self._tenant = tenant
        self._poll_seconds = poll_seconds
        self._poll_lock = threading.Lock()
        self._next_poll = 0.0
        self._next_sweep = math.inf
        self._looked_at = -math.inf
        self._problem = ""

    def snapshot(self, *, watched: bool) -> Snapshot:
        """The targets in force; where nobody watches, the database is asked every `poll_seconds`."""
        if watched:
            self._expire()
        elif time.monotonic() >= self._next_poll or self._vault.now() >= self.view.next_expiry:
            self._refresh()
        return self.view.snapshot

    def look(self) -> None:
        """Renew the snapshot now, and remember why if that cannot be done."""
        try:
            self._next_poll = 0.0
            self._refresh()
            self._problem = ""
        except RegistryError as error:
            self._problem = str(error)

    def freshness(self) -> Freshness:
        """How old the snapshot may be."""
        return Freshness(self.view.snapshot.revision, time.monotonic() - self._looked_at, self._problem)

    @contextmanager
    def changing(self, *, wait: bool = True) -> Iterator[Ledger]:
        """A transaction to change targets in; what it did is in the snapshot at its end.

        Raises:
            RegistryError: if nothing can be written.
        """
        with self._vault.writing(self._tenant, wait=wait) as (connection, keys):
            ledger = Ledger(connection, keys, self._vault.now())
            yield ledger
            ledger.finish()
            # If what follows the commit is interrupted, the next snapshot looks at the database.
            self._next_poll = 0.0
        if ledger.revision != ledger.before and not self.view.advance(
            ledger.before, ledger.revision, ledger.changed, self._vault.now()
        ):
            self.catch_up()

    def catch_up(self) -> None:
        """Take over what is stored and not yet in the snapshot."""
        while True:
            since, now = self.view.snapshot.revision, self._vault.now()
            with self._vault.reading(self._tenant) as (connection, keys):
                revision, changed, overdue = queries.load_changed(connection, keys, since, now)
            if overdue:
                self._next_sweep = 0.0
            if revision == since or self.view.advance(since, revision, changed, now):
                self._looked_at = time.monotonic()
                return

    def _refresh(self) -> None:
        self._expire()
        if time.monotonic() < self._next_poll or not self._poll_lock.acquire(blocking=False):
            return
        try:
            if time.monotonic() >= self._next_sweep:
                self._sweep()
            self.catch_up()
            self._next_poll = time.monotonic() + self._poll_seconds
        finally:
            self._poll_lock.release()

    def _expire(self) -> None:
        now = self._vault.now()
        if now >= self.view.next_expiry and self.view.expire(now):
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
