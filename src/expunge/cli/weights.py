"""Fetching weights for a person who waits: offered where they are needed, with a progress bar."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer

from expunge.cli.output import err

if TYPE_CHECKING:
    from pathlib import Path

    from expunge.settings import Settings


def fetch(settings: Settings, name: str | None = None) -> Path:
    """Fetch weights, with a progress bar at a terminal."""
    from expunge.models.cache import pull as fetch_weights

    if not sys.stderr.isatty():
        return fetch_weights(name, cache=settings.cache())
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err(), transient=True) as bar:
        task = bar.add_task("weights", total=None)
        return fetch_weights(
            name,
            cache=settings.cache(),
            progress=lambda label, done, total: bar.update(
                task, description=label, completed=done, total=total or None
            ),
        )


def offer_weights(settings: Settings) -> None:
    """Offer to fetch the embedded model if it is needed and missing."""
    from expunge.errors import MissingError
    from expunge.models.weights import DEFAULT_SIZE, default_path

    if not settings.models.of("vanilla").is_default:
        return
    try:
        default_path(settings.cache())
    except MissingError:
        question = f"The embedded model ({DEFAULT_SIZE // 10**6} MB) is not fetched yet. Fetch it now?"
        if typer.confirm(question, default=True, err=True):
            fetch(settings)
