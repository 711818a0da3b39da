"""The chain of audit records: how one is linked to the one before, and how a break is found.

A record's link is HMAC-SHA-256, under the chain's own key, over the link before and all that the record holds; of its
body only the SHA-256, so that a body can be dropped once it is too old while the chain stays whole. The tenant's row
keeps how many records there are and a keyed seal over that and the last link, so that cutting the end off shows, too.
The chain's key is random and lies encrypted in the tenant's row, so that it outlives a change of the registry's key.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Select, insert, select, update

from expunge.errors import RegistryError
from expunge.registry.schema import audit, tenants
from expunge.registry.security.crypto import Keyring

_KEY_BYTES = 32
_ORIGIN = b"\0" * 32
_MOST_PROBLEMS = 20
_ROWS = 1_000

_actor: ContextVar[str] = ContextVar("actor", default="")


class RecordKind(StrEnum):
    """The subject of a record."""

    CHANGE = "change"
    """Targets were added, extended, lifted, expired, brought back or removed."""
    DECISION = "decision"
    KEY = "key"
    """An API key was made or revoked, or the registry's key was changed."""
    PRUNED = "pruned"
    """The bodies of old decisions were dropped."""
    LOOK = "look"
    """Somebody was shown texts of targets in the console."""


@contextmanager
def acting_as(who: str) -> Iterator[None]:
    """Changes made inside are recorded as done by this: the id of an API key, or the name of a part of the program."""
    token = _actor.set(who)
    try:
        yield
    finally:
        _actor.reset(token)


def actor() -> str:
    """Return who is acting now, or "" if nobody said."""
    return _actor.get()


@dataclass(frozen=True, slots=True)
class Problem:
    """A break of the chain: the number of the record it was found at, and what is wrong there."""

    number: int
    sentence: str


@dataclass(frozen=True, slots=True)
class AuditVerdict:
    """The result of checking a chain. `problems` holds the first problems, in order; `head` names the last record."""

    records: int
    head: str
    problems: tuple[Problem, ...] = ()

    @property
    def intact(self) -> bool:
        """Whether nothing was changed, taken out, put in, reordered or cut off."""
        return not self.problems


class _End(NamedTuple):
    """A chain's end as the tenant's row states it: record count, seal of the last record, the chain's encrypted key."""

    records: int
    seal: bytes | None
    key: bytes | None


class ChainWriter:
    """Appends to one tenant's chain through a connection that is alone in writing."""

    def __init__(self, connection: Connection, keys: Keyring) -> None:
        """Find the end of the chain, or begin one.

        Raises:
            RegistryError: if the chain's key is damaged.
        """
        self._connection = connection
        self._tenant = keys.tenant
        end = _end_of(connection, keys.tenant)
        if end is None:
            self._insert_tenant()
            end = _end_of(connection, keys.tenant)
            assert end is not None
        self._count: int = end.records
        if end.key is None:
            self._key = secrets.token_bytes(_KEY_BYTES)
            sealed = keys.seal(self._key, key_context(keys.tenant))
            self._set(audit_key=sealed)
            self._last = _ORIGIN
        else:
            self._key = keys.unseal(end.key, key_context(keys.tenant))
            last = select(audit.c.link).where(audit.c.tenant == keys.tenant, audit.c.number == self._count)
            # Where the last record is gone, the next one is linked to nothing, which verification tells.
            self._last = connection.execute(last).scalar() or _ORIGIN

    def append(self, kind: RecordKind, bodies: Iterable[tuple[int, Mapping[str, Any]]]) -> None:
        """Add records of a time (microseconds since 1970) and a body each."""
        rows = []
        for at, body in bodies:
            packed = pack(body)
            digest = hashlib.sha256(packed).digest()
            self._count += 1
            self._last = _link(self._key, self._last, self._tenant, self._count, at, kind.value, digest)
            rows.append(
                {
                    "tenant": self._tenant,
                    "number": self._count,
                    "at": at,
                    "kind": kind.value,
                    "body": packed,
                    "digest": digest,
                    "link": self._last,
                }
            )
        if rows:
            self._connection.execute(insert(audit), rows)
            seal = _seal(self._key, self._tenant, self._count, self._last)
            self._set(audit_count=self._count, audit_seal=seal)

    def _insert_tenant(self) -> None:
        self._connection.execute(insert(tenants), [{"name": self._tenant, "revision": 0, "audit_count": 0}])

    def _set(self, **values: Any) -> None:
        self._connection.execute(update(tenants).where(tenants.c.name == self._tenant).values(**values))


