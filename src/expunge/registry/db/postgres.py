"""PostgreSQL: how it is reached, locked, listened to and complains. All that only PostgreSQL does is in here."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo
from sqlalchemy import URL, Connection, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, TimeoutError

from expunge.errors import ConfigError, RegistryError, RegistryLocked, RegistryLost, RegistryReadOnly
from expunge.registry.db.base import EMPTIED

BUSY_SECONDS = 5.0
"""How long a change waits for another one."""
CHANNEL = "expunge_registry"
LISTENING_SECONDS = 1.0
"""How often the database is looked at though nobody told of a change."""

_LOCK = 0x65787075_6E676531
_PATIENCE = 0.1
_CONNECT: dict[str, str | int | None] = {
    "connect_timeout": 5,
    "application_name": "expunge",
    # A peer that is gone without a word is noticed within seconds.
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
_GONE = "The registry's database cannot be reached; check that PostgreSQL runs and that the url is right."
_BUSY = "Another process is changing the registry; try again when it is done."
_SENTENCES: dict[str, tuple[type[RegistryError], str]] = {
    "55P03": (RegistryLocked, _BUSY),
    "25006": (RegistryReadOnly, "The registry's database is read-only now; name its primary server."),
    "42501": (RegistryReadOnly, "The registry's user may not change it; grant it the rights to its tables."),
    "53100": (RegistryError, "The disk of the registry's database is full; make room and try again."),
    "53300": (RegistryError, "PostgreSQL has no connection left; raise max_connections, or run fewer processes."),
    "28P01": (RegistryError, "PostgreSQL rejects this user; check the user and the password in the url."),
    "28000": (RegistryError, "PostgreSQL rejects this user; check the user and the password in the url."),
    "42P01": (RegistryLost, EMPTIED),
    "3F000": (RegistryLost, EMPTIED),
    "3D000": (RegistryError, "The server has no such database; create it first, for example with createdb."),
}
_BY_WORDS = {
    "password": "28P01",
    "authentication": "28P01",
    "role": "28000",
    "does not exist": "3D000",
    "too many": "53300",
    "remaining connection slots": "53300",
}


class PostgresDatabase:
    """A database on a PostgreSQL server. Connections that broke are replaced at the next use."""

    key_file: Path | None = None
    passing = False
    read_only = False

    def __init__(self, url: str) -> None:
        """Reach the database of a `postgresql://user@host/name` URL; what libpq knows may follow a `?`.

        Raises:
            ConfigError: if the URL is none.
            RegistryError: if it cannot be reached.
        """
        parsed = _parse(url)
        options = {key: value if isinstance(value, str) else ",".join(value) for key, value in parsed.query.items()}
        own = {"host": parsed.host, "port": parsed.port, "user": parsed.username, "password": parsed.password}
        given: dict[str, str | int | None] = {key: value for key, value in own.items() if value}
        try:
            self._conninfo = make_conninfo("", **{**_CONNECT, **given, "dbname": parsed.database, **options})
        except psycopg.ProgrammingError:
            raise ConfigError("The registry's url has an option that PostgreSQL does not know; remove it.") from None
        self._engine = create_engine(
            "postgresql+psycopg://",
            creator=lambda: psycopg.connect(self._conninfo),
            pool_size=4,
            max_overflow=8,
            pool_timeout=BUSY_SECONDS,
            pool_pre_ping=True,
            hide_parameters=True,
        )
        self._closed = False
        self._write_lock = threading.RLock()
        self._writing = False
        self._listener: psycopg.Connection[tuple[object, ...]] | None = None
        try:
            with _translated(), self._engine.connect() as connection:
                encoding = connection.execute(text("SHOW server_encoding")).scalar()
        except BaseException:
            self._engine.dispose()
            raise
        if encoding != "UTF8":
            self._engine.dispose()
            raise RegistryError("The registry's database is not in UTF8; make one that is: createdb --encoding=UTF8.")

    def prepare(self) -> None:
        """Nothing: PostgreSQL is made for several processes."""

    def check(self) -> None:
        """Nothing: what PostgreSQL acknowledged is its own to keep."""

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees the database at one moment.

        Raises:
            RegistryError: if it cannot be read.
        """
        with _translated():
            self._check_open()
            with self._engine.connect() as plain:
                connection = plain.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
                with connection.begin():
                    yield connection

    @contextmanager
    def writing(self, *, wait: bool = True, announce: bool = True) -> Iterator[Connection]:
        """A transaction that is alone in changing the registry, on disk at its end, undone by any exception.

        Raises:
            RegistryLocked: if another process is changing it for too long.
            RegistryReadOnly: if it cannot be changed.
            RegistryError: if it cannot be used.
        """
        if not self._write_lock.acquire(blocking=wait):
            raise RegistryLocked("Another thread is changing the registry; try again when it is done.")
        try:
            if self._writing:
                raise RegistryLocked("The registry is in the middle of another change; wait for its end.")
            self._writing = True
            try:
                with _translated():
                    self._check_open()
                    with self._engine.begin() as connection:
                        _lock(connection, wait)
                        yield connection
                        if announce:
                            connection.execute(text("SELECT pg_notify(:channel, '')"), {"channel": CHANNEL})
            finally:
                self._writing = False
        finally:
            self._write_lock.release()

    def wait(self, seconds: float, end: threading.Event) -> bool:
        """Wait until somebody tells of a change, or for `LISTENING_SECONDS`; where nobody can, for `seconds`."""
        if self._listener is None and not self._listen():
            return end.wait(seconds)
        deadline = time.monotonic() + max(seconds, LISTENING_SECONDS)
        try:
            assert self._listener is not None
            while not end.is_set() and time.monotonic() < deadline:
                for _ in self._listener.notifies(timeout=_PATIENCE, stop_after=1):
                    return end.is_set()
        except psycopg.Error:
            self._deafen()
        return end.is_set()

    def scrub(self) -> None:
        """Nothing: what deleted rows leave is PostgreSQL's to clear, by VACUUM."""

    def close(self) -> None:
        """Close every connection; more than once does no harm."""
        self._closed = True
        self._deafen()
        self._engine.dispose()

    def _listen(self) -> bool:
        try:
            listener = psycopg.connect(self._conninfo, autocommit=True)
        except psycopg.Error:
            return False
        try:
            listener.execute(f"LISTEN {CHANNEL}")
        except psycopg.Error:
            listener.close()
            return False
        self._listener = listener
        return True

    def _deafen(self) -> None:
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    def _check_open(self) -> None:
        if self._closed:
            raise RegistryError("The registry is closed; open it again.")


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url.replace("postgres:", "postgresql:", 1) if url.startswith("postgres:") else url)
    except (ArgumentError, ValueError):
        raise ConfigError("The registry's url is invalid; write postgresql://user@host/database.") from None
    if not parsed.database:
        raise ConfigError("The registry's url names no database; write postgresql://user@host/database.")
    return parsed.set(drivername="postgresql+psycopg")


