"""A registry's files on disk: kept to their owner, and told from others that come to lie in their places."""

from __future__ import annotations

import logging
import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from expunge.errors import RegistryLost

_LOG = logging.getLogger("expunge.registry")
_OWNER_ONLY = 0o600
_LOST = (
    "The registry's file was deleted, moved or replaced while it was in use, so that changes would be lost; put it "
    "back, or stop, restore a backup and start again. Until then all that is in memory stays in force."
)

_Identity = tuple[int, int]


class DatabaseFiles:
    """A SQLite database file and the two that SQLite keeps beside it while it is open (log and index)."""

    def __init__(self, path: Path) -> None:
        self._path = path
        # SQLite keeps its own files beside the one that a symbolic link leads to.
        real = path.resolve()
        self._log = real.with_name(real.name + "-wal")
        self._beside = (self._log, real.with_name(real.name + "-shm"))
        self._real = real
        self._known: dict[Path, _Identity] = {}
        self._filled = False

    @property
    def exists(self) -> bool:
        """Whether there is a database file."""
        return _identity(self._path) is not None

    @property
    def empty(self) -> bool:
        """Whether the database file is empty or missing."""
        return _size(self._path) == 0

    @property
    def left_a_log(self) -> bool:
        """Whether a log or its index was left behind by a process that did not end normally: SQLite removes both."""
        return any(_identity(path) is not None for path in self._beside)

    @property
    def log_is_anothers(self) -> bool:
        """Whether the log, if there was one, has been replaced by another file."""
        now = _identity(self._log)
        return now is not None and now != self._known.get(self._log, now)

    @property
    def on_a_read_only_disk(self) -> bool:
        """Whether the file's disk is read-only; False if that cannot be determined."""
        if not hasattr(os, "statvfs"):
            return False
        try:
            return bool(os.statvfs(self._path).f_flag & os.ST_RDONLY)
        except OSError:
            return False

    def make_private(self) -> None:
        """Make the file, readable by its owner only, unless it is there; then take from everybody what they may not."""
        try:
            # Never opened where it exists: closing it would drop the locks of this process's other connections.
            os.close(os.open(self._real, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY))
        except FileExistsError:
            for path in (self._path, *self._beside):
                keep_private(path)
        except OSError:
            # SQLite will say what is wrong.
            return

    def remember(self, *, beside: bool) -> None:
        """Take down which files these are; `beside` whether those beside it are looked after, too."""
        found = _identity(self._path)
        if found is not None:
            self._known.setdefault(self._path, found)
        if beside:
            for path in self._beside:
                if (found := _identity(path)) is not None:
                    self._known.setdefault(path, found)

    def check(self) -> None:
        """See that every file is where it was.

        Raises:
            RegistryLost: if another one, or none, is in its place, or it was emptied.
        """
        for path, known in self._known.items():
            if _identity(path) != known:
                raise RegistryLost(_LOST)
        size = _size(self._path)
        if self._filled and not size:
            raise RegistryLost(_LOST)
        self._filled = size > 0


def create_private(path: Path) -> BinaryIO:
    """A new file to write to, which its owner alone may read.

    Raises:
        OSError: if it is there, or cannot be made.
    """
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY), "wb")


def keep_private(path: Path) -> None:
    """Let nobody but the owner read a file that everybody may read; a group that was let in on purpose is told of."""
    with suppress(OSError):
        mode = stat.S_IMODE(path.stat().st_mode)
        if os.name != "posix" or not mode & 0o077:
            return
        if mode & 0o007:
            try:
                path.chmod(_OWNER_ONLY)
            except OSError:
                _LOG.warning(
                    "Everybody on this machine can read a file of the registry; its owner should chmod it 600."
                )
            return
        _LOG.warning("A group can read a file of the registry; if that is not meant, chmod it 600.")


def _identity(path: Path) -> _Identity | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
