"""Conversations kept for the short time between a question and its answer, where the two come in separate requests."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

from expunge.types import Message

_SECONDS = 900.0
_CHARACTERS = 32_000_000


class Conversations:
    """What was said, by tenant and call; in memory only, the oldest forgotten first where it grows too large."""

    def __init__(
        self,
        *,
        seconds: float = _SECONDS,
        characters: int = _CHARACTERS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._seconds = seconds
        self._most = characters
        self._clock = clock
        self._kept: OrderedDict[tuple[str, str], tuple[float, tuple[Message, ...]]] = OrderedDict()
        self._characters = 0

    def remember(self, tenant: str, call: str, messages: tuple[Message, ...]) -> None:
        """Keep what was said in a call; one that is too long by itself is not kept."""
        self._drop((tenant, call))
        if _length(messages) > self._most:
            return
        self._kept[tenant, call] = (self._clock() + self._seconds, messages)
        self._characters += _length(messages)
        while self._kept:
            key, (until, _) = next(iter(self._kept.items()))
            if until > self._clock() and self._characters <= self._most:
                break
            self._drop(key)

    def recall(self, tenant: str, call: str) -> tuple[Message, ...]:
        """What was said in a call; empty where that is not known."""
        until, messages = self._kept.get((tenant, call), (0.0, ()))
        return messages if until > self._clock() else ()

    def _drop(self, key: tuple[str, str]) -> None:
        _, messages = self._kept.pop(key, (0.0, ()))
        self._characters -= _length(messages)


def _length(messages: tuple[Message, ...]) -> int:
    # A message costs something even if it is empty.
    return sum(len(message.content) + 100 for message in messages)