def verify(connection: Connection, keys: Keyring) -> AuditVerdict:
    """Read one tenant's whole chain and tell where it is broken, if it is."""
    end = _end_of(connection, keys.tenant)
    if end is None or end.key is None:
        stated = end is not None and bool(end.records or end.seal)
        kept = stated or connection.execute(_records_of(keys.tenant).limit(1)).first() is not None
        return _unread("The chain's key is missing; the records cannot be checked.") if kept else AuditVerdict(0, "")
    try:
        key = keys.unseal(end.key, key_context(keys.tenant))
    except RegistryError:
        return _unread("The chain's key was altered; the records cannot be checked.")
    walk = _walk(connection, keys.tenant, key)
    problems = walk.problems
    if len(problems) < _MOST_PROBLEMS and (problem := _problem_at_the_end(end, walk, key, keys.tenant)) is not None:
        problems = (*problems, problem)
    return AuditVerdict(walk.records, walk.last.hex() if walk.records else "", problems)


class _Walk(NamedTuple):
    """A chain as far as it was read: the number and the link of the last record, and the problems met, in order."""

    records: int
    last: bytes
    problems: tuple[Problem, ...]


def _unread(sentence: str) -> AuditVerdict:
    return AuditVerdict(0, "", (Problem(1, sentence),))


def _records_of(tenant: str) -> Select[Any]:
    return select(audit).where(audit.c.tenant == tenant).order_by(audit.c.number)


def _walk(connection: Connection, tenant: str, key: bytes) -> _Walk:
    """Check each record against the one before it, until there are too many problems to be worth naming."""
    problems: list[Problem] = []
    pruned = _pruned_through(connection, tenant)
    number, last = 0, _ORIGIN
    with connection.execute(_records_of(tenant).execution_options(yield_per=_ROWS)) as rows:
        for record in rows:
            if len(problems) >= _MOST_PROBLEMS:
                break
            if record.number != number + 1:
                problems.append(Problem(number + 1, _gap(number + 1, record.number - 1)))
            elif sentence := _fault(key, last, record, pruned):
                problems.append(Problem(record.number, sentence))
            number, last = record.number, bytes(record.link)
    return _Walk(number, last, tuple(problems))


def _problem_at_the_end(end: _End, walk: _Walk, key: bytes, tenant: str) -> Problem | None:
    """Return what does not fit between the records read and what the tenant's row states of their end."""
    found = walk.records
    if found < end.records:
        return Problem(found + 1, f"The end is cut off: records from {found + 1:,} on are missing.")
    if found > end.records:
        return Problem(end.records + 1, "There are more records than were written.")
    sealed = hmac.compare_digest(end.seal or b"", _seal(key, tenant, found, walk.last)) if found else not end.seal
    return None if sealed else Problem(found or 1, "The seal of the chain's end was altered.")


def _end_of(connection: Connection, tenant: str) -> _End | None:
    columns = select(tenants.c.audit_count, tenants.c.audit_seal, tenants.c.audit_key)
    row = connection.execute(columns.where(tenants.c.name == tenant)).first()
    return None if row is None else _End(*row)


def pack(body: Mapping[str, Any]) -> bytes:
    """A body as it is kept: JSON with sorted keys."""
    return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def key_context(tenant: str) -> str:
    """Return the context that a chain's encrypted key is bound to."""
    return f"audit key:{tenant}"


def _gap(first: int, last: int) -> str:
    return f"Record {first:,} is missing." if first == last else f"Records {first:,} to {last:,} are missing."


def _fault(key: bytes, last: bytes, record: Row[Any], pruned: int) -> str:
    link = _link(key, last, record.tenant, record.number, record.at, record.kind, bytes(record.digest))
    if not hmac.compare_digest(link, bytes(record.link)):
        return f"Record {record.number:,} was altered or is out of place."
    if record.body is None:
        if record.kind == RecordKind.DECISION and record.number <= pruned:
            return ""
        return f"The body of record {record.number:,} was removed."
    if hashlib.sha256(record.body).digest() != bytes(record.digest):
        return f"The body of record {record.number:,} was altered."
    return ""


def _pruned_through(connection: Connection, tenant: str) -> int:
    """Up to which record bodies of decisions were dropped; the records that say so are verified like any other."""
    through = 0
    query = select(audit.c.body).where(audit.c.tenant == tenant, audit.c.kind == RecordKind.PRUNED.value)
    for body in connection.execute(query).scalars():
        try:
            through = max(through, int(json.loads(body)["through"]))
        except (ValueError, KeyError, TypeError):
            continue
    return through


def _link(key: bytes, last: bytes, tenant: str, number: int, at: int, kind: str, digest: bytes) -> bytes:
    return hmac.digest(key, _framed((last, tenant, number, at, kind, digest)), "sha256")


def _seal(key: bytes, tenant: str, count: int, last: bytes) -> bytes:
    return hmac.digest(key, _framed(("end", tenant, count, last)), "sha256")


def _framed(parts: Sequence[bytes | str | int]) -> bytes:
    """The parts, each with its length before it, so that no two lists of parts read the same."""
    encoded = (part if isinstance(part, bytes) else str(part).encode("utf-8", "surrogatepass") for part in parts)
    return b"".join(len(part).to_bytes(4, "big") + part for part in encoded)
