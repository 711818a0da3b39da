"""A registry's database together with the keys that open it: what everything that reads or writes goes through."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, select, update

from expunge.errors import RegistryError
from expunge.registry.crypto import Keyring
from expunge.registry.database import Database
from expunge.registry.keychain import Keychain, read_lock
from expunge.registry.schema import registry
from expunge.settings import DEFAULT_TENANT


class Vault:
    """Hands out transactions, each with the keys of a tenant that fit what it will find."""

    def __init__(self, database: Database, keychain: Keychain, clock: Callable[[], float]) -> None:
        self.database = database
        self._keychain = keychain
        self._clock = clock

    def now(self) -> int:
        """Microseconds since 1970."""
        return int(self._clock() * 1_000_000)

    def keys(self, tenant: str = DEFAULT_TENANT) -> Keyring:
        """The keys of a tenant.

        Raises:
            RegistryError: if they cannot be told now.
        """
        with self.reading(tenant) as (_, keys):
            return keys

    @contextmanager
    def reading(self, tenant: str = DEFAULT_TENANT) -> Iterator[tuple[Connection, Keyring]]:
        """A transaction that sees the database at one moment.

        Raises:
            RegistryError: if it cannot be read.
        """
        with self.database.reading() as connection:
            yield connection, self._keychain.ring(read_lock(connection)).of(tenant)

    @contextmanager
    def writing(
        self, tenant: str = DEFAULT_TENANT, *, wait: bool = True, announce: bool = True
    ) -> Iterator[tuple[Connection, Keyring]]:
        """A transaction that is alone in changing the database, committed at the end, undone by any exception.

        `announce` says whether other processes are to look at once, where they can be told.

        Raises:
            RegistryError: if it cannot be written.
        """
        with self.database.writing(wait=wait, announce=announce) as connection:
            yield connection, self._keychain.ring(read_lock(connection)).of(tenant)

    def scrub_if_due(self) -> None:
        """Overwrite what removed targets left behind, unless it cannot be done now."""
        with self.database.reading() as connection:
            due = connection.execute(select(registry.c.scrub_due)).scalar_one()
        if not due or self.database.read_only:
            return
        try:
            self.database.scrub()
            with self.database.writing() as connection:
                connection.execute(update(registry).where(registry.c.scrub_due == due).values(scrub_due=0))
        except RegistryError:
            # The removal stands; whoever removes or opens next finds the scrubbing still due.
            return
