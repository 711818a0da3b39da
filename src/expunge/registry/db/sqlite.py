"""SQLite: how its files are opened, locked, scrubbed and complain. All that only SQLite does is in here."""

from __future__ import annotations

import ctypes
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import NullPool

from expunge.errors import (
    ConfigError,
    RegistryError,
    RegistryLocked,
    RegistryLost,
    RegistryMissing,
    RegistryReadOnly,
)
from expunge.registry.db.base import EMPTIED, MISSING, NOT_THERE
from expunge.registry.db.files import DatabaseFiles

BUSY_SECONDS = 5.0
"""How long a change waits for another process."""

_READ_ONLY_DISK = "The registry's disk has become read-only; read the system's log, and mount the disk writable again."
_READ_ONLY = "The registry cannot be written; make its file and folder writable by this user."
_SENTENCES: dict[int, tuple[type[RegistryError], str]] = {
    sqlite3.SQLITE_BUSY: (
        RegistryLocked,
        "Another process is changing the registry; try again when it is done.",
    ),
    sqlite3.SQLITE_READONLY: (RegistryReadOnly, _READ_ONLY),
    sqlite3.SQLITE_NOTADB: (RegistryLost, "The registry's file is not a database; name another file."),
    sqlite3.SQLITE_CORRUPT: (RegistryLost, "The registry's file is damaged; restore a backup."),
    sqlite3.SQLITE_FULL: (RegistryError, "The disk is full; make room and try again."),
    sqlite3.SQLITE_CANTOPEN: (
        RegistryError,
        "The registry's file cannot be opened; check that its folder exists and can be read.",
    ),
}
_SENTENCES[sqlite3.SQLITE_LOCKED] = _SENTENCES[sqlite3.SQLITE_BUSY]
_SENTENCES[sqlite3.SQLITE_PERM] = _SENTENCES[sqlite3.SQLITE_READONLY]


