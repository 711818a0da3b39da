"""Queries on the registry's tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import ColumnElement, Connection, Row, or_, select

from expunge.errors import UnknownTarget
from expunge.registry.rows import COLUMNS, ID_PREFIX, Change, from_row, moment, reason_context
from expunge.registry.schema import aliases, changes, removals, targets, tenants, vectors
from expunge.registry.security.crypto import Keyring
from expunge.types import ChangeAction, Target, TargetStatus

MIN_PREFIX = 6
"""Fewest characters of an id that stand for it."""
CHUNK = 500
"""Most values in one IN (...) list."""

T = TypeVar("T")


def chunks(values: Iterable[T], size: int = CHUNK) -> Iterator[tuple[T, ...]]:
    """The values in tuples of at most `size`."""
    iterator = iter(values)
    while chunk := tuple(islice(iterator, size)):
        yield chunk


def revision_of(connection: Connection, tenant: str) -> int:
    """The tenant's newest revision; 0 for one that never had a target."""
    return int(connection.execute(select(tenants.c.revision).where(tenants.c.name == tenant)).scalar() or 0)


def find(connection: Connection, keys: Keyring, ref: str) -> str:
    """The id that a reference means: an id, the beginning of one, a name, or an alias, tried in this order.

    Raises:
        UnknownTarget: if it means none, or several.
    """
    found: Sequence[str] = ()
    own = select(targets.c.id).where(targets.c.tenant == keys.tenant)
    if ref.startswith(ID_PREFIX) and ref.isascii():
        found = connection.execute(own.where(targets.c.id == ref)).scalars().all()
        if not found and len(ref) >= MIN_PREFIX:
            begins = targets.c.id.startswith(ref, autoescape=True)
            found = connection.execute(own.where(begins).limit(2)).scalars().all()
    if not found:
        hashes = keys.hashes_of(ref)
        found = connection.execute(own.where(targets.c.name_hash.in_(hashes))).scalars().all()
    if not found:
        query = select(aliases.c.target_id).where(aliases.c.alias_hash.in_(hashes)).limit(2)
        found = connection.execute(query).scalars().all()
    if not found:
        raise UnknownTarget("No target has this id or name; `expunge targets list` lists them all.")
    if len(found) > 1:
        raise UnknownTarget("Several targets match this; give the full id of one.")
    return str(found[0])


def load(connection: Connection, keys: Keyring, target_id: str, now: int) -> Target:
    """The target under an id that `find` gave."""
    return from_row(connection.execute(COLUMNS.where(targets.c.id == target_id)).one(), keys, now)


def load_all(connection: Connection, keys: Keyring, status: TargetStatus | None, now: int) -> tuple[Target, ...]:
    """All targets, or those of a status, in the order in which they were first added."""
    query = COLUMNS.where(targets.c.tenant == keys.tenant).order_by(targets.c.seq)
    query = query.execution_options(yield_per=1_000)
    if status is not None:
        query = query.where(_has_status(status, now))
    with connection.execute(query) as rows:
        return tuple(from_row(row, keys, now) for row in rows)


def load_page(
    connection: Connection,
    keys: Keyring,
    after: int,
    limit: int,
    status: TargetStatus | None,
    now: int,
    newest_first: bool = False,
) -> tuple[tuple[Target, ...], int | None]:
    """At most `limit` targets, or those of a status, that were first added after place `after`, oldest first.

    With `newest_first`, those before place `after` (0: from the newest on), in the other order.

    Returns:
        The targets, and the place after which the next ones come, None if there are none.
    """
    seq = targets.c.seq
    query = COLUMNS.add_columns(seq).where(targets.c.tenant == keys.tenant)
    if not newest_first:
        query = query.where(seq > after)
    elif after:
        query = query.where(seq < after)
    if status is not None:
        query = query.where(_has_status(status, now))
    rows = connection.execute(query.order_by(seq.desc() if newest_first else seq).limit(limit + 1)).all()
    found = tuple(from_row(columns, keys, now) for *columns, _ in rows[:limit])
    return found, rows[limit - 1].seq if len(rows) > limit else None


def load_in_force(connection: Connection, keys: Keyring, names: Iterable[str], now: int) -> set[str]:
    """Those of the names under which a target is in force; aliases do not count."""
    found: set[str] = set()
    for some in chunks(names):
        by_hash = {name_hash: name for name in some for name_hash in keys.hashes_of(name)}
        query = select(targets.c.name_hash).where(targets.c.tenant == keys.tenant, targets.c.name_hash.in_(by_hash))
        hashes = connection.execute(query.where(_has_status(TargetStatus.ACTIVE, now))).scalars()
        found.update(by_hash[bytes(name_hash)] for name_hash in hashes)
    return found


