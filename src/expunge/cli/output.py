"""Printing for people and for programs."""

from __future__ import annotations

import json
import sys
import unicodedata
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from expunge.cli.program import typeable

if TYPE_CHECKING:
    from rich.console import Console

PIPE_WIDTH = 10_000
"""Columns of what is not a terminal: lines are left whole there."""


def out() -> Console:
    """Return the console on standard output: coloured on a terminal, plain in a pipe."""
    from rich.console import Console

    return Console(highlight=False, markup=False, width=None if sys.stdout.isatty() else PIPE_WIDTH)


def err() -> Console:
    """Return the console on standard error, for notes, spinners and progress bars."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, markup=False, width=None if sys.stderr.isatty() else PIPE_WIDTH)


def print_json(value: object) -> None:
    """Print one JSON document on one line, in ASCII if standard output is not UTF-8."""
    takes_all = (getattr(sys.stdout, "encoding", None) or "utf-8").lower().replace("-", "") == "utf8"
    print(json.dumps(value, ensure_ascii=not takes_all), flush=True)


def print_text(text: str) -> None:
    """Print text unchanged in a pipe; on a terminal, strip control characters, which could take it over."""
    print(shown(text) if sys.stdout.isatty() else text, flush=True)


_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters by which what stands on a line can be made to read otherwise."""


def shown(text: str) -> str:
    """Return the text without control characters (but line breaks and tabs) or direction overrides."""
    return "".join(
        c for c in text if c in "\n\t" or (unicodedata.category(c) not in ("Cc", "Cs") and c not in _TURNING)
    )


def note(text: str) -> None:
    """Print a remark on standard error, so that standard output contains only results."""
    err().print(typeable(text), style="dim" if sys.stderr.isatty() else "")


def waiting(text: str) -> AbstractContextManager[object]:
    """Show a spinner on standard error, at a terminal only."""
    return err().status(text) if sys.stderr.isatty() else nullcontext()
