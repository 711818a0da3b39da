"""Options that commands share, and helpers that use them."""

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
        "--config", metavar="FILE", help="Configuration file. Default: ./expunge.toml, if it exists.", dir_okay=False
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")]
New = Annotated[
    bool,
    typer.Option(
        "--new", help="Start an empty registry although an earlier one's key file exists; no target is in force then."
    ),
]


@contextmanager
def opened(config: Path | Settings | None, *, ask_for_weights: bool = True, new: bool = False) -> Iterator[Unlearner]:
    """Open the configured unlearner and close it at the end; `new` starts an empty registry in place of a lost one.

    If the embedded model is needed and missing, a person at a terminal is offered to fetch it first.
    """
    from expunge.registry.audit.chain import acting_as
    from expunge.settings import Settings
    from expunge.unlearner import Unlearner

    settings = config if isinstance(config, Settings) else Settings.load(config)
    if ask_for_weights and is_interactive():
        from expunge.cli.weights import offer_weights

        offer_weights(settings)
    with acting_as(actor()), Unlearner.open(settings, new=True) if new else Unlearner.open(settings) as unlearner:
        yield unlearner


def actor() -> str:
    """Return who runs this command, for the audit log: `cli:` and the name of the system's user.

    Under sudo it is the user who called it, with `(sudo)` behind the name.
    """
    import getpass
    import os

    try:
        user = getpass.getuser()
    except (OSError, KeyError, ImportError):
        user = str(os.getuid()) if hasattr(os, "getuid") else ""  # a container's user that has no name
    caller = os.environ.get("SUDO_USER") if user == "root" else None
    return f"cli:{caller} (sudo)" if caller else f"cli:{user}" if user else "cli"


def is_interactive() -> bool:
    """Return whether a person can see and answer a question."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def read_stdin() -> str:
    """Read all of standard input as text.

    Raises:
        UsageError: if it is not UTF-8.
    """
    try:
        return sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError("Standard input is not UTF-8 text; convert it first, for example with iconv.") from None
