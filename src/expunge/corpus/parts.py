"""The values that travel between the driver of a run and those who scrub: all of them can be pickled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from expunge.settings import Settings
from expunge.types import NOTHING_PENDING, Pending


class Kind(StrEnum):
    """The form of a file's rows: paragraphs parted by blank lines, lines, JSON lines, or Parquet row groups."""

    PARAGRAPHS = "paragraphs"
    LINES = "lines"
    JSONL = "jsonl"
    PARQUET = "parquet"


KINDS: Mapping[str, Kind] = {
    ".txt": Kind.PARAGRAPHS,
    ".text": Kind.PARAGRAPHS,
    ".md": Kind.PARAGRAPHS,
    ".log": Kind.LINES,
    ".jsonl": Kind.JSONL,
    ".ndjson": Kind.JSONL,
    ".parquet": Kind.PARQUET,
}
"""By the lower-case ending of a file's name."""


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of one file that is scrubbed by itself.

    `start` and `end` are bytes of a text file; of a Parquet file they are rows of row group `group`. `first` is the
    number, from 1, of the first line or row, for messages.
    """

    job: int
    path: Path
    kind: Kind
    number: int
    start: int
    end: int
    first: int
    group: int = 0


@dataclass(frozen=True, slots=True)
class Order:
    """The order for every part of a run: configuration, columns (none: all), and the targets in force.

    `mark` names the targets, so that no part is scrubbed by others than the rest (see `mark_of`). `pending` are facts
    that were not embedded when the run began.
    """

    settings: Settings
    columns: tuple[str, ...]
    drop_rows: bool
    mark: str
    pending: Pending = NOTHING_PENDING


@dataclass(frozen=True, slots=True)
class Counts:
    """The counts of rows and of the texts in them, by what became of them.

    `changed` rows are not what they were, `emptied` ones among them hold a text that was withheld whole (and are gone
    where rows are dropped). `targets` counts, by id, the texts in which a target was found and erased.
    """

    rows: int = 0
    changed: int = 0
    emptied: int = 0
    passed: int = 0
    rewritten: int = 0
    refused: int = 0
    targets: Mapping[str, int] = field(default_factory=dict)

    @property
    def texts(self) -> int:
        """All texts."""
        return self.passed + self.rewritten + self.refused

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.rows + other.rows,
            self.changed + other.changed,
            self.emptied + other.emptied,
            self.passed + other.passed,
            self.rewritten + other.rewritten,
            self.refused + other.refused,
            dict(Counter(self.targets) + Counter(other.targets)),
        )

    def as_json(self) -> dict[str, Any]:
        """For reports and journals."""
        return {
            "rows": self.rows,
            "changed": self.changed,
            "emptied": self.emptied,
            "passed": self.passed,
            "rewritten": self.rewritten,
            "refused": self.refused,
            "targets": dict(sorted(self.targets.items())),
        }


@dataclass(frozen=True, slots=True)
class PartDone:
    """A scrubbed part: what goes into the output in its place, and which of the columns it held."""

    part: Part
    data: bytes
    counts: Counts
    columns: frozenset[str]


@dataclass(frozen=True, slots=True)
class PartFailed:
    """A part that was not scrubbed: the kind of error, a class of `expunge.errors`, and its sentence."""

    part: Part
    kind: str
    message: str


Result = PartDone | PartFailed
