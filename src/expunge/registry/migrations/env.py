"""What Alembic runs to reach the database: the connection is handed in by `upgrade`."""

from __future__ import annotations

from alembic import context

from expunge.registry.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, transactional_ddl=False)
with context.begin_transaction():
    context.run_migrations()
