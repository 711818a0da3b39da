"""The front page stays short: what expunge is, two commands and a transcript come before anything else."""

from __future__ import annotations

import re
from pathlib import Path

README = Path(__file__).resolve().parents[2] / "README.md"
MOST_LINES_OF_PROSE = 44
FIRST_SCREEN = 50
STARTS = ("**Make a deployed language model stop", "make demo", "make test", "> Who drew", "$ expunge targets add")


def prose(text: str) -> list[str]:
    """Return the lines that are neither blank nor headings, comments or code."""
    text = re.sub(r"^```.*?^```|^<!--.*?-->", "", text, flags=re.DOTALL | re.MULTILINE)
    return [line for line in text.splitlines() if line.strip() and not line.startswith("#")]


def test_it_is_short() -> None:
    assert len(prose(README.read_text(encoding="utf-8"))) <= MOST_LINES_OF_PROSE


def test_code_headings_and_comments_are_not_prose() -> None:
    assert prose("# title\n\none\n```sh\nmake demo\n```\n<!-- two\nthree -->\ntwo\n") == ["one", "two"]


def test_the_first_screen_says_what_it_is_and_shows_it() -> None:
    lines = README.read_text(encoding="utf-8").splitlines()[:FIRST_SCREEN]
    first = [next((number for number, line in enumerate(lines) if line.startswith(start)), -1) for start in STARTS]
    assert -1 not in first
    assert first == sorted(first)
