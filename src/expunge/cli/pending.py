"""Facts that are not embedded yet, for example after an interrupted import: report them, or embed them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from expunge.cli.interrupted import Interrupted
from expunge.cli.output import note
from expunge.errors import OverBudget
from expunge.text.counting import counted
from expunge.types import Pending

if TYPE_CHECKING:
    from expunge.unlearner import Unlearner

Wait = Annotated[
    bool,
    typer.Option(
        "--wait/--no-wait",
        help="First embed facts that are not embedded yet, for example after an interrupted import. Otherwise they are "
        "matched by words alone.",
    ),
]
STORED = "Interrupted; the embedded facts are stored, and the same command resumes."


def described(pending: Pending) -> str:
    """Return the start of a sentence about what is pending: "2 facts of 1 target are"."""
    verb = "is" if pending.facts == 1 else "are"
    return f"{counted(pending.facts, 'fact')} of {counted(pending.targets, 'target')} {verb}"


def tell(pending: Pending) -> None:
    """Print a note if facts were matched by words alone."""
    if pending:
        note(
            f"{described(pending)} not embedded yet and matched by words alone; "
            "use --wait to embed them first, or run `expunge targets embed`."
        )


def tell_failure(failed: str) -> None:
    """Print a note that a text was withheld because it could not be judged; `failed` is the error's class."""
    if failed == OverBudget.__name__:
        note("The text is too long to screen, so it is withheld; split it into smaller parts.")
    elif failed:
        note("The text could not be judged, so it is withheld; `expunge doctor` says why.")


def tell_rest(pending: Pending) -> None:
    """Print a note about pending facts, for commands that ask nothing."""
    if pending:
        note(f"{described(pending)} not embedded yet and matched by words alone; run `expunge targets embed`.")


def tell_waiting(pending: Pending) -> None:
    """Print a note about facts that are embedded first."""
    if pending:
        note(f"{described(pending)} being embedded first …")


def embed(unlearner: Unlearner, pending: Pending | None = None) -> None:
    """Embed what is pending, with a progress bar at a terminal and a line in a log.

    Raises:
        Interrupted: on Ctrl-C; facts embedded so far are stored.
        ModelError: if the embedding model fails.
    """
    pending = unlearner.targets.pending() if pending is None else pending
    if not pending:
        return
    from expunge.bench.terminal import progress

    tell_waiting(pending)
    try:
        with progress() as tick:
            unlearner.targets.embed(lambda done, total: tick("Embedding facts", done, total))
    except KeyboardInterrupt:
        raise Interrupted(STORED) from None
