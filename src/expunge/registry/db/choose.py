"""The choice of a database by its URL."""

from __future__ import annotations

from expunge.registry.db.base import Database
from expunge.registry.db.sqlite import SqliteDatabase


def open_database(url: str, *, keyed: bool, new: bool = False, must_exist: bool = False) -> Database:
    """The database of a URL.

    Args:
        url: where it is.
        keyed: whether its key is given, and not looked for beside it.
        new: whether one is to be begun where there are only traces of an earlier one.
        must_exist: whether none is to be begun in any case.

    Raises:
        ConfigError: if the URL is of an unknown kind.
        RegistryMissing: if it is not there, and what lies in its place tells that it was.
        RegistryError: if it cannot be opened.
    """
    if url.startswith(("postgresql:", "postgresql+psycopg:", "postgres:")):
        from expunge.registry.db.postgres import PostgresDatabase  # its driver takes long to load

        return PostgresDatabase(url)
    return SqliteDatabase(url, keyed=keyed, new=new, must_exist=must_exist)
