"""Tables as the text that a terminal shows."""

from __future__ import annotations

from rich.console import Console, RenderableType


def text_of(table: RenderableType) -> str:
    """The table's text at a width that cuts nothing."""
    console = Console(width=200, record=True, file=None, quiet=False)
    with console.capture() as capture:
        console.print(table)
    return capture.get()
