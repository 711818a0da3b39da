"""The audit log of a tenant: what was changed and what was decided, provably whole."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select, update

from expunge.errors import RegistryError
from expunge.registry.audit import bundle
from expunge.registry.audit.chain import AuditVerdict, ChainWriter, RecordKind, actor, verify
from expunge.registry.audit.decisions import DecisionRecord
from expunge.registry.rows import micros, moment
from expunge.registry.schema import audit
from expunge.registry.security.signing import PublicKey, Signer, read_public_key
from expunge.registry.vault import Vault
from expunge.types import Decision

_AT_ONCE = 500


class AuditLog:
    """One tenant's chain of records. All methods may be called from any thread, and raise RegistryError if the database
    cannot be used."""

    def __init__(self, vault: Vault, tenant: str) -> None:
        self._vault = vault
        self._tenant = tenant

    def record_decisions(self, batch: Iterable[DecisionRecord]) -> None:
        """Append decisions, all or none, in the order given."""
        records = list(batch)
        if records:
            with self._vault.writing(self._tenant, announce=False) as (connection, keys):
                bodies = [(micros(record.at), record.to_body()) for record in records]
                ChainWriter(connection, keys).append(RecordKind.DECISION, bodies)

    def record_look(self, page: str, targets: Sequence[str]) -> None:
        """Append that the present actor is shown texts of targets, by their ids, on a page."""
        with self._vault.writing(self._tenant, announce=False) as (connection, keys):
            body = {"page": page, "targets": list(targets), "by": actor()}
            ChainWriter(connection, keys).append(RecordKind.LOOK, [(self._vault.now(), body)])

    def decisions(
        self,
        since: datetime | None = None,
        limit: int = 100,
        target: str | None = None,
        before: int | None = None,
        decision: Decision | None = None,
    ) -> tuple[DecisionRecord, ...]:
        """The newest decisions first, at most `limit`; those whose bodies were dropped are left out.

        Args:
            since: only those of this time or later.
            limit: how many at most.
            target: only those that were about, or saw, a target of this id.
            before: only those of a lower `number`, to read on from where a page ended.
            decision: only those that ended so.
        """
        query = select(audit).where(audit.c.tenant == self._tenant, audit.c.kind == RecordKind.DECISION.value)
        query = query.where(audit.c.body.is_not(None)).order_by(audit.c.number.desc())
        if since is not None:
            query = query.where(audit.c.at >= micros(since))
        if before is not None:
            query = query.where(audit.c.number < before)
        found: list[DecisionRecord] = []
        query = query.execution_options(yield_per=_AT_ONCE)
        with self._vault.reading(self._tenant) as (connection, _), connection.execute(query) as rows:
            for row in rows:
                if len(found) >= limit:
                    break
                record = _decision(row)
                seen = {*record.targets, *(evidence.target for evidence in record.evidence)}
                if (target is None or target in seen) and decision in (None, record.decision):
                    found.append(record)
        return tuple(found)

    def verify(self) -> AuditVerdict:
        """Read the whole chain and tell where it is broken, if it is."""
        with self._vault.reading(self._tenant) as (connection, keys):
            return verify(connection, keys)

    def former_public_keys(self, present: PublicKey) -> tuple[PublicKey, ...]:
        """The public keys, other than the present one, that changes of the registry's key tell of; none if the chain is
        not whole, since then anybody may have put one in."""
        query = select(audit.c.body).where(audit.c.tenant == self._tenant, audit.c.kind == RecordKind.KEY.value)
        with self._vault.reading(self._tenant) as (connection, keys):
            bodies = [json.loads(body) for body in connection.execute(query).scalars() if body is not None]
            told = [body.get(part) for body in bodies for part in ("former_public_key", "public_key")]
            found = {read_public_key(text) for text in told if isinstance(text, str)} - {present}
            return tuple(found) if found and verify(connection, keys).intact else ()

    def begins_with(self, records: int, head: str) -> bool:
        """Whether record number `records` is the one whose link is `head`: nothing up to there was replaced since."""
        query = select(audit.c.link).where(audit.c.tenant == self._tenant, audit.c.number == records)
        with self._vault.reading(self._tenant) as (connection, _):
            link = connection.execute(query).scalar()
        return link.hex() == head if link is not None else not records

    def prune(self, keep_days: int) -> int:
        """Drop the bodies of decisions older than so many days, and record that; how many were dropped.

        What stays of them is their number, time and link, so that the chain stays whole. Other records are kept.
        """
        before = moment(self._vault.now()) - timedelta(days=keep_days)
        old = (audit.c.tenant == self._tenant) & (audit.c.kind == RecordKind.DECISION.value)
        old &= (audit.c.at < micros(before)) & audit.c.body.is_not(None)
        with self._vault.reading(self._tenant) as (connection, _):
            if connection.execute(select(audit.c.number).where(old).limit(1)).first() is None:
                return 0
        with self._vault.writing(self._tenant) as (connection, keys):
            numbers = list(connection.execute(select(audit.c.number).where(old)).scalars())
            if numbers:
                connection.execute(update(audit).where(old).values(body=None))
                body = {"through": max(numbers), "count": len(numbers), "before": before.isoformat(), "by": actor()}
                ChainWriter(connection, keys).append(RecordKind.PRUNED, [(self._vault.now(), body)])
        return len(numbers)

    def export(self, folder: Path) -> dict[str, Any]:
        """Write the chain as a bundle that is checked without the registry; the bundle's signed manifest.

        Raises:
            UsageError: if the folder is there and not empty, or cannot be written.
        """
        with self._vault.reading(self._tenant) as (connection, keys):
            verdict = verify(connection, keys)
            query = select(audit).where(audit.c.tenant == self._tenant).order_by(audit.c.number)
            signer = Signer(keys.signing_seed())
            with connection.execute(query.execution_options(yield_per=_AT_ONCE)) as rows:
                return bundle.write(folder, rows, self._tenant, moment(self._vault.now()), verdict, signer)


def _decision(row: Any) -> DecisionRecord:
    try:
        return DecisionRecord.from_body(json.loads(row.body), moment(row.at), row.number)
    except (ValueError, KeyError, TypeError):
        raise RegistryError("A record of the audit log is damaged; `expunge audit verify` says which.") from None
