"""API keys of the gateway's callers: shown once, kept as a hash, looked up in microseconds.

A secret reads `exp_ID_RANDOM`, where RANDOM holds 256 random bits: guessing it is hopeless whatever the hash costs, so
argon2 runs with its cheapest parameters, and once in a process for each key.
"""

from __future__ import annotations

import base64
import difflib
import hmac
import secrets
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import Row, insert, select, update

from expunge.errors import RegistryError, UnknownKey, UsageError
from expunge.registry.audit.chain import ChainWriter, RecordKind, actor
from expunge.registry.rows import micros, moment
from expunge.registry.schema import api_keys, registry
from expunge.registry.security.crypto import Keyring
from expunge.registry.vault import Vault
from expunge.settings import DEFAULT_TENANT

Scope = Literal["chat", "guard", "targets:read", "targets:write", "audit:read", "admin", "operator"]
SCOPES: tuple[Scope, ...] = ("chat", "guard", "targets:read", "targets:write", "audit:read", "admin")
"""What a tenant's key may be for; `admin` holds all the others.

`guard` is apart from `chat`: a guardrail says of any text whether it had to be changed, so that whoever may ask it
learns who is registered."""
OPERATOR: Scope = "operator"
"""What only a key of the default tenant may be for: the numbers of all tenants. `admin` does not hold it."""

