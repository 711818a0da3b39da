"""Conversations kept for the short time between a question and its answer, where the two come in separate requests."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

from expunge.types import Message

_SECONDS = 900.0
_CHARACTERS = 32_000_000


class Conversations:
    """What was said, by tenant and call; in memory only. Of a tenant that says too much the oldest is forgotten first,
    and nothing of any other."""

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
        self._tenants: dict[str, _Kept] = {}

    def remember(self, tenant: str, call: str, messages: tuple[Message, ...]) -> None:
        """Keep what was said in a call; one that is too long by itself is not kept."""
        kept = self._tenants.setdefault(tenant, _Kept())
        kept.drop(call)
        if _length(messages) > self._most:
            return
        kept.add(call, self._clock() + self._seconds, messages)
        while kept.calls:
            oldest, (until, _) = next(iter(kept.calls.items()))
            if until > self._clock() and kept.characters <= self._most:
                break
            kept.drop(oldest)

    def recall(self, tenant: str, call: str) -> tuple[Message, ...]:
        """What was said in a call; empty where that is not known."""
        kept = self._tenants.get(tenant)
        until, messages = kept.calls.get(call, (0.0, ())) if kept is not None else (0.0, ())
        return messages if until > self._clock() else ()


class _Kept:
    """The calls of one tenant, the oldest first, each with the time until which it is known."""

    def __init__(self) -> None:
        self.calls: OrderedDict[str, tuple[float, tuple[Message, ...]]] = OrderedDict()
        self.characters = 0

    def add(self, call: str, until: float, messages: tuple[Message, ...]) -> None:
        self.calls[call] = (until, messages)
        self.characters += _length(messages)

    def drop(self, call: str) -> None:
        _, messages = self.calls.pop(call, (0.0, ()))
        self.characters -= _length(messages)


def _length(messages: tuple[Message, ...]) -> int:
    # A message costs something even if it is empty.
    return sum(len(message.content) + 100 for message in messages)
