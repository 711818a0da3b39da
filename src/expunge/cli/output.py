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
    """The console on standard output: coloured on a terminal, plain in a pipe."""
    from rich.console import Console

    return Console(highlight=False, markup=False, width=None if sys.stdout.isatty() else PIPE_WIDTH)


def err() -> Console:
    """The console on standard error, for notes, spinners and progress bars."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, markup=False, width=None if sys.stderr.isatty() else PIPE_WIDTH)


def print_json(value: object) -> None:
    """One JSON document on one line of standard output, in ASCII where that takes no UTF-8."""
    takes_all = (getattr(sys.stdout, "encoding", None) or "utf-8").lower().replace("-", "") == "utf8"
    print(json.dumps(value, ensure_ascii=not takes_all), flush=True)


def print_text(text: str) -> None:
    """Text as it is in a pipe; on a terminal without control characters, which could take it over."""
    print(shown(text) if sys.stdout.isatty() else text, flush=True)


_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters by which what stands on a line can be made to read otherwise."""


def shown(text: str) -> str:
    """The text without control characters other than line breaks and tabs, nor those that turn its direction."""
    return "".join(
        c for c in text if c in "\n\t" or (unicodedata.category(c) not in ("Cc", "Cs") and c not in _TURNING)
    )


def note(text: str) -> None:
    """A remark of ours on standard error, so that standard output holds results alone."""
    err().print(typeable(text), style="dim" if sys.stderr.isatty() else "")


def waiting(text: str) -> AbstractContextManager[object]:
    """A spinner on standard error, at a terminal only."""
    return err().status(text) if sys.stderr.isatty() else nullcontext()
