"""The finished work on one file: its clean parts one after the other, and a journal that says which they are.

A part counts once its line is in the journal, and the line is written after the part's bytes are on the disk.
So a run that is killed at any moment goes on after the last whole part.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from expunge.corpus.parts import Counts, PartDone
from expunge.errors import UsageError
from expunge.reasons import reason_of


@dataclass(frozen=True, slots=True)
class Entry:
    """A part in the spool: where its bytes begin, how many they are, and what the part counted."""

    start: int
    length: int
    counts: Counts
    columns: frozenset[str]


class Spool:
    """The parts of one file that are done, kept in two files of a folder.

    Args:
        folder: made if there is none; nobody else may be at it (see `locked`).
        key: names the file in the folder.
        fingerprint: of everything that the parts depend on; what was kept under another is thrown away.

    Raises:
        UsageError: if the folder cannot be written.
    """

    def __init__(self, folder: Path, key: str, fingerprint: str) -> None:
        self.path = folder / f"{key}.part"
        self._journal_path = folder / f"{key}.journal"
        self.entries: list[Entry] = []
        self._files: tuple[BinaryIO, BinaryIO] | None = None
        with _told():
            self._resume(fingerprint)

    def append(self, done: PartDone) -> None:
        """Keep the next part.

        Raises:
            UsageError: if it cannot be written.
        """
        entry = Entry(self._end, len(done.data), done.counts, done.columns)
        line = {
            "length": entry.length,
            "crc": zlib.crc32(done.data),
            "counts": done.counts.as_json(),
            "columns": sorted(done.columns),
        }
        with _told():
            if self._files is None:
                self._files = self.path.open("ab"), self._journal_path.open("ab")
            data, journal = self._files
            _written(data, done.data)
            _written(journal, json.dumps(line).encode() + b"\n")
        self.entries.append(entry)

    def result(self, number: int) -> bytes:
        """The bytes of a part that is done."""
        entry = self.entries[number]
        with _told(), self.path.open("rb") as data:
            data.seek(entry.start)
            return data.read(entry.length)

    def close(self) -> None:
        """Leave what is done for a later run."""
        for file in self._files or ():
            file.close()
        self._files = None

    def discard(self) -> None:
        """Delete what is kept."""
        self.close()
        self.path.unlink(missing_ok=True)
        self._journal_path.unlink(missing_ok=True)

    @property
    def _end(self) -> int:
        return self.entries[-1].start + self.entries[-1].length if self.entries else 0

    def _resume(self, fingerprint: str) -> None:
        self.path.touch()
        header = json.dumps({"fingerprint": fingerprint}).encode() + b"\n"
        good = 0
        if self._journal_path.exists():
            with self._journal_path.open("rb") as journal, self.path.open("rb") as data:
                if journal.readline() == header:
                    good = len(header)
                    for entry, length in _kept(journal, data):
                        self.entries.append(entry)
                        good += length
        os.truncate(self.path, self._end)
        if good:
            os.truncate(self._journal_path, good)
        else:
            with self._journal_path.open("wb") as journal:
                _written(journal, header)


def _kept(journal: BinaryIO, data: BinaryIO) -> Iterator[tuple[Entry, int]]:
    """The parts whose bytes are what the journal says, each with the length of its line."""
    start = 0
    for line in journal:
        record = _record(line)
        if not isinstance(record, dict) or not line.endswith(b"\n"):
            return
        raw = data.read(record["length"])
        if len(raw) != record["length"] or zlib.crc32(raw) != record["crc"]:
            return
        yield Entry(start, len(raw), Counts(**record["counts"]), frozenset(record["columns"])), len(line)
        start += len(raw)


def _written(file: BinaryIO, data: bytes) -> None:
    file.write(data)
    file.flush()
    os.fsync(file.fileno())


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Nobody else works in a folder while the block runs; it is made, and deleted again if nothing is left in it.

    Raises:
        UsageError: if another process is at it, or it cannot be made.
    """
    lock = folder / "lock"
    with _told():
        folder.mkdir(parents=True, exist_ok=True)
        file = lock.open("ab")
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageError("Another run is writing the same output; let it end, or name another.") from None
        try:
            yield
        finally:
            lock.unlink(missing_ok=True)
            # Kept work keeps the folder, too.
            with contextlib.suppress(OSError):
                folder.rmdir()
    finally:
        file.close()


def _record(line: bytes) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return None


@contextlib.contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UsageError(f"The output cannot be written: {reason_of(error)}, and run it again.") from None
