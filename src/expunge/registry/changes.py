"""One change to the registry: what is written, inside one transaction, and what it did."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, bindparam, delete, insert, select, update

from expunge.errors import DuplicateTarget, InvalidTarget, TargetChanged
from expunge.registry.audit.chain import ChainWriter, RecordKind, actor
from expunge.registry.queries import chunks, find, load, revision_of, sealed_vectors
from expunge.registry.rows import (
    COLUMNS,
    alias_rows,
    from_row,
    micros,
    moment,
    new_id,
    reason_context,
    registered,
    to_row,
)
from expunge.registry.schema import aliases, changes, registry, removals, targets, tenants, vectors
from expunge.registry.security.crypto import Keyring
from expunge.types import ChangeAction, Target, TargetStatus, TargetUpdate

Progress = Callable[[int, int], None]
_CLOCK = "clock"
"""Who puts targets out of force, and back, as time goes by."""


class Ledger:
    """Writes changes to one tenant's targets through one connection, which must be alone in writing.

    `before` is the revision found, `revision` the one reached; `changed` holds what the changes made of
    each target, None where one was removed.
    """

    def __init__(self, connection: Connection, keys: Keyring, now: int, *, returned: bool = False) -> None:
        """Begin. Targets whose time has run out are written as expired first; with `returned`, which takes a look at
        all that are to expire, those whose time is not over after all, as a clock that was ahead said, as back."""
        self._connection = connection
        self._keys = keys
        self._now = now
        self.before = self.revision = revision_of(connection, keys.tenant)
        self.changed: dict[str, Target | None] = {}
        self._done: dict[tuple[str, int, str], list[str]] = {}
        self._write_down_the_time(returned)

    def finish(self) -> None:
        """Write the revision reached, and the audit records of what was done."""
        if self._done:
            ChainWriter(self._connection, self._keys).append(RecordKind.CHANGE, self._bodies())
        if self.revision != self.before:
            own = tenants.c.name == self._keys.tenant
            self._connection.execute(update(tenants).where(own).values(revision=self.revision))

    def _bodies(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """One record for each action at each revision, or several where it was about very many targets."""
        for (action, revision, by), ids in self._done.items():
            for some in chunks(ids, 1_000):
                yield self._now, {"action": action, "revision": revision, "targets": list(some), "by": by}

    def add(self, new: Sequence[Target], progress: Progress | None = None) -> tuple[Target, ...]:
        """Register targets at one revision, or bring back those of the same name that are not in force.

        Raises:
            DuplicateTarget: if a name is in force already, or is in the list twice.
            InvalidTarget: if a target's time has run out already.
        """
        hashes = self._distinct(new)
        if not new:
            return ()
        self.revision += 1
        added: list[Target] = []
        for start, chunk in enumerate(chunks(zip(new, hashes, strict=True), 1_000)):
            known = self._known(chunk)
            fresh: list[Target] = []
            for number, (target, name_hash) in enumerate(chunk, start * 1_000 + 1):
                place = f"Entry {number:,}: " if len(new) > 1 else ""
                self._check_expiry(target.expires_at, place)
                old = known.get(name_hash)
                if old is not None and old.status is TargetStatus.ACTIVE:
                    raise DuplicateTarget(
                        f"{place}A target of this name is registered already as {old.id}; "
                        "extend that one with what is new.",
                        old.id,
                    )
                if old is None:
                    made = self._stamped(target, new_id(), self._now)
                    fresh.append(made)
                else:
                    made = self._reactivate(old, target)
                added.append(made)
                self.changed[made.id] = made
            self._insert(fresh)
            if progress is not None:
                progress(start * 1_000 + len(chunk), len(new))
        return tuple(added)

    def extend(self, target_id: str, more: TargetUpdate) -> Target:
        """Add to a target, and replace parts of it. Nothing new is no change.

        A new time brings an expired target back into force; a lifted one stays lifted.

        Raises:
            InvalidTarget: if a part is too long or the time has run out already.
        """
        old = load(self._connection, self._keys, target_id, self._now)
        merged = more.applied_to(old)
        action = ChangeAction.EXTENDED
        if merged.expires_at != old.expires_at:
            self._check_expiry(merged.expires_at)
            if old.status is TargetStatus.EXPIRED:
                merged = replace(merged, status=TargetStatus.ACTIVE)
                action = ChangeAction.REACTIVATED
        return old if merged == old else self._rewrite(merged, action, more.reason or "")

    def confirm(self, target_id: str, kept: Set[str] | None, dropped: Set[str]) -> Target:
        """Take elicited facts of these texts (None: all) for given ones, and leave out the `dropped`.

        Raises:
            InvalidTarget: if a text is none of its elicited facts.
        """
        old = load(self._connection, self._keys, target_id, self._now)
        unconfirmed = {fact.text for fact in old.unconfirmed}
        if not (dropped | (kept or set())) <= unconfirmed:
            raise InvalidTarget("The target has no unconfirmed fact with this text; read the target to see its facts.")
        facts = []
        for fact in old.facts:
            if fact.elicited and fact.text in dropped:
                continue
            confirmed = fact.elicited and (kept is None or fact.text in kept)
            facts.append(replace(fact, elicited=False) if confirmed else fact)
        merged = replace(old, facts=tuple(facts))
        return old if merged == old else self._rewrite(merged, ChangeAction.CONFIRMED, "")

    def lift(self, target_id: str, reason: str) -> Target:
        """Take a target out of force and keep it; one that is lifted already is left as it is."""
        old = load(self._connection, self._keys, target_id, self._now)
        if old.status is TargetStatus.LIFTED:
            return old
        return self._rewrite(replace(old, status=TargetStatus.LIFTED), ChangeAction.RESTORED, reason)

    def remove(self, target_id: str) -> None:
        """Delete a target with its history; the bytes are gone once the database is scrubbed."""
        self.revision += 1
        for table in (vectors, aliases, changes):
            self._connection.execute(delete(table).where(table.c.target_id == target_id))
        self._connection.execute(delete(targets).where(targets.c.id == target_id))
        self._connection.execute(
            insert(removals).values(target_id=target_id, revision=self.revision, tenant=self._keys.tenant)
        )
        self._connection.execute(update(registry).values(scrub_due=secrets.randbits(62) + 1))
        self.changed[target_id] = None
        self._note("removed", target_id, actor())

    def put_vectors(self, space: str, entries: Mapping[str, tuple[str, bytes]]) -> None:
        """Cache vectors of targets that still exist, in place of older ones; no new revision."""
        for ids in chunks(entries):
            own = select(targets.c.id).where(targets.c.tenant == self._keys.tenant)
            there = set(self._connection.execute(own.where(targets.c.id.in_(ids))).scalars())
            old = (vectors.c.space == space) & vectors.c.target_id.in_(there)
            self._connection.execute(delete(vectors).where(old))
            rows = []
            for target_id in there:
                data = sealed_vectors(target_id, space, *entries[target_id], self._keys)
                rows.append({"target_id": target_id, "space": space, "data": data})
            self._write(vectors, rows)

    def find(self, ref: str, if_revision: int | None = None) -> str:
        """The id that a reference means.

        Raises:
            UnknownTarget: if it means none, or several.
            TargetChanged: if the target's revision is not `if_revision`, where that is given.
        """
        target_id = find(self._connection, self._keys, ref)
        if if_revision is not None:
            revision = self._connection.execute(select(targets.c.revision).where(targets.c.id == target_id)).scalar()
            if revision != if_revision:
                raise TargetChanged("The target was changed since it was read; read it again, and decide anew.")
        return target_id

    def _write_down_the_time(self, returned: bool) -> None:
        own = COLUMNS.where(targets.c.tenant == self._keys.tenant)
        ran_out = own.where(targets.c.status == "active", targets.c.expires_at <= self._now)
        rows = list(self._connection.execute(ran_out))
        if returned:
            runs_on = own.where(targets.c.status == "expired", targets.c.expires_at > self._now)
            rows += self._connection.execute(runs_on)
        if not rows:
            return
        self.revision += 1
        written = []
        for row in rows:
            target = replace(from_row(row, self._keys, self._now), revision=self.revision)
            self.changed[target.id] = target
            if target.status is TargetStatus.EXPIRED:
                written.append(self._change(row.id, ChangeAction.EXPIRED, "", at=row.expires_at, by=_CLOCK))
            else:
                written.append(self._change(row.id, ChangeAction.REACTIVATED, "", by=_CLOCK))
        self._connection.execute(
            update(targets)
            .where(targets.c.id == bindparam("this"))
            .values(status=bindparam("is"), revision=self.revision),
            [{"this": row.id, "is": self.changed[row.id].status.value} for row in rows],  # type: ignore[union-attr]
        )
        self._write(changes, written)

    def _distinct(self, new: Sequence[Target]) -> list[bytes]:
        seen: dict[bytes, int] = {}
        for number, target in enumerate(new, 1):
            first = seen.setdefault(self._keys.hash_name(target.name), number)
            if first != number:
                raise DuplicateTarget(
                    f"Entries {first:,} and {number:,} have the same name; merge them into one, or drop one.", ""
                )
        return list(seen)

    def _known(self, named: Sequence[tuple[Target, bytes]]) -> dict[bytes, Target]:
        """The registered targets of these names, by the names' newest hashes."""
        wanted = {name_hash: name_hash for _, name_hash in named}
        if self._keys.replacing:
            wanted |= {either: name_hash for target, name_hash in named for either in self._keys.hashes_of(target.name)}
        found: dict[bytes, Target] = {}
        for some in chunks(wanted):
            query = COLUMNS.add_columns(targets.c.name_hash).where(targets.c.name_hash.in_(some))
            for *columns, name_hash in self._connection.execute(query):
                found[wanted[bytes(name_hash)]] = from_row(columns, self._keys, self._now)
        return found

    def _reactivate(self, old: Target, new: Target) -> Target:
        merged = replace(
            new,
            aliases=(*old.aliases, *new.aliases),
            facts=(*old.facts, *new.facts),
            description=new.description or old.description,
            reason=new.reason or old.reason,
            request_id=new.request_id or old.request_id,
            due_at=new.due_at or old.due_at,
            id=old.id,
            status=TargetStatus.ACTIVE,
            created_at=old.created_at,
        )
        return self._rewrite(merged, ChangeAction.REACTIVATED, new.reason, step=False)

    def _check_expiry(self, expires_at: datetime | None, place: str = "") -> None:
        if expires_at is not None and micros(expires_at) <= self._now:
            raise InvalidTarget(f"{place}The expiry time of the target is in the past; give a later one, or none.")

    def _stamped(self, target: Target, target_id: str, created_at: int) -> Target:
        created = moment(created_at)
        return registered(
            target,
            target_id=target_id,
            status=TargetStatus.ACTIVE,
            revision=self.revision,
            created_at=created,
            updated_at=created,
        )

    def _insert(self, fresh: Sequence[Target]) -> None:
        self._write(targets, [to_row(target, self._keys) for target in fresh])
        self._write(aliases, [row for target in fresh for row in alias_rows(target.id, target.aliases, self._keys)])
        self._write(changes, [self._change(target.id, ChangeAction.ADDED, target.reason) for target in fresh])

    def _rewrite(self, target: Target, action: ChangeAction, reason: str, *, step: bool = True) -> Target:
        if step:
            self.revision += 1
        target = replace(target, revision=self.revision, updated_at=moment(self._now))
        self._connection.execute(update(targets).where(targets.c.id == target.id).values(**to_row(target, self._keys)))
        self._connection.execute(delete(aliases).where(aliases.c.target_id == target.id))
        self._write(aliases, alias_rows(target.id, target.aliases, self._keys))
        self._write(changes, [self._change(target.id, action, reason)])
        self.changed[target.id] = target
        return target

    def _change(
        self, target_id: str, action: ChangeAction, reason: str, at: int | None = None, by: str | None = None
    ) -> dict[str, Any]:
        self._note(action.value, target_id, actor() if by is None else by)
        sealed = None
        if reason:
            sealed = self._keys.seal(reason.encode("utf-8", "surrogatepass"), reason_context(target_id, self.revision))
        return {
            "target_id": target_id,
            "revision": self.revision,
            "at": self._now if at is None else at,
            "action": action.value,
            "reason": sealed,
        }

    def _note(self, action: str, target_id: str, by: str) -> None:
        self._done.setdefault((action, self.revision, by), []).append(target_id)

    def _write(self, table: Table, rows: Sequence[dict[str, Any]]) -> None:
        if rows:
            self._connection.execute(insert(table), rows)
