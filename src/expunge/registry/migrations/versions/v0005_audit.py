"""The audit log: one chain of records a tenant."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the table of records, and a place for the end of each chain."""
    op.add_column("tenants", sa.Column("audit_count", sa.BigInteger, nullable=False, server_default="0"))
    op.add_column("tenants", sa.Column("audit_seal", sa.LargeBinary))
    op.add_column("tenants", sa.Column("audit_key", sa.LargeBinary))
    op.create_table(
        "audit",
        sa.Column("tenant", sa.String(63), primary_key=True),
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("body", sa.LargeBinary),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("link", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_audit_tenant_kind_at", "audit", ["tenant", "kind", "at"])
