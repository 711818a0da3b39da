"""`expunge bench`: passes its arguments to the bench's own command line, imported only when needed."""

from __future__ import annotations

import typer

CONTEXT_SETTINGS = {"allow_extra_args": True, "ignore_unknown_options": True, "allow_interspersed_args": False}


def bench(context: typer.Context) -> None:
    """Measure what expunge costs on this machine; see `expunge bench --help`."""
    from expunge.bench.cli import app

    code = app(args=list(context.args), prog_name="expunge bench", standalone_mode=False)
    if isinstance(code, int) and code:
        raise typer.Exit(code)
