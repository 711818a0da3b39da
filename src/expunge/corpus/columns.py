"""The texts of a row that are scrubbed: all, or those of named columns, with dots into what is nested."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

Wanted = tuple[tuple[str, str], ...]
"""Columns that may lie below a value: each with what is left of its path; nothing left is the value itself."""


class Columns:
    """The columns of a part, and in `seen` those that were met.

    A path goes through lists without a word of it: `messages.content` is the `content` of every object in `messages`.
    A name that holds a dot itself is met as well. Without names, every text is wanted.
    """

    def __init__(self, names: tuple[str, ...]) -> None:
        self.wanted: Wanted = tuple((name, name) for name in names) or (("", ""),)
        self.seen: set[str] = set()

    def below(self, wanted: Wanted, key: str) -> Wanted:
        """Return what is wanted of the value under a key."""
        found = []
        for name, rest in wanted:
            if not rest:
                found.append((name, ""))
            elif rest == key:
                self.seen.add(name)
                found.append((name, ""))
            elif rest.startswith(f"{key}."):
                found.append((name, rest[len(key) + 1 :]))
        return tuple(found)


def is_wanted(wanted: Wanted) -> bool:
    """Whether a text at this place is to be scrubbed."""
    return any(not rest for _, rest in wanted)


def texts_in(value: Any, columns: Columns, wanted: Wanted) -> Iterator[str]:
    """The wanted texts of a value of Parquet, in order. Keys of maps stay as they are, like names of fields."""
    if isinstance(value, str):
        if is_wanted(wanted):
            yield value
    elif isinstance(value, list):
        for item in value:
            yield from texts_in(item, columns, wanted)
    elif isinstance(value, tuple):
        yield from texts_in(value[1], columns, columns.below(wanted, str(value[0])))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from texts_in(item, columns, columns.below(wanted, key))


def with_texts(value: Any, columns: Columns, wanted: Wanted, take: Callable[[], str]) -> Any:
    """The value with each wanted text replaced by the next that `take` gives, in the order of `texts_in`."""
    if isinstance(value, str):
        return take() if is_wanted(wanted) else value
    if isinstance(value, list):
        return [with_texts(item, columns, wanted, take) for item in value]
    if isinstance(value, tuple):
        return value[0], with_texts(value[1], columns, columns.below(wanted, str(value[0])), take)
    if isinstance(value, dict):
        return {key: with_texts(item, columns, columns.below(wanted, key), take) for key, item in value.items()}
    return value
