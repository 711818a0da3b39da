"""A cache of the embeddings of facts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the table of vectors."""
    op.create_table(
        "vectors",
        sa.Column("target_id", sa.String(32), sa.ForeignKey("targets.id"), primary_key=True),
        sa.Column("space", sa.String(200), primary_key=True),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
    )
