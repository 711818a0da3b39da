"""Between a target with its history and their rows: what is stored in the clear, what is encrypted, and how."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import select

from expunge.registry.schema import targets
from expunge.registry.security.crypto import Keyring
from expunge.types import ChangeAction, Fact, Target, TargetKind, TargetStatus

ID_PREFIX = "t_"

COLUMNS = select(
    targets.c.id,
    targets.c.status,
    targets.c.kind,
    targets.c.expires_at,
    targets.c.revision,
    targets.c.created_at,
    targets.c.updated_at,
    targets.c.record,
)
"""What `from_row` reads."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SLOTS = tuple(Target.__dict__[name].__set__ for name in Target.__dataclass_fields__)
_KINDS = {kind.value: kind for kind in TargetKind}
_STATUSES = {status.value: status for status in TargetStatus}


def new_id() -> str:
    """A random id: `t_` and 16 characters, 80 bits."""
    return ID_PREFIX + base64.b32encode(secrets.token_bytes(10)).decode("ascii").lower()


def micros(moment: datetime) -> int:
    """Whole microseconds since 1970 of a time that knows its zone."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def moment(value: int) -> datetime:
    """The time, in UTC, that `micros` made a number of."""
    return _EPOCH + timedelta(microseconds=value)


_moment = lru_cache(maxsize=1_024)(moment)
"""The same, the same object for what was stored in one go: a million targets need not hold a time each."""


def registered(
    target: Target,
    *,
    target_id: str,
    status: TargetStatus,
    revision: int,
    created_at: datetime,
    updated_at: datetime,
) -> Target:
    """The target with what the registry fills in."""
    return _unchecked(
        target.name,
        target.aliases,
        target.facts,
        target.description,
        target.kind,
        target.expires_at,
        target.reason,
        target_id,
        status,
        revision,
        created_at,
        updated_at,
        target.request_id,
        target.due_at,
    )


def to_row(target: Target, keys: Keyring) -> dict[str, Any]:
    """The columns of a registered target, without `seq`."""
    assert target.created_at is not None
    assert target.updated_at is not None
    return {
        "id": target.id,
        "name_hash": keys.hash_name(target.name),
        "status": target.status.value,
        "kind": target.kind.value,
        "expires_at": None if target.expires_at is None else micros(target.expires_at),
        "revision": target.revision,
        "created_at": micros(target.created_at),
        "updated_at": micros(target.updated_at),
        "record": keys.seal(_pack(target), _context(target.id)),
        "tenant": keys.tenant,
    }


def alias_rows(target_id: str, names: Iterable[str], keys: Keyring) -> list[dict[str, Any]]:
    """The rows by which a target is found under its aliases."""
    hashes = dict.fromkeys(keys.hash_name(name) for name in names)
    return [{"target_id": target_id, "alias_hash": alias_hash} for alias_hash in hashes]


def anew(target_id: str, record: bytes, keys: Keyring) -> tuple[dict[str, Any], list[dict[str, Any]]] | None:
    """Return the values of a target's row and the rows of its aliases, encrypted anew; None if under the newest key.

    Raises:
        RegistryError: if the record is damaged.
    """
    context = _context(target_id)
    if keys.is_own(record, context):
        return None
    plain = keys.unseal(record, context)
    content = json.loads(plain.decode("utf-8", "surrogatepass"))
    columns = {"name_hash": keys.hash_name(content["n"]), "record": keys.seal(plain, context)}
    return columns, alias_rows(target_id, content.get("a", ()), keys)


def from_row(row: Sequence[Any], keys: Keyring, now: int) -> Target:
    """The target of a row. Whether it has expired is told by `now` alone, not by what was written by a clock of then.

    Raises:
        RegistryError: if the record is damaged.
    """
    target_id, status, kind, expires_at, revision, created_at, updated_at, record = row
    content = json.loads(keys.unseal(record, _context(target_id)).decode("utf-8", "surrogatepass"))
    if status != "lifted":
        status = "expired" if expires_at is not None and expires_at <= now else "active"
    created = _moment(created_at)
    return _unchecked(
        content["n"],
        tuple(content.get("a", ())),
        tuple([Fact(*fact) for fact in content.get("f", ())]),
        content.get("d", ""),
        _KINDS[kind],
        None if expires_at is None else moment(expires_at),
        content.get("r", ""),
        target_id,
        _STATUSES[status],
        revision,
        created,
        created if updated_at == created_at else moment(updated_at),
        content.get("q", ""),
        moment(content["u"]) if "u" in content else None,
    )


def _unchecked(*values: object) -> Target:
    """A target of parts that were checked when they were first registered.

    Checking them again would triple the time that a registry of a million targets takes to load.
    """
    target = object.__new__(Target)
    for put, value in zip(_SLOTS, values, strict=True):
        put(target, value)
    return target


def _context(target_id: str) -> str:
    return f"target:{target_id}"


def _pack(target: Target) -> bytes:
    content: dict[str, Any] = {"n": target.name}
    if target.aliases:
        content["a"] = target.aliases
    if target.facts:
        content["f"] = [_packed_fact(fact) for fact in target.facts]
    if target.description:
        content["d"] = target.description
    if target.reason:
        content["r"] = target.reason
    if target.request_id:
        content["q"] = target.request_id
    if target.due_at is not None:
        content["u"] = micros(target.due_at)
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def _packed_fact(fact: Fact) -> list[str | bool]:
    if fact.elicited:
        return [fact.text, fact.question, True]
    return [fact.text, fact.question] if fact.question else [fact.text]


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of a target's history; `reason` is what was given with the change, or empty."""

    revision: int
    at: datetime
    action: ChangeAction
    reason: str = ""


def reason_context(target_id: str, revision: int) -> str:
    """Return the context that an encrypted reason is bound to."""
    return f"change:{target_id}:{revision}"
