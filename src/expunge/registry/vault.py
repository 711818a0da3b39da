"""A registry's database together with the keys that open it: what everything that reads or writes goes through."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, insert, select, update

from expunge.errors import RegistryError, RegistryMissing
from expunge.registry import migrations
from expunge.registry.db.base import MISSING, NOT_THERE, Database
from expunge.registry.schema import HEAD, ROTATING, registry
from expunge.registry.security.crypto import SALT_BYTES, Keyring
from expunge.registry.security.keychain import Keychain, Lock, read_lock
from expunge.settings import DEFAULT_TENANT


class Vault:
    """Hands out transactions, each with the keys of a tenant that fit what it will find."""

    def __init__(self, database: Database, keychain: Keychain, clock: Callable[[], float]) -> None:
        self.database = database
        self._keychain = keychain
        self.clock = clock
        """Seconds since 1970."""

    def now(self) -> int:
        """Microseconds since 1970."""
        return int(self.clock() * 1_000_000)

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


def unlock(database: Database, keychain: Keychain, *, new: bool = False, must_exist: bool = False) -> None:
    """See that the keychain opens the database, which is brought to today's tables, or filled with them.

    `new` is whether a registry is to be begun; without it none is begun where a key file tells that there was one, and
    with `must_exist` none in any case.

    Raises:
        WrongKey: if the registry was made with another key.
        RegistryMissing: if there is a key file, and no registry; or, with `must_exist`, none.
        RegistryTooNew: if it was written by a newer version of expunge.
        RegistryError: if it cannot be used, or one is to be begun where there is one.
    """
    found, lock = _look(database, keychain)
    if lock is None and must_exist:
        raise RegistryMissing(NOT_THERE)
    if lock is None and not new and keychain.has_file:
        # A process that made the registry meanwhile has made its key file last.
        found, lock = _look(database, keychain)
        if lock is None:
            raise RegistryMissing(MISSING)
    if lock is not None and new and not database.passing:
        raise RegistryError("There is a registry already, and it stays as it is; leave out --new (new=True).")
    if lock is None or found != HEAD:
        if found is None:
            database.prepare()
        lock = _made(database, keychain)
    if keychain.unnamed and not database.read_only:
        keychain.settle(lock)


def _look(database: Database, keychain: Keychain) -> tuple[str | None, Lock | None]:
    """The version of the tables, None if there are none, and the lock, which the keychain must open."""
    with database.reading() as connection:
        found = migrations.version(connection)
        return found, None if found is None else _opened(connection, keychain, found)


def _made(database: Database, keychain: Keychain) -> Lock:
    """Bring the tables up to date, and make a lock if there is none."""
    with database.writing() as connection:
        # Another process may have been quicker.
        found = migrations.version(connection)
        lock = None if found is None else _opened(connection, keychain, found)
        if found != HEAD:
            migrations.upgrade(connection)
        if lock is None:
            # Inside the transaction, so that of two processes only one makes a key file.
            salt = os.urandom(SALT_BYTES)
            keys = keychain.first(salt)
            connection.execute(insert(registry).values(id=1, salt=salt, key_check=keys.check, scrub_due=0))
        return read_lock(connection)


def _opened(connection: Connection, keychain: Keychain, version: str) -> Lock:
    """The lock, which the keychain must open.

    Raises:
        WrongKey: if the keychain does not.
        RegistryError: if there are tables without a lock: both are made in one transaction.
    """
    if connection.execute(select(registry.c.id)).one_or_none() is None:
        raise RegistryError("The registry is damaged: the record of its key is missing; restore a backup.")
    if version >= ROTATING:
        lock = read_lock(connection)
    else:
        lock = Lock(*connection.execute(select(registry.c.salt, registry.c.key_check)).one())
    keychain.ring(lock)
    return lock
