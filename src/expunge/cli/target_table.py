"""Print targets: as a table at a terminal, as tab-separated lines in a pipe."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from expunge.cli.due import told_due
from expunge.cli.output import note, out, shown
from expunge.types import Target, TargetStatus


def show_targets(targets: Sequence[Target], *, due: bool) -> None:
    """Print targets; with `due`, also the due date and id of their requests."""
    if not targets:
        hint = 'No such targets. Register one: expunge targets add "NAME" --fact "…"'
        note("No requests are due." if due else hint)
        return
    if not sys.stdout.isatty():
        print("\t".join(("id", "status", "kind", "name", *(("due", "request") if due else ()))))
        for target in targets:
            parts = [target.id, str(target.status), str(target.kind), shown(target.name)]
            if due:
                parts += [f"{target.due_at:%Y-%m-%dT%H:%M:%SZ}", shown(target.request_id)]
            print("\t".join(parts))
        return
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="dim", pad_edge=False)
    last = ("due", "request") if due else ("aliases", "facts", "expires")
    for heading in ("id", "name", "kind", "status", *last):
        table.add_column(
            heading, justify="right" if heading in ("aliases", "facts") else "left", no_wrap=heading == "id"
        )
    for target in targets:
        expires = f"{target.expires_at:%Y-%m-%d}" if target.expires_at else "never"
        due_at, request = told_due(target.due_at), Text(shown(target.request_id))
        table.add_row(
            target.id,
            Text(shown(target.name)),
            str(target.kind),
            Text(str(target.status), "green" if target.status is TargetStatus.ACTIVE else "dim"),
            *((due_at, request) if due else (str(len(target.aliases)), str(len(target.facts)), expires)),
        )
    out().print(table)
