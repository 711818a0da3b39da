"""`expunge demo`: forget some people of an invented island."""

from __future__ import annotations

import typer

from expunge.cli.options import Config, Json


def demo(config: Config = None, as_json: Json = False) -> None:
    """Forget three invented people, ask about them and their neighbours, and show every answer.

    Uses the embedded model, or the one that --config names, and a temporary registry.
    """
    from expunge.cli.demo_table import report
    from expunge.demo.tour import take

    raise typer.Exit(report(take(config), as_json))
