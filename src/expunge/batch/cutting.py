"""Files cut into parts, always at the same places, and the digest by which a changed file is told."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from expunge.batch.parts import Kind, Part
from expunge.errors import ImportFailed, UsageError
from expunge.reasons import unreadable

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
                from expunge.batch.parquet import cut_groups

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
