"""Numbered steps from an empty database, or an older one, to today's tables.

Alembic is imported only when there is a step to take, since its import costs a process start 0.2 s.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from expunge.errors import RegistryError, RegistryTooNew
from expunge.registry.schema import VERSIONS


def version(connection: Connection) -> str | None:
    """The last migration that the database has been through, or None if it is empty.

    Raises:
        RegistryTooNew: if this version of expunge does not know that migration.
        RegistryError: if the database holds somebody else's tables.
    """
    tables = inspect(connection).get_table_names()
    if "alembic_version" not in tables:
        if tables:
            raise RegistryError(
                "The database holds other tables, not a registry; give the registry a database of its own."
            )
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if found not in VERSIONS:
        raise RegistryTooNew("The registry was written by a newer version of expunge; upgrade expunge to use it.")
    if "registry" not in tables:
        raise RegistryError("The database holds other tables, not a registry; give the registry a database of its own.")
    return str(found)


def upgrade(connection: Connection, to: str = "head") -> None:
    """Run the missing migrations up to `to` inside the connection's own transaction."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, to)
