"""The output of the measuring commands: a progress bar if somebody watches, and figures as JSON or as tables."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from expunge.errors import UsageError

if TYPE_CHECKING:
    from rich.console import RenderableType

Tick = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and how much there is (0: unknown)."""


@contextmanager
def progress() -> Iterator[Tick]:
    """A bar on the error stream, if a person watches; yields what to call as the work goes on."""
    if not sys.stderr.isatty():
        yield lambda what, done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda what, done, total: bar.update(task, description=what, completed=done, total=total or None)


def deliver(figures: Mapping[str, Any], tables: Sequence[RenderableType], out: Path | None, as_json: bool) -> None:
    """Print the figures, as JSON or as tables, and write them to a file where one is given.

    Raises:
        UsageError: if the file cannot be written.
    """
    text = json.dumps(figures, indent=2, ensure_ascii=False)
    if out is not None:
        written(out, text + "\n")
    if as_json:
        print(text)
        return
    from rich.console import Console

    console = Console()
    for table in tables:
        console.print(table)


def written(path: Path, text: str) -> None:
    """Write a file of figures.

    Raises:
        UsageError: if it cannot be written.
    """
    try:
        path.write_text(text, encoding="utf-8")
    except OSError:
        raise UsageError(f"The file {path.name} cannot be written there; name another one.") from None
