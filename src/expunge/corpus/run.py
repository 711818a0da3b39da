"""A run over a corpus: cut, spread, gathered in order, each file put in its place when it is whole, and reported."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from expunge import errors
from expunge.corpus import pool, ray_data, work
from expunge.corpus.files import Cut, Job, Jobs, cut, part_bytes
from expunge.corpus.parquet import write_file
from expunge.corpus.parts import Counts, Kind, Order, Part, PartFailed, Result
from expunge.corpus.spool import Spool, locked
from expunge.errors import ExpungeError, ImportFailed, UsageError
from expunge.reasons import reason_of
from expunge.settings import Settings
from expunge.types import NOTHING_PENDING, Pending, Snapshot
from expunge.version import __version__


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


Engine = Callable[[Iterator[Part]], Generator[Result]]
"""Gives the results of parts, in their order."""
Progress = Callable[[int, int], None]
"""Told how many bytes are done, and of how many."""


@dataclass(slots=True)
class _File:
    """A file while it is worked on; without a spool only counts are kept."""

    job: Job
    cut: Cut
    fingerprint: str
    before: tuple[int, int]
    spool: Spool | None
    resumed: int = 0
    counts: list[Counts] = field(default_factory=list)
    columns: set[str] = field(default_factory=set)


class Corpus:
    """The files of a run under one order.

    Args:
        jobs: what to do.
        order: by what.
        force: whether files that this command did not write may be overwritten.
        dry_run: whether nothing is written at all.
        progress: told of every part.

    Raises:
        UsageError: if a file to write exists already and `force` is not given.
    """

    def __init__(
        self, jobs: Jobs, order: Order, *, force: bool = False, dry_run: bool = False, progress: Progress | None = None
    ) -> None:
        self._jobs = jobs
        self._order = order
        self._dry_run = dry_run
        self._progress = progress
        self._open: dict[int, _File] = {}
        self._reports: dict[int, FileReport] = {}
        self._total = sum(job.source.stat().st_size for job in jobs.jobs)
        self._whole = 0
        for job in jobs.jobs if not (force or dry_run) else ():
            if job.destination.exists() and not self._is_ours(job):
                what = f"{job.name} exists" if jobs.is_folder else "The file to write exists"
                raise UsageError(f"{what} already; name another place, or overwrite it with --force.")

    def run(self, engine: Engine) -> list[FileReport]:
        """Scrub what is not done yet; the reports are in the order of the files.

        What is done stays done, whatever happens: a second run goes on from there.

        Raises:
            ImportFailed: if a file is malformed or does not hold a column; of that file nothing is kept.
            ScrubStopped: if a text could not be judged, or a worker was lost.
            UsageError: if a file cannot be read or written, or changed meanwhile.
        """
        with nullcontext() if self._dry_run else locked(self._jobs.state), closing(engine(self._pending())) as results:
            try:
                for result in results:
                    self._take(result)
            finally:
                for file in self._open.values():
                    if file.spool is not None:
                        file.spool.close()
        return [self._reports[number] for number in range(len(self._jobs.jobs))]

    def _pending(self) -> Iterator[Part]:
        """The parts that are not done, file by file; a file that is done needs no engine."""
        for number, job in enumerate(self._jobs.jobs):
            file = self._opened(number, job)
            if file is not None:
                if file.resumed == len(file.cut.parts):
                    self._finish(number, file)
                yield from file.cut.parts[file.resumed :]

    def _opened(self, number: int, job: Job) -> _File | None:
        before = _stamp(job.source)
        pieces = cut(number, job.source, job.kind)
        fingerprint = self._fingerprint(job, pieces.digest)
        done = self._done(job)
        if done.get("fingerprint") == fingerprint and self._is_ours(job) and not self._dry_run:
            self._report(number, pieces, Counts(**done["counts"]), len(pieces.parts))
            return None
        spool = None if self._dry_run else Spool(self._jobs.state, _key(job), fingerprint)
        file = _File(job, pieces, fingerprint, before, spool)
        for entry in spool.entries if spool is not None else ():
            file.counts.append(entry.counts)
            file.columns |= entry.columns
        file.resumed = len(file.counts)
        self._open[number] = file
        return file

    def _take(self, result: Result) -> None:
        number = result.part.job
        file = self._open[number]
        if isinstance(result, PartFailed):
            error = self._error(result, file.job)
            if isinstance(error, ImportFailed) and file.spool is not None:
                file.spool.discard()
            raise error
        if file.spool is not None:
            file.spool.append(result)
        file.counts.append(result.counts)
        file.columns |= result.columns
        if self._progress is not None:
            self._progress(self._whole + file.cut.size * len(file.counts) // len(file.cut.parts), self._total)
        if len(file.counts) == len(file.cut.parts):
            self._finish(number, file)

    def _finish(self, number: int, file: _File) -> None:
        """Put a file whose parts are all done in its place."""
        job, spool = file.job, file.spool
        if _stamp(job.source) != file.before:
            raise UsageError(f"{job.name} changed while it was scrubbed; run it again.")
        if file.counts and set(self._order.columns) - file.columns:
            if spool is not None:
                spool.discard()
            where = f" of {job.name}" if self._jobs.is_folder else ""
            raise ImportFailed(f"A column given with --column holds no text in any row{where}; correct its name.")
        counts = sum(file.counts, Counts())
        if spool is not None:
            try:
                self._write(file, spool, counts)
            except OSError as error:
                raise UsageError(f"{job.name} cannot be written: {reason_of(error)}.") from None
        del self._open[number]
        self._report(number, file.cut, counts, file.resumed)

    def _write(self, file: _File, spool: Spool, counts: Counts) -> None:
        job, state = file.job, self._jobs.state
        job.destination.parent.mkdir(parents=True, exist_ok=True)
        spool.close()
        if job.kind is Kind.PARQUET:
            whole = state / f"{_key(job)}.whole"
            try:
                write_file(job.source, whole, file.cut.parts, spool.result)
                with whole.open("rb") as written:
                    os.fsync(written.fileno())
                whole.replace(job.destination)
            finally:
                whole.unlink(missing_ok=True)
        else:
            spool.path.replace(job.destination)
        if self._jobs.is_folder:
            done = {"fingerprint": file.fingerprint, "stamp": _stamp(job.destination), "counts": counts.as_json()}
            new = state / f"{_key(job)}.new"
            new.write_text(json.dumps(done), encoding="utf-8")
            new.replace(self._done_path(job))
        spool.discard()

    def _report(self, number: int, pieces: Cut, counts: Counts, resumed: int) -> None:
        self._reports[number] = FileReport(self._jobs.jobs[number].name, counts, len(pieces.parts), resumed)
        self._whole += pieces.size

    def _error(self, failed: PartFailed, job: Job) -> ExpungeError:
        kind: type[ExpungeError] = getattr(errors, failed.kind)
        return kind(f"{job.name}: {failed.message}" if self._jobs.is_folder else failed.message)

    def _fingerprint(self, job: Job, digest: str) -> str:
        """Of all that the output of a file follows from."""
        settings = self._order.settings.model_dump_json(include={"policy", "models", "embeddings"})
        parts = [__version__, digest, job.kind, self._order.columns, self._order.drop_rows, self._order.mark, settings]
        if self._order.pending:
            parts.append("pending")
        return hashlib.blake2b(json.dumps(parts).encode(), digest_size=16).hexdigest()

    def _done_path(self, job: Job) -> Path:
        return self._jobs.state / f"{_key(job)}.done"

    def _done(self, job: Job) -> dict[str, Any]:
        """Return what an earlier run noted of a file of a folder, or nothing."""
        if not self._jobs.is_folder:
            return {}
        try:
            done = json.loads(self._done_path(job).read_bytes())
        except (OSError, ValueError):
            return {}
        return done if isinstance(done, dict) else {}

    def _is_ours(self, job: Job) -> bool:
        """Whether the file that is there is as an earlier run left it."""
        return job.destination.exists() and self._done(job).get("stamp") == list(_stamp(job.destination))


def _key(job: Job) -> str:
    return hashlib.blake2b(job.name.encode("utf-8", "surrogateescape"), digest_size=12).hexdigest()


def _stamp(path: Path) -> tuple[int, int]:
    """By which a file is known not to have changed: its size, and when it was last written, in nanoseconds."""
    try:
        now = path.stat()
    except OSError:
        raise UsageError(f"{path.name} is gone, or cannot be read; run it again when it is there.") from None
    return now.st_size, now.st_mtime_ns


@dataclass(frozen=True, slots=True)
class Choices:
    """The choices for scrubbing a corpus; `engine` is "local" or "ray", `address` that of a running Ray cluster."""

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
