"""Facts that are not embedded yet, as after an import that was interrupted: said in one line, or waited for."""

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
        help="First embed the facts that are not embedded yet, as after an import that was interrupted, with a "
        "progress bar; else they are told by their words alone.",
    ),
]
STORED = "Interrupted; what was embedded is stored, and the same command goes on."


def described(pending: Pending) -> str:
    """What is pending, as the beginning of a sentence: "2 facts of 1 target are"."""
    verb = "is" if pending.facts == 1 else "are"
    return f"{counted(pending.facts, 'fact')} of {counted(pending.targets, 'target')} {verb}"


def tell(pending: Pending) -> None:
    """Say on standard error that facts were told by their words alone, if any were."""
    if pending:
        note(
            f"{described(pending)} not embedded yet and told by words alone; "
            "wait for them with --wait, or run `expunge targets embed`."
        )


def tell_failure(failed: str) -> None:
    """Say on standard error that nothing could be judged, and so was withheld; `failed` names the kind of error."""
    if failed == OverBudget.__name__:
        note("This is too long to be screened to its end, so it is withheld; give it in smaller parts.")
    elif failed:
        note("This could not be judged, so it is withheld; `expunge doctor` says why.")


def tell_rest(pending: Pending) -> None:
    """The same where nothing was asked."""
    if pending:
        note(f"{described(pending)} not embedded yet and told by words alone; run `expunge targets embed`.")


def tell_waiting(pending: Pending) -> None:
    """Say on standard error what is waited for, if anything is."""
    if pending:
        note(f"{described(pending)} being embedded first …")


def embed(unlearner: Unlearner, pending: Pending | None = None) -> None:
    """Embed what is pending, of which `pending` tells if that is known, with a progress bar for a person and a line for
    a log.

    Raises:
        Interrupted: on Ctrl-C; what was embedded is stored.
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
