"""`expunge scrub`: take what discloses a target out of texts that exist already."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from expunge.cli.options import Config, Json, opened, read_stdin
from expunge.cli.output import note, out, print_json
from expunge.errors import UsageError

if TYPE_CHECKING:
    from expunge.batch.files import Counts


def scrub(
    source: Annotated[
        str | None, typer.Argument(metavar="[IN]", help="A .txt or .jsonl file, or - for standard input.")
    ] = None,
    destination: Annotated[Path | None, typer.Argument(metavar="[OUT]", help="The file to write.")] = None,
    text: Annotated[
        str | None, typer.Option("--text", metavar="TEXT", help="Scrub this text instead of a file.")
    ] = None,
    field: Annotated[
        list[str] | None,
        typer.Option(
            "--field", metavar="NAME", help="Only this field of each .jsonl object; repeatable. Default: all."
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite OUT if it exists.")] = False,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Rewrite a file or a text so that it discloses no target.

    A .txt file is read paragraph by paragraph, a .jsonl file string by string. OUT appears when all of it
    is written; an error leaves nothing behind.
    """
    if text is not None and source is None:
        _scrub_text(text, field, config, as_json)
    elif text is None and source == "-" and destination is None:
        _scrub_text(read_stdin(), field, config, as_json)
    elif text is None and source is not None and source != "-" and destination is not None:
        _scrub_file(Path(source), destination, field or [], force, config, as_json)
    else:
        raise UsageError("Name what to scrub: IN and OUT, - for standard input, or --text.")


def _scrub_text(text: str, field: list[str] | None, config: Path | None, as_json: bool) -> None:
    if field:
        raise UsageError("--field is for .jsonl files; leave it out for a text.")
    with opened(config) as unlearner:
        scrubbed = unlearner.scrub(text)
    if as_json:
        from expunge.cli.plain_data import of_evidence

        print_json(
            {
                "text": scrubbed.text,
                "decision": str(scrubbed.decision),
                "targets": list(scrubbed.targets),
                "evidence": [of_evidence(evidence) for evidence in scrubbed.evidence],
            }
        )
    elif scrubbed.decision == "refused":
        note("No clean sentence was left, so the whole text is withheld.")
    else:
        sys.stdout.write(scrubbed.text if scrubbed.text.endswith("\n") else scrubbed.text + "\n")


def _scrub_file(
    source: Path, destination: Path, fields: list[str], force: bool, config: Path | None, as_json: bool
) -> None:
    import asyncio

    from expunge.batch.files import check_paths

    check_paths(source, destination, fields, force)
    counts = asyncio.run(_run(source, destination, fields, force, config, source.stat().st_size))
    if as_json:
        print_json({"texts": counts.texts, "passed": counts.passed, "rewritten": counts.rewritten,
                    "refused": counts.refused})  # fmt: skip
        return
    out().print(
        f"{counts.texts:,} texts: {counts.passed:,} unchanged, {counts.rewritten:,} rewritten, "
        f"{counts.refused:,} withheld."
    )
    if not counts.texts:
        note("The file holds no text.")


async def _run(
    source: Path, destination: Path, fields: list[str], force: bool, config: Path | None, size: int
) -> Counts:
    from expunge.batch.files import scrub_file
    from expunge.unlearner import Unlearner

    async with Unlearner.open(config) as unlearner:
        if not sys.stderr.isatty():
            return await scrub_file(source, destination, unlearner.ascrub, fields=fields, force=force)
        from rich.progress import Progress

        from expunge.cli.output import err

        with Progress(console=err(), transient=True) as bar:
            task = bar.add_task("Scrubbing", total=size)
            return await scrub_file(
                source,
                destination,
                unlearner.ascrub,
                fields=fields,
                force=force,
                progress=lambda done: bar.update(task, completed=done),
            )
