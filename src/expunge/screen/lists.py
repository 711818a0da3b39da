"""Lists within a text: the choices that follow a question."""

from __future__ import annotations

import re

_ITEM = r"[ \t]*(?:\(?[{}][.):．、：]|[-*•])[ \t]*\S"
_BEGINS = re.compile(rf"^{_ITEM.format('Aa1')}[^\n]*\n\s*{_ITEM.format('Bb2')}", re.MULTILINE)
"""Two lines that begin a list."""


def list_start(text: str) -> int:
    """Where the first list of a text begins, or its length if it has none."""
    found = _BEGINS.search(text)
    return found.start() if found else len(text)


def before_list(text: str) -> str:
    """What stands before the first list of a text, or all of it; stripped."""
    return text[: list_start(text)].strip()
