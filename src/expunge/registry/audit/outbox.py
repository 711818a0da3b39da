"""The audit log read as an outbox: the changes that a listener has not been told of, with one place per tenant.

An event is recorded in the transaction of its change, and a listener's place advances only when it has accepted the
event. So no event is lost if a process stops in between, but one may be delivered twice. Of several processes on one
registry, only one at a time delivers to a listener.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, insert, select, update

from expunge.registry import queries
from expunge.registry.audit.chain import RecordKind
from expunge.registry.queries import chunks
from expunge.registry.rows import COLUMNS, from_row, moment
from expunge.registry.schema import audit, targets, tenants, webhooks
from expunge.registry.security.crypto import Keyring
from expunge.registry.vault import Vault

EventKind = Literal["activated", "lifted", "expired", "removed"]
EVENT_KINDS: tuple[EventKind, ...] = ("activated", "lifted", "expired", "removed")
_OF_ACTION: Mapping[str, EventKind] = {
    "added": "activated",
    "reactivated": "activated",
    "restored": "lifted",
    "expired": "expired",
    "removed": "removed",
}
_EVERYBODY = ""
"""The tenant of the row that says that a listener is known, and who tells it now."""


@dataclass(frozen=True, slots=True)
class TargetEvent:
    """Something that happened to targets of a tenant, at a place in its audit log.

    `targets` are ids, each with the id of its request ("" if there is none, or the target is gone).
    """

    tenant: str
    number: int
    kind: EventKind
    at: datetime
    revision: int
    targets: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Pending:
    """The events that a listener at a `place` has yet to be told: `events`, in order, of everything recorded up to
    `through`. `more` says that there may be further events."""

    events: tuple[TargetEvent, ...]
    place: int
    through: int
    more: bool


class Outbox:
    """The events of every tenant. All methods may be called from any thread, and raise RegistryError if the database
    cannot be used. `listener` names who is told, in at most 64 characters."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def begin(self, listener: str) -> None:
        """Make a listener known, which is then told of what happens from now on; nothing if it is known."""
        with self._vault.reading() as (connection, _):
            if _is_known(connection, listener):
                return
        with self._vault.writing() as (connection, _):
            if _is_known(connection, listener):
                return
            known = connection.execute(select(tenants.c.name, tenants.c.audit_count)).all()
            places = {_EVERYBODY: 0, **{row.name: row.audit_count for row in known}}
            connection.execute(
                insert(webhooks),
                [{"endpoint": listener, "tenant": tenant, "number": number} for tenant, number in places.items()],
            )

    def knows(self, listener: str) -> bool:
        """Whether a listener is registered."""
        with self._vault.reading() as (connection, _):
            return _is_known(connection, listener)

    def behind(self, listener: str) -> tuple[str, ...]:
        """The tenants in whose log there is something that a listener was not told."""
        with self._vault.reading() as (connection, _):
            places = _places(connection, listener)
            rows = connection.execute(select(tenants.c.name, tenants.c.audit_count)).all()
            return tuple(row.name for row in rows if row.audit_count > places.get(row.name, 0))

    def claim(self, listener: str, holder: str, seconds: float) -> bool:
        """Claim a listener for so many seconds, and return whether `holder` got it: nobody else delivers meanwhile."""
        now = self._vault.now()
        own = (webhooks.c.endpoint == listener) & (webhooks.c.tenant == _EVERYBODY)
        with self._vault.writing() as (connection, _):
            row = connection.execute(select(webhooks.c.holder, webhooks.c.held_until).where(own)).one_or_none()
            span = int(seconds * 1_000_000)
            until = now + span
            # A holder whose clock was far ahead must not keep all others out until that time comes.
            held = row is not None and now < (row.held_until or 0) <= until + span
            if row is None or (row.holder not in (None, holder) and held):
                return False
            connection.execute(update(webhooks).where(own).values(holder=holder, held_until=until))
            return True

    def release(self, listener: str, holder: str) -> None:
        """Let somebody else tell a listener."""
        own = (webhooks.c.endpoint == listener) & (webhooks.c.tenant == _EVERYBODY) & (webhooks.c.holder == holder)
        with self._vault.writing() as (connection, _):
            connection.execute(update(webhooks).where(own).values(holder=None, held_until=None))

    def pending(self, listener: str, tenant: str, limit: int = 100) -> Pending:
        """Return the events of a tenant that a listener has not been told, from at most `limit` changes."""
        with self._vault.reading(tenant) as (connection, keys):
            end = connection.execute(select(tenants.c.audit_count).where(tenants.c.name == tenant)).scalar() or 0
            place = _places(connection, listener).get(tenant, 0)
            query = select(audit.c.number, audit.c.at, audit.c.body).order_by(audit.c.number).limit(limit)
            query = query.where(audit.c.tenant == tenant, audit.c.number > place, audit.c.body.is_not(None))
            rows = connection.execute(query.where(audit.c.kind == RecordKind.CHANGE.value)).all()
            bodies = [(row.number, row.at, json.loads(row.body)) for row in rows]
            requests = dict(_requests(connection, keys, [i for _, _, body in bodies for i in body["targets"]]))
        events = tuple(
            TargetEvent(
                tenant,
                number,
                _OF_ACTION[body["action"]],
                moment(at),
                body["revision"],
                tuple((target_id, requests.get(target_id, "")) for target_id in body["targets"]),
            )
            for number, at, body in bodies
            if body["action"] in _OF_ACTION
        )
        more = len(rows) == limit
        return Pending(events, place, rows[-1].number if more else end, more)

    def mark_taken(self, listener: str, tenant: str, number: int) -> None:
        """Record that a listener took everything of a tenant up to a place in its log; a place never goes back."""
        own = (webhooks.c.endpoint == listener) & (webhooks.c.tenant == tenant)
        with self._vault.writing() as (connection, _):
            place = connection.execute(select(webhooks.c.number).where(own)).scalar()
            if place is None:
                connection.execute(insert(webhooks).values(endpoint=listener, tenant=tenant, number=number))
            elif place < number:
                connection.execute(update(webhooks).where(own).values(number=number))


def _is_known(connection: Connection, listener: str) -> bool:
    return _EVERYBODY in _places(connection, listener)


def _places(connection: Connection, listener: str) -> dict[str, int]:
    query = select(webhooks.c.tenant, webhooks.c.number).where(webhooks.c.endpoint == listener)
    return {row.tenant: row.number for row in connection.execute(query)}


def _requests(connection: Connection, keys: Keyring, ids: list[str]) -> Iterator[tuple[str, str]]:
    for some in chunks(dict.fromkeys(ids), queries.CHUNK):
        for row in connection.execute(COLUMNS.where(targets.c.id.in_(some))):
            target = from_row(row, keys, 0)
            yield target.id, target.request_id
