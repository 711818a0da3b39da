"""SEAM: where a registry lies. One file to read in order to add another database."""

from __future__ import annotations

import threading
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection

MISSING = (
    "The registry is missing or empty, but its key file or its log is there; put the registry back from a copy. "
    "To begin an empty one in its place, in which nobody is in force, start once with `expunge serve --new` "
    "(in Python: new=True)."
)
"""What is said where a registry is gone."""
NOT_THERE = (
    "There is no registry where there must be one; put it back from a copy, or correct its url. "
    "To begin an empty one, in which nobody is in force, start once with `expunge serve --new` (in Python: new=True)."
)
EMPTIED = (
    "The registry's database was emptied while it was in use; stop, restore a backup and start again. "
    "Until then all that is in memory stays in force."
)
PUT_BACK = (
    "The registry's database was put back to an earlier state while it was in use; restart expunge to go on from that. "
    "Until then all that is in memory stays in force."
)
"""Two ways in which a registry is lost in its place."""


class Database(Protocol):
    """A database that may be used from any thread, and at the same time by other processes.

    Methods raise RegistryError, or one of its kinds, whose sentences quote neither statements nor addresses.
    """

    @property
    def key_file(self) -> Path | None:
        """The file that keeps the registry's key if none is given, or None if there is no such file."""
        ...

    @property
    def passing(self) -> bool:
        """Whether everything is lost on closing, so that a temporary key will do."""
        ...

    @property
    def read_only(self) -> bool:
        """Whether it can only be read."""
        ...

    def prepare(self) -> None:
        """Make an empty database ready for several processes."""
        ...

    def check(self) -> None:
        """See, at little cost, that a change would last.

        Raises:
            RegistryLost: if the database is no longer where it was opened.
            RegistryReadOnly: if its disk takes no changes any more.
        """
        ...

    def reading(self) -> AbstractContextManager[Connection]:
        """A transaction that sees the database at one moment, however many statements it takes."""
        ...

    def writing(self, *, wait: bool = True, announce: bool = True) -> AbstractContextManager[Connection]:
        """A transaction that is alone in changing the database, committed at the end, undone by any exception.

        What it committed is on disk when it ends, and where the next start will look for it. `wait` is whether to wait
        for others that change it, for `BUSY_SECONDS` at most; `announce` whether others are to look at once, where they
        can be told.
        """
        ...

    def wait(self, seconds: float, end: threading.Event) -> bool:
        """Wait so long, or until somebody tells of a change, where that is possible, or `end` is set: whether it is."""
        ...

    def scrub(self) -> None:
        """Overwrite what deleted rows left behind, where that is ours to do."""
        ...

    def close(self) -> None:
        """Close the connections; more than once does no harm."""
        ...
