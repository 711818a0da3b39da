"""The registry's key: where it is got from, and which one opens what the database holds now.

While the key is being changed (see `rotation`) the database tells of two, and everybody needs both. So each transaction
looks which there are, and a process that was given both goes on working before, during and after the change.
"""

from __future__ import annotations

import hmac
import os
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, select

from expunge.errors import ConfigError, RegistryLost, RegistryReadOnly, UsageError, WrongKey
from expunge.registry.db.base import EMPTIED, Database
from expunge.registry.schema import registry
from expunge.registry.security.crypto import Keyring, make_key_file, new_key, read_key_file

_WRONG = "The encryption key is not the registry's; set EXPUNGE_KEY to the key that it was made with."
_WRONG_FILE = (
    "The key file beside the registry belongs to another registry; put back the right one, or set EXPUNGE_KEY."
)
_BOTH = (
    "The registry's key is being changed, which takes the old one and the new one; "
    "set EXPUNGE_KEY and EXPUNGE_NEW_KEY to them."
)
_BOTH_FILES = "The registry's key is being changed, and one of its two key files is missing or wrong; put it back."


class Lock(NamedTuple):
    """The database's record of its key, and of the key that it is being changed to, if any."""

    salt: bytes
    check: bytes
    next_salt: bytes | None = None
    next_check: bytes | None = None


def read_lock(connection: Connection) -> Lock:
    """Return the database's record of its key.

    Raises:
        RegistryLost: if there is none any more.
    """
    columns = registry.c.salt, registry.c.key_check, registry.c.next_salt, registry.c.next_check
    row = connection.execute(select(*columns)).one_or_none()
    if row is None:
        raise RegistryLost(EMPTIED)
    return Lock(*row)


class Keychain:
    """The secrets of one process for one database: those given to it, or else those in the key file.

    The key file is read again when the database tells of a key that is not known yet. Safe to use from several threads.
    """

    def __init__(self, database: Database, key: str | None, new_key: str | None = None) -> None:
        """Take the secrets.

        Raises:
            ConfigError: if there is a new key and no old one.
        """
        if new_key is not None and key is None:
            raise ConfigError("EXPUNGE_NEW_KEY is set without EXPUNGE_KEY; set that to the registry's present key.")
        self._database = database
        self._given = None if key is None else tuple(k for k in (key, new_key) if k is not None)
        self._rings: dict[Lock, Keyring] = {}
        self._known: dict[bytes, Keyring] = {}
        self._failed: set[tuple[bytes, tuple[str, ...]]] = set()

    def ring(self, lock: Lock) -> Keyring:
        """The registry's own keys.

        Raises:
            WrongKey: if a key is needed that is not at hand.
        """
        known = self._rings.get(lock)
        if known is None:
            known = self._ring(lock.salt, lock.check, lock.next_check is not None)
            if lock.next_salt is not None and lock.next_check is not None:
                known = self._ring(lock.next_salt, lock.next_check, True).over(known)
            self._rings[lock] = known
        return known

    @property
    def has_file(self) -> bool:
        """Whether a key file is in use and exists, which shows that a registry was created."""
        return self._given is None and not self._database.passing and self._file().exists()

    @property
    def unnamed(self) -> bool:
        """Whether a key file was written but not yet renamed to its final name."""
        file = self._database.key_file
        return self._given is None and file is not None and not file.exists() and _new_file(file).exists()

    def first(self, salt: bytes) -> Keyring:
        """The keys of a database that has none yet; where none is given a key file is made, for `settle` to name.

        Call it where only one process can be.
        """
        if self._given is not None:
            secret = self._given[0]
        elif self._database.passing:
            secret = new_key()
        elif self._file().exists():
            secret = read_key_file(self._file())
        else:
            # It gets its name once the database is made: a key file always tells of a registry.
            secret = make_key_file(_new_file(self._file()))
        ring = Keyring(secret, salt)
        self._known[ring.check] = ring
        return ring

    def next(self, lock: Lock, salt: bytes) -> Keyring:
        """The keys that the registry's are to be changed to; where none is given a second key file is made.

        Call it where only one process can be, and when no change is under way.

        Raises:
            UsageError: if there is no new key, or the registry has it already.
        """
        if self._given is None:
            if self._database.passing:
                raise UsageError("A registry in memory has a temporary key, which cannot be changed.")
            self.settle(lock)
            fresh = _new_file(self._file())
            secret = make_key_file(fresh)
            _give(fresh, self._file())
            return Keyring(secret, salt)
        if len(self._given) < 2:
            raise UsageError(
                "There is no new key; set EXPUNGE_NEW_KEY to one, in every process that uses the registry."
            )
        if _fits(Keyring(self._given[1], lock.salt), lock.check):
            raise UsageError("The registry has the new key already; set EXPUNGE_KEY to it, and unset EXPUNGE_NEW_KEY.")
        return Keyring(self._given[1], salt)

    def settle(self, lock: Lock) -> None:
        """Put the new key file in the old one's place once that opens nothing any more. More than once does no harm.

        Raises:
            RegistryReadOnly: if it cannot be done.
        """
        if self._given is not None or self._database.key_file is None or lock.next_check is not None:
            return
        fresh = _new_file(self._database.key_file)
        if not fresh.exists() or not _fits(Keyring(read_key_file(fresh), lock.salt), lock.check):
            return
        try:
            os.replace(fresh, self._database.key_file)
        except FileNotFoundError:
            # Another process was quicker.
            return
        except OSError:
            raise RegistryReadOnly("The registry's key file cannot be replaced; make its folder writable.") from None

    def _ring(self, salt: bytes, check: bytes, changing: bool) -> Keyring:
        if check in self._known:
            return self._known[check]
        secrets = self._secrets()
        # Trying a passphrase takes a tenth of a second; a process without the key looks many times a second.
        if (check, secrets) not in self._failed:
            for secret in secrets:
                ring = Keyring(secret, salt)
                if _fits(ring, check):
                    self._known[check] = ring
                    return ring
            self._failed.add((check, secrets))
        if changing:
            raise WrongKey(_BOTH if self._given is not None else _BOTH_FILES)
        raise WrongKey(_WRONG if self._given is not None else _WRONG_FILE)

    def _secrets(self) -> tuple[str, ...]:
        if self._given is not None:
            return self._given
        file = self._file()
        found: list[str] = []
        # The new one first: if it is put in the old one's place meanwhile, it is read there.
        if _new_file(file).exists():
            with suppress(WrongKey):
                found.append(read_key_file(_new_file(file)))
                if not file.exists():
                    # The registry was made a moment ago, or by a start that was cut off.
                    return tuple(found)
        return (read_key_file(file), *found)

    def _file(self) -> Path:
        if self._database.key_file is None:
            raise ConfigError(
                "A registry on a server needs its key given: set EXPUNGE_KEY, to the same in every process."
            )
        return self._database.key_file


def _new_file(key_file: Path) -> Path:
    return key_file.with_name(key_file.name + ".new")


def _give(fresh: Path, like: Path) -> None:
    """Let a key file that root made belong to whom the other one belongs to, so that a gateway can read it."""
    with suppress(OSError):
        owner = like.stat()
        os.chown(fresh, owner.st_uid, owner.st_gid)


def _fits(ring: Keyring, check: bytes) -> bool:
    return hmac.compare_digest(ring.check, check)
