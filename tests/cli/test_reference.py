from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import typer

from expunge.cli.main import app
from expunge.cli.reference import PAGE, render


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == render(), "run `make docs`"


def test_the_page_names_commands_arguments_and_options() -> None:
    page = render()
    for part in ("## expunge targets add", "`--expires` DATE", "entity \\| topic", "`QUESTION`", "## expunge bench"):
        assert part in page


def helps(command: Any) -> Iterator[str]:
    yield command.help or ""
    yield from (getattr(param, "help", None) or "" for param in command.params)
    for child in getattr(command, "commands", {}).values():
        yield from helps(child)


def test_no_help_holds_what_a_terminal_takes_for_markup() -> None:
    root: Any = typer.main.get_command(app)
    assert [text for text in helps(root) if re.search(r"\[/?[a-z#@]", text)] == []
