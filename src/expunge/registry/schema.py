"""The tables of the registry. What is personal data lies in encrypted records and keyed hashes only.

Times are whole microseconds since 1970 in UTC. The tables are made and changed by `migrations`;
the newest migration leads to exactly what is written here.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, MetaData, String, Table

from expunge.settings import DEFAULT_TENANT

HEAD = "0007"
"""The newest migration."""
VERSIONS = ("0001", "0002", "0003", "0004", "0005", "0006", HEAD)
"""Every migration, oldest first."""
ROTATING = "0007"
"""The first migration with room for a second key."""

_Serial = BigInteger().with_variant(Integer, "sqlite")

metadata = MetaData()

registry = Table(
    "registry",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("salt", LargeBinary, nullable=False),
    Column("key_check", LargeBinary, nullable=False),
    Column("scrub_due", BigInteger, nullable=False),
    Column("keys_revision", BigInteger, nullable=False, server_default="0"),
    Column("next_salt", LargeBinary),
    Column("next_check", LargeBinary),
)
"""One row. `salt` and `key_check` belong to the key, `next_*` to the one that it is being changed to, if it is.
`scrub_due` is not 0 while bytes of a removed target may still lie in the file; it changes with each removal.
`keys_revision` changes with each change to the API keys."""

tenants = Table(
    "tenants",
    metadata,
    Column("name", String(63), primary_key=True),
    Column("revision", BigInteger, nullable=False),
    Column("audit_count", BigInteger, nullable=False, server_default="0"),
    Column("audit_seal", LargeBinary),
    Column("audit_key", LargeBinary),
)
"""Each tenant that ever had a target, and its newest revision; the number of its audit records, the keyed seal of the
last one, and the key of its chain, encrypted."""

targets = Table(
    "targets",
    metadata,
    Column("seq", _Serial, primary_key=True),
    Column("id", String(32), nullable=False, unique=True),
    Column("name_hash", LargeBinary, nullable=False, unique=True),
    Column("status", String(16), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("expires_at", BigInteger),
    Column("revision", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("record", LargeBinary, nullable=False),
    Column("tenant", String(63), nullable=False, server_default=DEFAULT_TENANT),
    Index("ix_targets_tenant_revision", "tenant", "revision"),
    Index("ix_targets_expires_at", "expires_at"),
)
"""`record` holds name, aliases, facts, description, reason and request, encrypted together. Hashes of names differ from
tenant to tenant, and what hangs on a target by its id is that of its tenant."""

aliases = Table(
    "aliases",
    metadata,
    Column("target_id", String(32), ForeignKey("targets.id"), primary_key=True),
    Column("alias_hash", LargeBinary, primary_key=True),
    Index("ix_aliases_alias_hash", "alias_hash"),
)

changes = Table(
    "changes",
    metadata,
    Column("target_id", String(32), ForeignKey("targets.id"), primary_key=True),
    Column("revision", BigInteger, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("action", String(16), nullable=False),
    Column("reason", LargeBinary),
)
"""The history of each target; `reason` is encrypted."""

removals = Table(
    "removals",
    metadata,
    Column("target_id", String(32), primary_key=True),
    Column("revision", BigInteger, nullable=False),
    Column("tenant", String(63), nullable=False, server_default=DEFAULT_TENANT),
    Index("ix_removals_tenant_revision", "tenant", "revision"),
)
"""What is left of a removed target, so that other processes learn of it: a random id."""

vectors = Table(
    "vectors",
    metadata,
    Column("target_id", String(32), ForeignKey("targets.id"), primary_key=True),
    Column("space", String(200), primary_key=True),
    Column("data", LargeBinary, nullable=False),
)
"""Cached embeddings of facts and a digest of those, encrypted together since text can be guessed from them."""

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("tenant", String(63), nullable=False),
    Column("scopes", String(200), nullable=False),
    Column("name", LargeBinary, nullable=False),
    Column("secret_hash", String(200), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
    Column("revoked_at", BigInteger),
    Column("requests_per_minute", BigInteger),
    Column("tokens_per_minute", BigInteger),
)
"""Keys of the gateway's callers: scopes separated by spaces, the name encrypted, the secret as an argon2 hash."""

audit = Table(
    "audit",
    metadata,
    Column("tenant", String(63), primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("body", LargeBinary),
    Column("digest", LargeBinary, nullable=False),
    Column("link", LargeBinary, nullable=False),
    Index("ix_audit_tenant_kind_at", "tenant", "kind", "at"),
)
"""What was changed and decided, one chain of records a tenant (see `audit.chain`); `body` is JSON and nobody's text."""

webhooks = Table(
    "webhooks",
    metadata,
    Column("endpoint", String(64), primary_key=True),
    Column("tenant", String(63), primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("holder", String(32)),
    Column("held_until", BigInteger),
)
"""Up to which audit record each listener was told of each tenant; the row of no tenant says who tells it now."""
