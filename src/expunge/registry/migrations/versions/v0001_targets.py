"""Targets, their names as keyed hashes, their history, and what is left of removed ones."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_Serial = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the first tables."""
    op.create_table(
        "registry",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("salt", sa.LargeBinary, nullable=False),
        sa.Column("key_check", sa.LargeBinary, nullable=False),
        sa.Column("scrub_due", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "targets",
        sa.Column("seq", _Serial, primary_key=True),
        sa.Column("id", sa.String(32), nullable=False, unique=True),
        sa.Column("name_hash", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("expires_at", sa.BigInteger),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.Column("record", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_targets_revision", "targets", ["revision"])
    op.create_index("ix_targets_expires_at", "targets", ["expires_at"])
    op.create_table(
        "aliases",
        sa.Column("target_id", sa.String(32), sa.ForeignKey("targets.id"), primary_key=True),
        sa.Column("alias_hash", sa.LargeBinary, primary_key=True),
    )
    op.create_index("ix_aliases_alias_hash", "aliases", ["alias_hash"])
    op.create_table(
        "changes",
        sa.Column("target_id", sa.String(32), sa.ForeignKey("targets.id"), primary_key=True),
        sa.Column("revision", sa.BigInteger, primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("action", sa.String(16), nullable=False),
        sa.Column("reason", sa.LargeBinary),
    )
    op.create_table(
        "removals",
        sa.Column("target_id", sa.String(32), primary_key=True),
        sa.Column("revision", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_removals_revision", "removals", ["revision"])
