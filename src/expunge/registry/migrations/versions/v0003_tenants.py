"""Tenants: each has its own targets and its own revision. What was there becomes the default tenant's."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Say whose each target is, and move the revision to its tenant."""
    tenants = op.create_table(
        "tenants",
        sa.Column("name", sa.String(63), primary_key=True),
        sa.Column("revision", sa.BigInteger, nullable=False),
    )
    connection = op.get_bind()
    for (reached,) in connection.execute(sa.text("SELECT revision FROM registry")).all():
        op.bulk_insert(tenants, [{"name": "default", "revision": reached}])
    op.drop_column("registry", "revision")
    for table in ("targets", "removals"):
        op.add_column(table, sa.Column("tenant", sa.String(63), nullable=False, server_default="default"))
        op.create_index(f"ix_{table}_tenant_revision", table, ["tenant", "revision"])
        op.drop_index(f"ix_{table}_revision", table)
