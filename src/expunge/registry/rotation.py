"""Changing the registry's key: everything encrypted is encrypted anew, while gateways go on working.

First the database is told of the new key beside the old one: from that moment whatever is written is written with the
new key, and read with whichever of the two fits (see `keychain`). Then what was written before is gone through, a few
hundred targets at a time, each time in a transaction of its own. Last the old key is struck out. Stopped anywhere, it
goes on from there when it is called again.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from expunge.registry.api_keys import name_context
from expunge.registry.audit.chain import ChainWriter, RecordKind, actor, key_context
from expunge.registry.db.choose import open_database
from expunge.registry.queries import vectors_context
from expunge.registry.rows import anew, reason_context
from expunge.registry.schema import aliases, api_keys, changes, registry, targets, tenants, vectors
from expunge.registry.security.crypto import SALT_BYTES, Keyring
from expunge.registry.security.keychain import Keychain, read_lock
from expunge.registry.security.signing import PublicKey, Signer
from expunge.registry.vault import Vault, unlock

Progress = Callable[[int, int], None]

_AT_ONCE = 200
"""Targets in one transaction, which others wait for: some ten milliseconds."""
_PAUSE = 0.01
"""Seconds in which others get their turn; SQLite lets nobody queue."""


@dataclass(frozen=True, slots=True)
class Rotated:
    """The result of a key change: targets processed, whether it continued an earlier attempt, and the public key that
    checks the default tenant's signatures from now on."""

    targets: int
    resumed: bool
    public_key: PublicKey


def rotate(
    url: str,
    key: str | None,
    new_key: str | None,
    progress: Progress,
    clock: Callable[[], float] = time.time,
) -> Rotated:
    """Change the key of the registry at a URL; `progress(done, total)` is called as targets are gone through.

    Args:
        url: where the registry is.
        key: its present key; None for the key file beside it, which is then replaced.
        new_key: the key to change to; None where there is a key file.
        progress: told how far it is.
        clock: seconds since 1970.

    Raises:
        UsageError: if there is no new key.
        WrongKey: if the present key is not the registry's, or a change to another key is under way.
        RegistryError: if the registry cannot be used, or a record is damaged; what was done stays done.
    """
    database = open_database(url, keyed=key is not None)
    try:
        keychain = Keychain(database, key, new_key)
        unlock(database, keychain)
        vault = Vault(database, keychain, clock)
        resumed = _begin(vault, keychain)
        done = _go_through(vault, progress)
        _finish(vault)
        with vault.reading() as (connection, keys):
            keychain.settle(read_lock(connection))
        vault.scrub_if_due()
        return Rotated(done, resumed, Signer(keys.signing_seed()).public)
    finally:
        database.close()


def _begin(vault: Vault, keychain: Keychain) -> bool:
    """Tell the database of the new key, unless it knows of one; whether it does."""
    with vault.writing() as (connection, keys):
        if keys.replacing:
            return True
        salt = secrets.token_bytes(SALT_BYTES)
        fresh = keychain.next(read_lock(connection), salt)
        connection.execute(update(registry).values(next_salt=salt, next_check=fresh.check))
    return False


def _go_through(vault: Vault, progress: Progress) -> int:
    """Encrypt anew what hangs on targets, oldest first; those added meanwhile have the new key already."""
    with vault.reading() as (connection, _):
        total, last = connection.execute(select(func.count(), func.max(targets.c.seq))).one()
    done, after = 0, 0
    while last is not None and after < last:
        with vault.writing(announce=False) as (connection, keys):
            if not keys.replacing:
                break
            columns = select(targets.c.seq, targets.c.id, targets.c.tenant, targets.c.record)
            rows = connection.execute(
                columns.where(targets.c.seq > after).order_by(targets.c.seq).limit(_AT_ONCE)
            ).all()
            _targets_anew(connection, keys, rows)
        if not rows:
            break
        done, after = done + len(rows), rows[-1].seq
        progress(min(done, total), total)
        time.sleep(_PAUSE)
    return done


def _targets_anew(connection: Connection, root: Keyring, rows: Sequence[Any]) -> None:
    rings = {tenant: root.of(tenant) for tenant in {row.tenant for row in rows}}
    keys_of = {row.id: rings[row.tenant] for row in rows}
    new: list[dict[str, Any]] = []
    names: list[dict[str, Any]] = []
    for row in rows:
        if (parts := anew(row.id, row.record, keys_of[row.id])) is not None:
            new.append({"this": row.seq, **parts[0]})
            names += parts[1]
    if new:
        placed = update(targets).where(targets.c.seq == bindparam("this"))
        connection.execute(placed.values(name_hash=bindparam("name_hash"), record=bindparam("record")), new)
    if names:
        connection.execute(delete(aliases).where(aliases.c.target_id.in_({row["target_id"] for row in names})))
        connection.execute(insert(aliases), names)
    _reasons_anew(connection, keys_of)
    _vectors_anew(connection, keys_of)


def _reasons_anew(connection: Connection, keys_of: dict[str, Keyring]) -> None:
    found = select(changes).where(changes.c.target_id.in_(keys_of), changes.c.reason.is_not(None))
    for row in connection.execute(found).all():
        sealed = _anew(row.reason, reason_context(row.target_id, row.revision), keys_of[row.target_id])
        if sealed is not None:
            this = (changes.c.target_id == row.target_id) & (changes.c.revision == row.revision)
            connection.execute(update(changes).where(this).values(reason=sealed))


def _vectors_anew(connection: Connection, keys_of: dict[str, Keyring]) -> None:
    for row in connection.execute(select(vectors).where(vectors.c.target_id.in_(keys_of))).all():
        sealed = _anew(row.data, vectors_context(row.target_id, row.space), keys_of[row.target_id])
        if sealed is not None:
            this = (vectors.c.target_id == row.target_id) & (vectors.c.space == row.space)
            connection.execute(update(vectors).where(this).values(data=sealed))


def _finish(vault: Vault) -> None:
    """Encrypt anew what hangs on no target, write the change down, and strike the old key out."""
    with vault.writing() as (connection, keys):
        if not keys.replacing:
            return
        for row in connection.execute(select(api_keys.c.id, api_keys.c.name)).all():
            if (sealed := _anew(row.name, name_context(row.id), keys)) is not None:
                connection.execute(update(api_keys).where(api_keys.c.id == row.id).values(name=sealed))
        for row in connection.execute(select(tenants.c.name, tenants.c.audit_key)).all():
            own = keys.of(row.name)
            if row.audit_key is not None and (sealed := _anew(row.audit_key, key_context(row.name), own)) is not None:
                connection.execute(update(tenants).where(tenants.c.name == row.name).values(audit_key=sealed))
            body = {"action": "rotated", "public_key": Signer(own.signing_seed()).public.text, "by": actor()}
            if own.older is not None:
                # What was signed until now is checked with this one.
                body["former_public_key"] = Signer(own.older.signing_seed()).public.text
            ChainWriter(connection, own).append(RecordKind.KEY, [(vault.now(), body)])
        lock = read_lock(connection)
        # What the old key opens may still lie in the file.
        due = secrets.randbits(62) + 1
        values = {"salt": lock.next_salt, "key_check": lock.next_check, "next_salt": None, "next_check": None}
        connection.execute(update(registry).values(**values, scrub_due=due))


def _anew(sealed: bytes, context: str, keys: Keyring) -> bytes | None:
    """The same under the newest keys; None if it is."""
    return None if keys.is_own(sealed, context) else keys.seal(keys.unseal(sealed, context), context)