class Changed(NamedTuple):
    """The newest revision and what changed since an earlier one: targets by id, None for a removed one.

    `overdue` is whether one of them has run out without that being written yet; `returned` whether one is in force
    though it was written that it ran out, by a clock that was ahead.
    """

    revision: int
    targets: dict[str, Target | None]
    overdue: bool = False
    returned: bool = False


def load_changed(connection: Connection, keys: Keyring, since: int, now: int) -> Changed:
    """Return what changed among the targets of the keys' tenant after revision `since`."""
    revision = revision_of(connection, keys.tenant)
    changed: dict[str, Target | None] = {}
    overdue = returned = False
    if revision <= since:
        return Changed(revision, changed)
    own = COLUMNS.where(targets.c.tenant == keys.tenant)
    query = own.where(targets.c.revision > since)
    if since == 0:
        # Only those in force matter to a fresh snapshot, and whether one is, is for the clock to say.
        runs_on = (targets.c.status == "expired") & (targets.c.expires_at > now)
        query = own.where(or_(targets.c.status == "active", runs_on)).order_by(targets.c.seq)
    with connection.execute(query.execution_options(yield_per=1_000)) as rows:
        for row in rows:
            target = from_row(row, keys, now)
            changed[target.id] = target
            overdue = overdue or (row.status == "active" and target.status is TargetStatus.EXPIRED)
            returned = returned or (row.status == "expired" and target.status is TargetStatus.ACTIVE)
    if since:
        removed = select(removals.c.target_id).where(removals.c.tenant == keys.tenant, removals.c.revision > since)
        gone = connection.execute(removed)
        changed.update(dict.fromkeys(gone.scalars()))
    return Changed(revision, changed, overdue, returned)


def load_returned(connection: Connection, keys: Keyring, over: int, now: int) -> dict[str, Target]:
    """The targets in force at `now` whose time was over for a clock that said `over`, by id."""
    query = COLUMNS.where(targets.c.tenant == keys.tenant, targets.c.status != "lifted")
    query = query.where(targets.c.expires_at > now, targets.c.expires_at <= over)
    return {row.id: from_row(row, keys, now) for row in connection.execute(query)}


def load_history(connection: Connection, keys: Keyring, target_id: str) -> tuple[Change, ...]:
    """Return the history of a target, oldest first."""
    query = select(changes).where(changes.c.target_id == target_id).order_by(changes.c.revision)
    return tuple(
        Change(
            row.revision,
            moment(row.at),
            ChangeAction(row.action),
            ""
            if row.reason is None
            else keys.unseal(row.reason, reason_context(target_id, row.revision)).decode("utf-8", "surrogatepass"),
        )
        for row in connection.execute(query)
    )


def _has_status(status: TargetStatus, now: int) -> ColumnElement[bool]:
    """Of the rows, those of targets that have a status at `now`."""
    if status is TargetStatus.LIFTED:
        return targets.c.status == "lifted"
    runs_on = or_(targets.c.expires_at.is_(None), targets.c.expires_at > now)
    return (targets.c.status != "lifted") & (runs_on if status is TargetStatus.ACTIVE else targets.c.expires_at <= now)


def load_vectors(connection: Connection, keys: Keyring, space: str, digests: Mapping[str, str]) -> dict[str, bytes]:
    """The cached vectors of those targets whose digest is still the given one."""
    found: dict[str, bytes] = {}
    for ids in chunks(digests):
        query = select(vectors).where(vectors.c.space == space, vectors.c.target_id.in_(ids))
        query = query.join(targets, targets.c.id == vectors.c.target_id).where(targets.c.tenant == keys.tenant)
        for row in connection.execute(query):
            digest, data = opened_vectors(row, keys)
            if digest == digests[row.target_id]:
                found[row.target_id] = data
    return found


def sealed_vectors(target_id: str, space: str, digest: str, data: bytes, keys: Keyring) -> bytes:
    """Vectors as they are stored, with the digest of what they are of."""
    named = digest.encode("utf-8", "surrogatepass")
    return keys.seal(len(named).to_bytes(4, "big") + named + data, vectors_context(target_id, space))


def opened_vectors(row: Row[Any], keys: Keyring) -> tuple[str, bytes]:
    """The digest and the vectors of a row.

    Raises:
        RegistryError: if it is damaged.
    """
    plain = keys.unseal(row.data, vectors_context(row.target_id, row.space))
    end = 4 + int.from_bytes(plain[:4], "big")
    return plain[4:end].decode("utf-8", "surrogatepass"), plain[end:]


def vectors_context(target_id: str, space: str) -> str:
    """Return the context that encrypted vectors are bound to."""
    return f"vectors:{target_id}:{space}"