class SqliteDatabase:
    """One database file, or one in memory (`path` is None), with a connection to read and one to write.

    Both connections may be used from any thread; `reading` and `writing` let one in at a time. In memory
    they are one and the same.
    """

    def __init__(self, url: str, *, keyed: bool = True, new: bool = False, must_exist: bool = False) -> None:
        """Open the database of a `sqlite:///file` URL; `?mode=ro` opens it for reading only.

        A file that is made is its owner's alone. `keyed` is whether the key is given, and not looked for beside the
        file; `new` whether a file is to be made though a key file or a log tells that there was one; with `must_exist`
        none is made.

        Raises:
            ConfigError: if the URL is of another kind.
            RegistryMissing: if the file is not there, and what lies beside it tells that it was.
            RegistryError: if the file cannot be opened.
        """
        self.path, read_only = _parse(url)
        self._files = None if self.path is None else DatabaseFiles(self.path)
        if must_exist and (self._files is None or not self._files.exists):
            raise RegistryMissing(NOT_THERE)
        if self._files is not None and not new:
            self._see_whether_missing(keyed)
        self._uri, self.read_only = self._locate(read_only)
        if self._files is not None and not self.read_only:
            self._files.make_private()
        self._closed = False
        self._write_lock = threading.RLock()
        engine = create_engine("sqlite://", creator=self._connect, poolclass=NullPool, hide_parameters=True)
        with _translated():
            self._writer = self._open(engine)
        if self.path is None:
            self._reader, self._read_lock = self._writer, self._write_lock
        else:
            self._read_lock = threading.RLock()
            with _translated():
                self._reader = engine.connect()
        if self._files is not None:
            self._files.remember(beside=not self.read_only)

    def _see_whether_missing(self, keyed: bool) -> None:
        assert self._files is not None
        # The key file first: whoever makes a registry makes its key file last.
        had_key = not keyed and self.key_file is not None and self.key_file.exists()
        if (had_key and not self._files.exists) or (self._files.left_a_log and self._files.empty):
            raise RegistryMissing(MISSING)

    def _locate(self, read_only: bool) -> tuple[str, bool]:
        if self.path is None:
            return ":memory:", False
        folder = self.path.parent
        if self.path.exists() and not (os.access(self.path, os.W_OK) and os.access(folder, os.W_OK)):
            read_only = True
        uri = f"file:{quote(str(self.path))}"
        return (f"{uri}?mode=ro" if read_only else uri), read_only

    def _open(self, engine: Engine) -> Connection:
        try:
            return engine.connect()
        except DBAPIError as error:
            if not self.read_only or _code(error) != sqlite3.SQLITE_CANTOPEN:
                raise
        # A write-ahead database in a folder where its index cannot be made is readable only like this.
        self._uri += "&immutable=1"
        return engine.connect()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._uri, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False, uri=True
        )
        try:
            connection.execute("PRAGMA secure_delete = ON")
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA cache_size = -32768")
            connection.execute("PRAGMA temp_store = MEMORY")
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except BaseException:
            connection.close()
            raise
        return connection

    @property
    def passing(self) -> bool:
        """Whether the database is in memory."""
        return self.path is None

    @property
    def key_file(self) -> Path | None:
        """The file that keeps the key if none is given; None in memory."""
        return None if self.path is None else self.path.with_name(self.path.name + ".key")

    def check(self) -> None:
        """See that the file is still where it was opened, with its log, and that its disk takes changes.

        Raises:
            RegistryLost: if another file, or none, is in its place.
            RegistryReadOnly: if the disk was made read-only.
        """
        if self._files is None:
            return
        self._files.check()
        if not self.read_only and self._files.on_a_read_only_disk:
            raise RegistryReadOnly(_READ_ONLY_DISK)

    def prepare(self) -> None:
        """Make an empty database ready for several processes (write-ahead log)."""
        deadline = time.monotonic() + BUSY_SECONDS
        while True:
            try:
                with _translated():
                    self._writer.exec_driver_sql("PRAGMA journal_mode = WAL")
                    self._writer.commit()
                return
            except RegistryLocked:
                # Two processes that change the mode at once are told so without any wait.
                self._writer.rollback()
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees the database at one moment, however many statements it takes.

        Raises:
            RegistryError: if it cannot be read.
        """
        with self._read_lock, _translated():
            self._check_open()
            if self._reader.in_transaction():
                yield self._reader
                return
            if self._files is not None:
                self._files.check()
            with self._reader.begin():
                self._reader.exec_driver_sql("BEGIN")
                yield self._reader

    @contextmanager
    def writing(self, *, wait: bool = True, announce: bool = True) -> Iterator[Connection]:
        """A transaction that is alone in changing the database, committed at the end, undone by any exception.

        Args:
            wait: whether to wait for other threads and, up to `BUSY_SECONDS`, for other processes.
            announce: nobody can be told; other processes look by themselves.

        Raises:
            RegistryLocked: if another process holds the database for too long.
            RegistryReadOnly: if it cannot be written.
            RegistryLost: if the file is no longer in its place; what was written would be gone at the next start.
            RegistryError: if it cannot be used.
        """
        if self.read_only:
            raise RegistryReadOnly(_READ_ONLY)
        if not self._write_lock.acquire(blocking=wait):
            raise RegistryLocked("Another thread is changing the registry; try again when it is done.")
        try:
            with _translated():
                self._check_open()
                if self._writer.in_transaction():
                    raise RegistryLocked("The registry is in the middle of another change; wait for its end.")
                if not wait:
                    self._patience(0)
                try:
                    with self._writer.begin():
                        self._writer.exec_driver_sql("BEGIN IMMEDIATE")
                        if self._files is not None:
                            # There is a log at the latest now, and it stays as long as anybody is here.
                            self._files.remember(beside=True)
                        self.check()
                        yield self._writer
                    # Whoever is told that a change was made must find it at the next start.
                    self.check()
                    # A large cache serves a large change; kept, it would fill with each decision that is logged.
                    self._writer.exec_driver_sql("PRAGMA shrink_memory")
                    self._writer.rollback()
                finally:
                    if not wait:
                        self._patience(BUSY_SECONDS)
        finally:
            self._write_lock.release()

    def wait(self, seconds: float, end: threading.Event) -> bool:
        """Wait so long, or until `end` is set: whether it is."""
        return end.wait(seconds)

    def scrub(self) -> None:
        """Overwrite what deleted rows left in the file and its log.

        SQLite's `secure_delete` clears the rows but not older copies of them that the balancing of
        pages left behind; rewriting the file does. Takes about a second per 100 MB.

        Raises:
            RegistryError: if it cannot be done now; the database is unchanged.
        """
        if self.path is None or self.read_only:
            return
        with self._write_lock, _translated():
            self._check_open()
            try:
                self._writer.exec_driver_sql("VACUUM")
                busy = self._writer.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar()
            finally:
                self._writer.rollback()
            if busy:
                raise RegistryLocked("Another process is reading the registry; try again when it is done.")

    def close(self) -> None:
        """Close both connections; more than once does no harm."""
        with self._write_lock, self._read_lock:
            if not self._closed and self._files is not None and self._files.log_is_anothers:
                # Closing its last connection, SQLite would delete whatever log lies in the place of its own.
                _leave_the_log(self._reader, self._writer)
                self._closed = True
                return
            self._closed = True
            self._reader.close()
            self._writer.close()

    def _check_open(self) -> None:
        if self._closed:
            raise RegistryError("The registry is closed; open it again.")

    def _patience(self, seconds: float) -> None:
        self._writer.exec_driver_sql(f"PRAGMA busy_timeout = {int(seconds * 1000)}")
        self._writer.rollback()


def _parse(url: str) -> tuple[Path | None, bool]:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise ConfigError(
            "The registry's url is invalid; write sqlite:///file or postgresql://user@host/database."
        ) from None
    if parsed.drivername not in ("sqlite", "sqlite+pysqlite") or parsed.host:
        raise ConfigError(
            "The registry's url is of a kind that is not supported; write sqlite:///file or postgresql://user@host/database."
        )
    query = dict(parsed.query)
    mode = query.pop("mode", "rwc")
    if query or mode not in ("ro", "rwc"):
        raise ConfigError("The registry's url has an unknown option; only mode=ro is known.")
    if parsed.database in (None, "", ":memory:"):
        return None, False
    return Path(str(parsed.database)).expanduser().absolute(), mode == "ro"


def _leave_the_log(*connections: Connection) -> None:
    """Let connections be open until the process ends."""
    for connection in connections:
        raw = connection.connection.driver_connection
        connection.detach()
        # Not even the interpreter's own end may close it.
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(raw))


def _code(error: DBAPIError) -> int:
    """SQLite's primary result code."""
    return int(getattr(error.orig, "sqlite_errorcode", 0)) & 0xFF


@contextmanager
def _translated() -> Iterator[None]:
    """Turn the driver's errors, which quote statements, into ours, which do not."""
    try:
        yield
    except DBAPIError as error:
        raise _told(error) from None


def _told(error: DBAPIError) -> RegistryError:
    if str(error.orig).startswith("no such table"):
        return RegistryLost(EMPTIED)
    kind, sentence = _SENTENCES.get(
        _code(error), (RegistryError, "The registry's database failed; check its disk and try again.")
    )
    return kind(sentence)
