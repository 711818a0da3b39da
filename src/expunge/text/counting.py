"""Numbers in sentences."""

from __future__ import annotations


def counted(number: int, one: str, many: str = "") -> str:
    """A number and what it counts: "1 fact", "2,000 facts"; `many` where more than an s is added."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
