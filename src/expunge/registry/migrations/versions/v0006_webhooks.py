"""A table of how far each webhook has been told of changes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the table of places."""
    op.create_table(
        "webhooks",
        sa.Column("endpoint", sa.String(64), primary_key=True),
        sa.Column("tenant", sa.String(63), primary_key=True),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("holder", sa.String(32)),
        sa.Column("held_until", sa.BigInteger),
    )
