"""The options that every command shares, and what reads them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from expunge.errors import UsageError

if TYPE_CHECKING:
    from expunge.settings import Settings
    from expunge.unlearner import Unlearner

Config = Annotated[
    Path | None,
    typer.Option(
        "--config", metavar="FILE", help="Configuration file; ./expunge.toml if there is one.", dir_okay=False
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")]
New = Annotated[
    bool,
    typer.Option(
        "--new", help="Begin an empty registry though the key file of an earlier one is there; nobody is in force then."
    ),
]


@contextmanager
def opened(config: Path | Settings | None, *, ask_for_weights: bool = True, new: bool = False) -> Iterator[Unlearner]:
    """The unlearner of a configuration, closed at the end; `new` begins a registry where there was one.

    If the embedded model is needed and not fetched, a person at a terminal is offered to fetch it first.
    """
    from expunge.registry.audit.chain import acting_as
    from expunge.settings import Settings
    from expunge.unlearner import Unlearner

    settings = config if isinstance(config, Settings) else Settings.load(config)
    if ask_for_weights and is_interactive():
        from expunge.cli.weights import offer_weights

        offer_weights(settings)
    with acting_as("cli"), Unlearner.open(settings, new=True) if new else Unlearner.open(settings) as unlearner:
        yield unlearner


def is_interactive() -> bool:
    """Whether a person sits at both ends: questions can be asked and will be seen."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def read_stdin() -> str:
    """All of standard input as text.

    Raises:
        UsageError: if it is not UTF-8.
    """
    try:
        return sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError("Standard input is not UTF-8 text; convert it first, for example with iconv.") from None
