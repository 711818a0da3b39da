"""Opening a registry: its version, its tables and its key, in that order, before anything is changed."""

from __future__ import annotations

import os

from sqlalchemy import Connection, insert, select

from expunge.registry import migrations
from expunge.registry.crypto import SALT_BYTES
from expunge.registry.database import Database
from expunge.registry.keychain import Keychain, Lock, read_lock
from expunge.registry.schema import HEAD, ROTATING, registry


def unlock(database: Database, keychain: Keychain) -> None:
    """See that the keychain opens the database, which is brought to today's tables, or filled with them.

    Raises:
        WrongKey: if the registry was made with another key.
        RegistryTooNew: if it was written by a newer version of expunge.
        RegistryError: if it cannot be used.
    """
    with database.reading() as connection:
        found = migrations.version(connection)
        locked = found is not None and _opens(connection, keychain, found)
    if found == HEAD and locked:
        return
    if found is None:
        database.prepare()
    with database.writing() as connection:
        # Another process may have been quicker.
        found = migrations.version(connection)
        locked = found is not None and _opens(connection, keychain, found)
        if found != HEAD:
            migrations.upgrade(connection)
        if not locked:
            # Inside the transaction, so that of two processes only one makes a key file.
            salt = os.urandom(SALT_BYTES)
            keys = keychain.first(salt)
            connection.execute(insert(registry).values(id=1, salt=salt, key_check=keys.check, scrub_due=0))


def _opens(connection: Connection, keychain: Keychain, version: str) -> bool:
    """Whether there is a lock, which the keychain must open."""
    if connection.execute(select(registry.c.id)).one_or_none() is None:
        return False
    if version >= ROTATING:
        lock = read_lock(connection)
    else:
        lock = Lock(*connection.execute(select(registry.c.salt, registry.c.key_check)).one())
    keychain.ring(lock)
    return True
