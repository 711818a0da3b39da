"""What a run did, by file and in sum: counts and ids, no text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from expunge.batch.parts import Counts
from expunge.types import NOTHING_PENDING, Pending


@dataclass(frozen=True, slots=True)
class FileReport:
    """One file: `parts` it was cut into, of which `resumed` were done by an earlier run."""

    name: str
    counts: Counts
    parts: int
    resumed: int

    def as_json(self) -> dict[str, Any]:
        """For the report."""
        return {"file": self.name, **self.counts.as_json(), "parts": self.parts, "resumed": self.resumed}


@dataclass(frozen=True, slots=True)
class Report:
    """A whole run. `revision` is that of the targets it was scrubbed by; `skipped` names files of other kinds;
    `pending` counts the facts that were not embedded, and so told by their words alone."""

    revision: int
    engine: str
    workers: int
    dry_run: bool
    drop_rows: bool
    columns: tuple[str, ...]
    files: Sequence[FileReport]
    skipped: tuple[str, ...]
    seconds: float
    pending: Pending = NOTHING_PENDING

    @property
    def counts(self) -> Counts:
        """The counts of all files."""
        return sum((file.counts for file in self.files), Counts())

    def as_json(self) -> dict[str, Any]:
        """The report as a JSON object."""
        total = self.counts
        return {
            "revision": self.revision,
            "engine": self.engine,
            "workers": self.workers,
            "dry_run": self.dry_run,
            "drop_rows": self.drop_rows,
            "columns": list(self.columns),
            "texts": total.texts,
            **total.as_json(),
            "files": [file.as_json() for file in self.files],
            "skipped": list(self.skipped),
            "seconds": round(self.seconds, 3),
            "pending": {"facts": self.pending.facts, "targets": self.pending.targets},
        }
