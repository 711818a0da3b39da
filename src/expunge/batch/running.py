"""One run from choices to report: which engine, by which targets, how long."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass

from expunge.batch import pool, ray_data, work
from expunge.batch.corpus import Corpus, Progress
from expunge.batch.cutting import part_bytes
from expunge.batch.jobs import Jobs
from expunge.batch.parts import Order, Part, Result
from expunge.batch.report import Report
from expunge.settings import Settings
from expunge.types import NOTHING_PENDING, Pending, Snapshot


@dataclass(frozen=True, slots=True)
class Choices:
    """How a corpus is scrubbed; `engine` is "local" or "ray", `address` that of a running Ray cluster."""

    columns: tuple[str, ...] = ()
    drop_rows: bool = False
    workers: int = 1
    engine: str = "local"
    address: str = ""
    force: bool = False
    dry_run: bool = False


def run(
    jobs: Jobs,
    choices: Choices,
    settings: Settings,
    snapshot: Snapshot,
    progress: Progress | None = None,
    *,
    pending: Pending = NOTHING_PENDING,
) -> Report:
    """Scrub the files by the targets of a snapshot of the settings' registry; `pending` facts are not embedded.

    Raises:
        ImportFailed: if a file is malformed, or does not hold a column.
        MissingError: if an extra is needed and not installed.
        ScrubStopped: if the run ended before its end; what was done is kept.
        UsageError: if a file cannot be read or written.
    """
    began = time.perf_counter()
    order = Order(settings, choices.columns, choices.drop_rows, work.mark_of(snapshot), pending)
    corpus = Corpus(jobs, order, force=choices.force, dry_run=choices.dry_run, progress=progress)
    # One short file is done before a second process has started.
    size = sum(job.source.stat().st_size for job in jobs.jobs)
    workers = min(choices.workers, -(-size // part_bytes(0))) or 1

    def engine(parts: Iterator[Part]) -> Generator[Result]:
        if choices.engine == "ray":
            return ray_data.results_of(parts, order, choices.workers, choices.address)
        if workers == 1:
            return work.results_of(parts, order)
        return pool.results_of(parts, order, workers)

    files = corpus.run(engine)
    return Report(
        snapshot.revision,
        choices.engine,
        choices.workers if choices.engine == "ray" else workers,
        choices.dry_run,
        choices.drop_rows,
        choices.columns,
        files,
        jobs.skipped,
        time.perf_counter() - began,
        pending,
    )
