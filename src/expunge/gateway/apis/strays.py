"""Texts in fields that a projection does not know: read as one more channel, so that none goes unread."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal

from expunge.errors import ModelReplyError

Known = Mapping[str, "Known | Literal['label'] | None"]
"""The fields that a projection knows: None where a value is read elsewhere, LABEL where it is no text but a number or a
single token (an id, a type, a status: read after all if it is anything else), else what is known in it."""
LABEL: Final = "label"

_DEEPEST = 100
_TOKEN = re.compile(r"[!-~]{0,200}")


def strays(value: Any, known: Known) -> tuple[str, ...]:
    """All texts that stand anywhere under an unknown field; lists are looked into with what is known of their place.

    A list of small whole numbers is read as bytes of UTF-8, since that is how log-probabilities hold text. Unknown
    keys are texts, too.

    Raises:
        ModelReplyError: if the value is nested too deeply to be read.
    """
    return tuple(text for text in _strays(value, known, 0) if text.strip())


def _strays(value: Any, known: Known, depth: int) -> Iterator[str]:
    _check(depth)
    if isinstance(value, list):
        for item in value:
            yield from _strays(item, known, depth + 1)
    elif isinstance(value, Mapping):
        for key, part in value.items():
            if key not in known:
                yield str(key)
                yield from _texts(part, depth + 1)
            elif (inner := known[key]) == LABEL:
                if not (isinstance(part, str) and _TOKEN.fullmatch(part)):
                    yield from _texts(part, depth + 1)
            elif inner is not None:
                yield from _strays(part, inner, depth + 1)
    elif isinstance(value, str):
        yield value


def _texts(value: Any, depth: int) -> Iterator[str]:
    _check(depth)
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        if len(value) > 1 and all(type(item) is int and 0 <= item < 256 for item in value):
            yield bytes(value).decode("utf-8", "replace")
            return
        for item in value:
            yield from _texts(item, depth + 1)
    elif isinstance(value, Mapping):
        for key, part in value.items():
            yield str(key)
            yield from _texts(part, depth + 1)


def _check(depth: int) -> None:
    if depth > _DEEPEST:
        raise ModelReplyError("The upstream's reply is nested too deeply to be read; check what it sends.")