PREFIX = "exp_"
MAX_KEY_NAME = 200
_LONGEST_SECRET = 200
_LEASE_SECONDS = 10.0
_LOOK_SECONDS = 0.1
"""Seconds between two looks at the database for a key that nobody here knows."""
_MOST_SHOWN = 40
"""Characters of a scope that is none that are repeated in an error."""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """One caller's key, without its secret. Limits are those of the key itself; None where it has none of its own."""

    id: str
    tenant: str
    name: str
    scopes: frozenset[str]
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None

    def holds_at(self, now: datetime) -> bool:
        """Whether the key is valid at a time: neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


class KeyStore:
    """The API keys of every tenant. All methods may be called from any thread.

    A change is in force at once in this process and within `poll_seconds` in every other one on the same database.
    Methods raise RegistryError, or one of its kinds, if the database cannot be used.
    """

    def __init__(self, vault: Vault, poll_seconds: float) -> None:
        self._vault = vault
        self._poll_seconds = poll_seconds
        self._poll_lock = threading.Lock()
        self._next_poll = 0.0
        self._next_look = 0.0
        self._revision = -1
        self._known: dict[str, tuple[ApiKey, str]] = {}
        self._verified: dict[str, bytes] = {}
        self._process_key = secrets.token_bytes(32)

    def create(
        self,
        tenant: str,
        scopes: Iterable[str],
        name: str = "",
        expires_at: datetime | None = None,
        requests_per_minute: int | None = None,
        tokens_per_minute: int | None = None,
    ) -> tuple[ApiKey, str]:
        """Make a key and return it with its secret, which nobody can be shown again.

        Raises:
            UsageError: if a scope is unknown or not for this tenant, none is given, a limit is not positive or the
                time has run out.
        """
        granted = frozenset(scopes)
        now = self._vault.now()
        _check(tenant, granted, name, expires_at, now, (requests_per_minute, tokens_per_minute))
        key_id = base64.b32encode(secrets.token_bytes(10)).decode("ascii").lower()
        secret = f"{PREFIX}{key_id}_{secrets.token_urlsafe(32)}"
        row = {
            "id": key_id,
            "tenant": tenant,
            "scopes": " ".join(sorted(granted)),
            "secret_hash": _hash(secret),
            "created_at": now,
            "expires_at": None if expires_at is None else micros(expires_at),
            "revoked_at": None,
            "requests_per_minute": requests_per_minute,
            "tokens_per_minute": tokens_per_minute,
        }
        with self._vault.writing() as (connection, keys):
            sealed = keys.seal(name.encode("utf-8", "surrogatepass"), name_context(key_id))
            connection.execute(insert(api_keys), [row | {"name": sealed}])
            body = {"action": "created", "key": key_id, "scopes": sorted(granted), "by": actor()}
            ChainWriter(connection, keys.of(tenant)).append(RecordKind.KEY, [(now, body)])
            connection.execute(update(registry).values(keys_revision=registry.c.keys_revision + 1))
        self.refresh()
        return self._known[key_id][0], secret

    def list(self, tenant: str | None = None) -> tuple[ApiKey, ...]:
        """All keys, or those of a tenant, revoked ones too, oldest first."""
        self.refresh()
        known = (key for key, _ in self._known.values())
        return tuple(key for key in known if tenant is None or key.tenant == tenant)

    def revoke(self, key_id: str) -> ApiKey:
        """Put a key out of force for good; more than once does no harm.

        Raises:
            UnknownKey: if there is no key of this id.
        """
        now = self._vault.now()
        with self._vault.writing() as (connection, keys):
            found = api_keys.c.id == key_id
            tenant = connection.execute(select(api_keys.c.tenant).where(found)).scalar()
            if tenant is None:
                raise UnknownKey("No API key has this id; `expunge keys list` lists them all.")
            revoked = update(api_keys).where(found, api_keys.c.revoked_at.is_(None)).values(revoked_at=now)
            if connection.execute(revoked).rowcount:
                body = {"action": "revoked", "key": key_id, "by": actor()}
                ChainWriter(connection, keys.of(tenant)).append(RecordKind.KEY, [(now, body)])
                connection.execute(update(registry).values(keys_revision=registry.c.keys_revision + 1))
        self.refresh()
        return self._known[key_id][0]

    def find(self, secret: str) -> ApiKey | None:
        """The key in force that a secret is of, or None. The first time costs a hash, then microseconds."""
        if time.monotonic() >= self._next_poll:
            self._poll()
        key_id = _id_of(secret)
        known = None if key_id is None else self._known.get(key_id)
        if known is None or not known[0].holds_at(moment(self._vault.now())):
            return None
        key, secret_hash = known
        digest = hmac.digest(self._process_key, secret.encode("utf-8", "surrogatepass"), "sha256")
        if not hmac.compare_digest(self._verified.get(key.id, b""), digest):
            if not _fits(secret_hash, secret):
                return None
            self._verified[key.id] = digest
        return key

    def find_new(self, secret: str) -> ApiKey | None:
        """`find`, after a look at the database for a key that another process made a moment ago.

        It waits for the database, which an event loop must not, and looks at most ten times a second, so that whoever
        tries secrets costs no more. A database that cannot be used leaves the key unknown.
        """
        key_id = _id_of(secret)
        if key_id is None or key_id in self._known or time.monotonic() < self._next_look:
            return None
        self._next_look = time.monotonic() + _LOOK_SECONDS
        with suppress(RegistryError):
            self.refresh()
        return self.find(secret)

    def get(self, key_id: str) -> ApiKey | None:
        """The key of an id if it is in force, as far as this process knows."""
        if time.monotonic() >= self._next_poll:
            self._poll()
        known = self._known.get(key_id)
        return known[0] if known is not None and known[0].holds_at(moment(self._vault.now())) else None

    def refresh(self) -> None:
        """Take over what was changed, by whatever process."""
        with self._poll_lock:
            self._load()

    def look(self) -> None:
        """Refresh, as a watcher does, and ignore a database that is gone; `find` does not poll for a while after."""
        self._next_poll = time.monotonic() + _LEASE_SECONDS
        with suppress(RegistryError):
            self.refresh()

    def _poll(self) -> None:
        if self._poll_lock.acquire(blocking=self._revision < 0):
            try:
                self._load()
                self._next_poll = time.monotonic() + self._poll_seconds
            finally:
                self._poll_lock.release()

    def _load(self) -> None:
        with self._vault.reading() as (connection, keys):
            revision = connection.execute(select(registry.c.keys_revision)).scalar_one()
            if revision == self._revision:
                return
            rows = connection.execute(select(api_keys).order_by(api_keys.c.created_at, api_keys.c.id)).all()
        self._known = {row.id: (_from_row(row, keys), row.secret_hash) for row in rows}
        self._verified = {key_id: digest for key_id, digest in self._verified.items() if key_id in self._known}
        self._revision = revision


def _check(
    tenant: str,
    scopes: frozenset[str],
    name: str,
    expires_at: datetime | None,
    now: int,
    limits: tuple[int | None, ...],
) -> None:
    known = (*SCOPES, OPERATOR)
    if unknown := sorted(scopes.difference(known)):
        close = difflib.get_close_matches(unknown[0], known, n=1)
        hint = f" Did you mean {close[0]}?" if close else ""
        shown = unknown[0][:_MOST_SHOWN] if unknown[0].isprintable() else ""
        raise UsageError(f'There is no scope "{shown}"; there are {", ".join(known)}.{hint}')
    if not scopes:
        raise UsageError(f"A key needs at least one scope, each of: {', '.join(known)}.")
    if OPERATOR in scopes and tenant != DEFAULT_TENANT:
        raise UsageError(
            f"Only a key of the tenant {DEFAULT_TENANT} may be an operator's; make it there, or leave the scope out."
        )
    if len(name) > MAX_KEY_NAME:
        raise UsageError(f"The name of a key has at most {MAX_KEY_NAME} characters.")
    if expires_at is not None and (expires_at.astimezone(UTC)) <= moment(now):
        raise UsageError("The expiry time of the key is in the past; give a later one, or none.")
    if any(limit is not None and limit < 1 for limit in limits):
        raise UsageError("A limit of a key is at least 1 a minute; leave it out for none.")


def _from_row(row: Row[Any], keys: Keyring) -> ApiKey:
    return ApiKey(
        row.id,
        row.tenant,
        keys.unseal(row.name, name_context(row.id)).decode("utf-8", "surrogatepass"),
        frozenset(row.scopes.split()),
        moment(row.created_at),
        None if row.expires_at is None else moment(row.expires_at),
        None if row.revoked_at is None else moment(row.revoked_at),
        row.requests_per_minute,
        row.tokens_per_minute,
    )


def _id_of(secret: str) -> str | None:
    parts = secret.split("_", 2)
    return parts[1] if len(secret) <= _LONGEST_SECRET and len(parts) == 3 and parts[0] == PREFIX[:-1] else None


def name_context(key_id: str) -> str:
    """Return the context that a key's encrypted name is bound to."""
    return f"key:{key_id}"


def _hash(secret: str) -> str:
    # Imported here since most processes never need it.
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

    argon2 = Argon2id(salt=secrets.token_bytes(16), length=32, iterations=1, lanes=1, memory_cost=64)
    return argon2.derive_phc_encoded(secret.encode("utf-8", "surrogatepass"))


def _fits(secret_hash: str, secret: str) -> bool:
    from cryptography.exceptions import InvalidKey
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

    try:
        Argon2id.verify_phc_encoded(secret.encode("utf-8", "surrogatepass"), secret_hash)
    except (InvalidKey, ValueError):
        return False
    return True
