"""`expunge doctor`: what works, what does not, and what to do about it."""

from __future__ import annotations

import typer

from expunge.cli.options import Config, Json, opened
from expunge.cli.output import out, print_json, shown
from expunge.cli.program import typeable


def doctor(config: Config = None, as_json: Json = False) -> None:
    """Check the configuration, the registry and the models, and show who plays each agent."""
    with opened(config, ask_for_weights=False) as unlearner:
        checks = unlearner.doctor()
    fine = all(check.ok for check in checks)
    if as_json:
        print_json(
            {"ok": fine, "checks": [{"name": c.name, "ok": c.ok, "detail": c.detail} for c in checks]},
        )
    else:
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, show_header=False, pad_edge=False)
        for check in checks:
            mark = Text("ok", "green") if check.ok else Text("fails", "bold red")
            table.add_row(mark, Text(check.name), Text(shown(typeable(check.detail))))
        out().print(table)
    if not fine:
        raise typer.Exit(1)
