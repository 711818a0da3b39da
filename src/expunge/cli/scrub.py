"""`expunge scrub`: remove what discloses a target from existing texts."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from expunge.cli import pending
from expunge.cli.ask import hint_if_empty
from expunge.cli.interrupted import Interrupted
from expunge.cli.options import Config, Json, opened, read_stdin
from expunge.cli.output import note, out, print_json
from expunge.cli.pending import Wait
from expunge.errors import UsageError
from expunge.reasons import unwritable
from expunge.text.counting import counted
from expunge.types import Pending

if TYPE_CHECKING:
    from expunge.corpus.files import Jobs
    from expunge.corpus.run import Choices, Report


class Engine(StrEnum):
    """The distribution of the work."""

    LOCAL = "local"
    RAY = "ray"


def scrub(
    source: Annotated[
        str | None,
        typer.Argument(
            metavar="[IN]", help="A text, JSON Lines or Parquet file, a folder of them, or - for standard input."
        ),
    ] = None,
    destination: Annotated[
        Path | None, typer.Argument(metavar="[OUT]", help="The file to write, or the folder to mirror IN into.")
    ] = None,
    text: Annotated[
        str | None, typer.Option("--text", metavar="TEXT", help="Scrub this text instead of a file.")
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(
            "--column",
            "--field",
            metavar="NAME",
            help="Only this column of JSON Lines or Parquet, with dots for nested ones; repeatable. "
            "Default: every text column.",
        ),
    ] = None,
    drop_rows: Annotated[
        bool,
        typer.Option("--drop-rows", help="Drop rows in which a text has nothing clean left. Default: empty the text."),
    ] = False,
    workers: Annotated[
        int,
        typer.Option(
            "--workers", metavar="N", min=1, max=1024, help="Number of processes. Default: one per processor."
        ),
    ] = os.cpu_count() or 1,
    engine: Annotated[Engine, typer.Option("--engine", help="How to distribute the work.")] = Engine.LOCAL,
    address: Annotated[
        str, typer.Option("--address", metavar="ADDRESS", help="With --engine ray: a running cluster, or auto.")
    ] = "",
    report: Annotated[
        Path | None, typer.Option("--report", metavar="FILE", help="Also write a report to this file, as JSON.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing; report what would change.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite existing output.")] = False,
    wait: Wait = False,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Rewrite files or a text so that they disclose no target.

    Text is read paragraph by paragraph (.log: line by line), JSON Lines and Parquet text by text. A file appears in
    OUT once it is complete. To resume a run that was stopped, start it again.
    """
    if address and engine is not Engine.RAY:
        raise UsageError("--address needs --engine ray.")
    if text is not None and source is None:
        _scrub_text(text, column, config, as_json, wait=wait)
    elif text is None and source == "-" and destination is None:
        _scrub_text(read_stdin(), column, config, as_json, wait=wait)
    elif text is None and source is not None and source != "-" and destination is not None:
        from expunge.corpus.files import jobs_of
        from expunge.corpus.run import Choices

        jobs = jobs_of(Path(source), destination, column or [])
        choices = Choices(tuple(column or ()), drop_rows, workers, engine.value, address, force, dry_run)
        _scrub_files(jobs, choices, report, config, as_json, wait=wait)
    else:
        raise UsageError("Say what to scrub: IN and OUT, - for standard input, or --text.")


def _scrub_text(text: str, column: list[str] | None, config: Path | None, as_json: bool, *, wait: bool) -> None:
    if column:
        raise UsageError("--column applies to JSON Lines and Parquet files; leave it out for a text.")
    with opened(config) as unlearner:
        hint_if_empty(unlearner)
        if wait:
            pending.embed(unlearner)
        scrubbed = unlearner.scrub(text)
    pending.tell(scrubbed.pending)
    if as_json:
        from expunge.cli.plain_data import of_evidence, of_pending

        told = {
            "text": scrubbed.text,
            "decision": str(scrubbed.decision),
            "targets": list(scrubbed.targets),
            "evidence": [of_evidence(evidence) for evidence in scrubbed.evidence],
        }
        print_json(told | ({"pending": of_pending(scrubbed.pending)} if scrubbed.pending else {}))
    elif scrubbed.failed:
        pending.tell_failure(scrubbed.failed)
    elif scrubbed.decision == "refused":
        note("Nothing clean was left, so the whole text is withheld.")
    else:
        sys.stdout.write(scrubbed.text if scrubbed.text.endswith("\n") else scrubbed.text + "\n")


def _scrub_files(
    jobs: Jobs, choices: Choices, path: Path | None, config: Path | None, as_json: bool, *, wait: bool
) -> None:
    if path is not None and not path.absolute().parent.is_dir():
        raise UsageError(f"The folder of {path} does not exist; make it first.")
    try:
        report = _run(jobs, choices, config, wait=wait)
    except KeyboardInterrupt:
        kept = "nothing was written" if choices.dry_run else "finished parts are kept, and the same command resumes"
        raise Interrupted(f"Interrupted; {kept}.") from None
    if path is not None:
        _write(report, path)
    if as_json:
        print_json(report.as_json())
    else:
        _tell(report, is_folder=jobs.is_folder, dry_run=choices.dry_run)


def _write(report: Report, path: Path) -> None:
    import json

    try:
        path.write_text(json.dumps(report.as_json(), indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"Everything was scrubbed, but the report could not be written. {unwritable(path, error)}"
        ) from None


def _tell(report: Report, *, is_folder: bool, dry_run: bool) -> None:
    counts = report.counts
    out().print(
        f"{counted(counts.texts, 'text')}: {counts.passed:,} unchanged, {counts.rewritten:,} rewritten, "
        f"{counts.refused:,} withheld."
    )
    if is_folder:
        out().print(f"{counted(len(report.files), 'file')}, {counted(counts.rows, 'row')}, {counts.changed:,} changed.")
    if resumed := sum(file.resumed for file in report.files):
        parts = sum(file.parts for file in report.files)
        note(f"{resumed:,} of {counted(parts, 'part')} were done by an earlier run.")
    if dry_run:
        note("Nothing was written.")
    if report.skipped:
        count = len(report.skipped)
        note(f"{counted(count, 'file')} of other types {'was' if count == 1 else 'were'} skipped.")
    if not counts.texts:
        note("The input contains no text.")


def _run(jobs: Jobs, choices: Choices, config: Path | None, *, wait: bool) -> Report:
    from expunge.corpus.run import run
    from expunge.screen.semantic.index import FEW

    with opened(config) as unlearner:
        hint_if_empty(unlearner)
        left = unlearner.targets.pending()
        if left and (wait or left.facts <= FEW):
            pending.embed(unlearner, left)
            left = Pending()
        settings, snapshot = unlearner.settings, unlearner.snapshot
    pending.tell(left)
    if not sys.stderr.isatty():
        return run(jobs, choices, settings, snapshot, pending=left)
    from rich.progress import Progress

    from expunge.cli.output import err

    with Progress(console=err(), transient=True) as bar:
        task = bar.add_task("Scrubbing", total=None)
        return run(
            jobs,
            choices,
            settings,
            snapshot,
            lambda done, total: bar.update(task, completed=done, total=total),
            pending=left,
        )
