"""The files of a run: which there are, where their clean copies go, and where each is cut into parts."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from expunge.corpus.parts import KINDS, Kind, Part
from expunge.errors import ImportFailed, UsageError
from expunge.reasons import unreadable

STATE = ".expunge"
"""The folder of unfinished work and of what is done, in the folder that is written."""
ENDINGS = ", ".join(KINDS)


@dataclass(frozen=True, slots=True)
class Job:
    """One file to scrub; `name` is its path below the folder that is scrubbed, or its file name."""

    name: str
    source: Path
    destination: Path
    kind: Kind


@dataclass(frozen=True, slots=True)
class Jobs:
    """The files of a run in the order of their names, what is left out since its kind is unknown, and where state goes.

    `is_folder` tells whether a folder is mirrored; then what is done is remembered for the next run.
    """

    jobs: tuple[Job, ...]
    skipped: tuple[str, ...]
    state: Path
    is_folder: bool


def jobs_of(source: Path, destination: Path, columns: Sequence[str]) -> Jobs:
    """The files to scrub.

    Raises:
        UsageError: if there are none, one cannot be read or written, or the destination lies in the source.
    """
    if source.is_dir():
        return _folder(source, destination, columns)
    if not source.is_file():
        raise UsageError(f"There is no file or folder {source} to scrub; check its path.")
    kind = KINDS.get(source.suffix.lower())
    if kind is None:
        raise UsageError(f"A file to scrub ends in one of {ENDINGS}; rename it after what it holds.")
    if columns and kind not in (Kind.JSONL, Kind.PARQUET):
        raise UsageError("--column is for JSON lines and Parquet files; leave it out for a file of text.")
    if not os.access(source, os.R_OK):
        raise UsageError(f"The file {source} cannot be read; change its permissions.")
    if destination.is_dir():
        raise UsageError(f"The file to write, {destination}, is a folder; name a file in it.")
    if not destination.parent.is_dir():
        raise UsageError(f"The folder of {destination} does not exist; make it first.")
    job = Job(source.name, source.absolute(), destination.absolute(), kind)
    return Jobs((job,), (), job.destination.with_name(f".{destination.name}{STATE}"), False)


def _folder(source: Path, destination: Path, columns: Sequence[str]) -> Jobs:
    if destination.is_file():
        raise UsageError("A folder is scrubbed into a folder, and the one to write is a file; name another.")
    inner, outer = destination.resolve(), source.resolve()
    if inner == outer or outer in inner.parents:
        raise UsageError("The folder to write lies in the folder to scrub; name one outside of it.")
    jobs: list[Job] = []
    skipped: list[str] = []
    for path in _files(source):
        name = path.relative_to(source).as_posix()
        kind = KINDS.get(path.suffix.lower())
        if kind is None or (columns and kind not in (Kind.JSONL, Kind.PARQUET)):
            skipped.append(name)
        elif not os.access(path, os.R_OK):
            raise UsageError(f"{name} cannot be read; change its permissions.")
        else:
            jobs.append(Job(name, path.absolute(), (destination / name).absolute(), kind))
    if not jobs:
        raise UsageError(f"The folder holds no file to scrub: one whose name ends in one of {ENDINGS}.")
    return Jobs(tuple(jobs), tuple(skipped), destination.absolute() / STATE, True)


def _files(folder: Path) -> Iterator[Path]:
    for place, folders, files in os.walk(folder):
        # What an earlier run left is no text of anybody; links to folders may go round in a circle.
        folders[:] = sorted(name for name in folders if name != STATE)
        for name in sorted(files):
            yield Path(place) / name


SMALLEST = 64 * 2**10
LARGEST = 4 * 2**20
"""Bytes of a part: a thousandth of the file within these bounds, so that little is done twice after a stop."""
LONGEST = 64 * 2**20
"""Bytes of the longest line."""
_FAR = 4
"""Parts' lengths after which a paragraph is cut at a line end."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A file's parts, its size in bytes, and a digest of all its bytes."""

    parts: tuple[Part, ...]
    size: int
    digest: str


def cut(job: int, path: Path, kind: Kind) -> Cut:
    """Read a file through and say where its parts begin and end.

    Raises:
        UsageError: if the file cannot be read.
        ImportFailed: if a line is too long, or the file is not what its name says.
        MissingError: if it is a Parquet file and pyarrow is not installed.
    """
    digest = hashlib.blake2b(digest_size=16)
    try:
        size = path.stat().st_size
        with path.open("rb") as reader:
            if kind is Kind.PARQUET:
                while block := reader.read(LARGEST):
                    digest.update(block)
                from expunge.corpus.parquet import cut_groups

                parts = tuple(cut_groups(job, path))
            else:
                parts = tuple(_stretches(job, path, kind, reader, part_bytes(size), digest.update))
    except OSError as error:
        raise UsageError(unreadable(path, error)) from None
    return Cut(parts, size, digest.hexdigest())


def part_bytes(size: int) -> int:
    """About how long a part of a file of `size` bytes is."""
    return min(max(size // 1000, SMALLEST), LARGEST)


def _stretches(
    job: int, path: Path, kind: Kind, reader: BinaryIO, length: int, seen: Callable[[bytes], None]
) -> Iterator[Part]:
    start = at = lines = 0
    first, number = 1, 0
    while line := reader.readline(LONGEST):
        seen(line)
        if len(line) >= LONGEST:
            raise ImportFailed(f"Line {lines + 1:,} is longer than {LONGEST // 2**20} MiB; break it up first.")
        at += len(line)
        lines += 1
        over = at - start
        if over >= length and (kind is not Kind.PARAGRAPHS or not line.strip() or over >= _FAR * length):
            yield Part(job, path, kind, number, start, at, first)
            start, first, number = at, lines + 1, number + 1
    if at > start:
        yield Part(job, path, kind, number, start, at, first)
