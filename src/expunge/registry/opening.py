"""Opening a registry: its version, its tables and its key, in that order, before anything is changed."""

from __future__ import annotations

import hmac
import os
from pathlib import Path

from sqlalchemy import Connection, insert, select

from expunge.errors import ConfigError, WrongKey
from expunge.registry import migrations
from expunge.registry.crypto import SALT_BYTES, Keyring, make_key_file, new_key, read_key_file
from expunge.registry.database import Database
from expunge.registry.schema import HEAD, registry


def unlock(database: Database, key: str | None) -> Keyring:
    """The keys of the database, which is brought to today's tables, or filled with them, on the way.

    Args:
        database: where the registry is, or will be.
        key: 32 bytes in hexadecimal or base64, or a passphrase; None for the key file beside the database.

    Raises:
        WrongKey: if the registry was made with another key.
        RegistryTooNew: if it was written by a newer version of expunge.
        RegistryError: if it cannot be used.
    """
    with database.reading() as connection:
        found = migrations.version(connection)
        keys = None if found is None else _stored_keys(connection, database, key)
    if found == HEAD and keys is not None:
        return keys
    if found is None:
        database.prepare()
    with database.writing() as connection:
        # Another process may have been quicker.
        found = migrations.version(connection)
        keys = None if found is None else _stored_keys(connection, database, key)
        if found != HEAD:
            migrations.upgrade(connection)
        return keys if keys is not None else _new_keys(connection, database, key)


def _stored_keys(connection: Connection, database: Database, key: str | None) -> Keyring | None:
    row = connection.execute(select(registry.c.salt, registry.c.key_check)).one_or_none()
    if row is None:
        return None
    if key is None:
        keys = Keyring(read_key_file(_key_file(database)), row.salt)
        wrong = "The key file beside the registry is not its own; put back the right one, or set EXPUNGE_KEY."
    else:
        keys = Keyring(key, row.salt)
        wrong = "The encryption key is not the registry's; set EXPUNGE_KEY to the key that it was made with."
    if not hmac.compare_digest(keys.check, row.key_check):
        raise WrongKey(wrong)
    return keys


def _new_keys(connection: Connection, database: Database, key: str | None) -> Keyring:
    if key is None:
        # Inside the transaction, so that of two processes only one makes the file.
        key = new_key() if database.passing else make_key_file(_key_file(database))
    salt = os.urandom(SALT_BYTES)
    keys = Keyring(key, salt)
    connection.execute(insert(registry).values(id=1, salt=salt, key_check=keys.check, scrub_due=0))
    return keys


def _key_file(database: Database) -> Path:
    if database.key_file is None:
        raise ConfigError("A registry on a server needs its key given: set EXPUNGE_KEY, to the same in every process.")
    return database.key_file
