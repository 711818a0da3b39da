"""The tables of the registry. What is personal data lies in encrypted records and keyed hashes only.

Times are whole microseconds since 1970 in UTC. The tables are made and changed by `migrations`;
the newest migration leads to exactly what is written here.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, MetaData, String, Table

HEAD = "0002"
"""The newest migration."""
VERSIONS = ("0001", HEAD)
"""Every migration, oldest first."""

_Serial = BigInteger().with_variant(Integer, "sqlite")

metadata = MetaData()

registry = Table(
    "registry",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("revision", BigInteger, nullable=False),
    Column("salt", LargeBinary, nullable=False),
    Column("key_check", LargeBinary, nullable=False),
    Column("scrub_due", BigInteger, nullable=False),
)
"""One row. `scrub_due` is the revision of a removal whose bytes may still lie in the file, or 0."""

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
    Index("ix_targets_revision", "revision"),
    Index("ix_targets_expires_at", "expires_at"),
)
"""`record` holds name, aliases, facts, description, reason and request, encrypted together."""

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
    Index("ix_removals_revision", "revision"),
)
"""What is left of a removed target, so that other processes learn of it: a random id."""

vectors = Table(
    "vectors",
    metadata,
    Column("target_id", String(32), ForeignKey("targets.id"), primary_key=True),
    Column("space", String(200), primary_key=True),
    Column("digest", LargeBinary, nullable=False),
    Column("data", LargeBinary, nullable=False),
)
"""Cached embeddings of facts, encrypted since text can be guessed from them; `digest` is a keyed hash."""