def _lock(connection: Connection, wait: bool) -> None:
    """Be alone in writing until the transaction ends; whoever waits here reads, once let in, what was committed."""
    # A server that acknowledges before its disk does must not do so here.
    durable = "SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off'"
    connection.execute(text(durable))
    if not wait:
        if not connection.execute(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": _LOCK}).scalar():
            raise RegistryLocked(_BUSY)
        return
    connection.execute(text(f"SET LOCAL lock_timeout = {int(BUSY_SECONDS * 1000)}"))
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


@contextmanager
def _translated() -> Iterator[None]:
    """Turn the driver's errors, which quote statements and addresses, into ours, which do not."""
    try:
        yield
    except TimeoutError:
        raise RegistryLocked("Every connection to the registry is in use; try again in a moment.") from None
    except DBAPIError as error:
        kind, sentence = _told(error)
        raise kind(sentence) from None


def _told(error: DBAPIError) -> tuple[type[RegistryError], str]:
    code = str(getattr(error.orig, "sqlstate", None) or "")
    if not code and isinstance(error.orig, psycopg.OperationalError):
        # What went wrong while connecting has words and no code.
        words = str(error.orig)
        code = next((state for word, state in _BY_WORDS.items() if word in words), "08006")
    if code in _SENTENCES:
        return _SENTENCES[code]
    if error.connection_invalidated or code[:2] in ("08", "57"):
        return RegistryError, _GONE
    return RegistryError, "The registry's database failed; its own log says why."
