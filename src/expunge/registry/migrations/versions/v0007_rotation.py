"""Room for a second key while the registry's is changed, and vectors that can be encrypted anew.

The vectors' digests were hashed with the key, which cannot be done again with another. They move into the encrypted
data; the vectors there were, a cache, are worked out once more.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the columns of the second key, and make the table of vectors anew."""
    op.add_column("registry", sa.Column("next_salt", sa.LargeBinary))
    op.add_column("registry", sa.Column("next_check", sa.LargeBinary))
    op.drop_table("vectors")
    op.create_table(
        "vectors",
        sa.Column("target_id", sa.String(32), sa.ForeignKey("targets.id"), primary_key=True),
        sa.Column("space", sa.String(200), primary_key=True),
        sa.Column("data", sa.LargeBinary, nullable=False),
    )
