"""The script that Alembic runs to reach the database, on the connection that `upgrade` hands in."""

from __future__ import annotations

from alembic import context

from expunge.registry.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, transactional_ddl=False)
with context.begin_transaction():
    context.run_migrations()
