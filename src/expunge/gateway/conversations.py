"""Conversations that are remembered for a while, in memory, where one request does not bring all that was said.

LiteLLM sends a question and its answer in separate requests. And a request may name the answer, or the conversation,
that it continues in place of giving it: with several gateways a balancer must send it to the same one, else the answer
is judged by itself.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from expunge.types import Message

_SECONDS = 900.0
_CHARACTERS = 32_000_000
_HOURS = 6.0
_MOST_OF_UPSTREAM = 8_000_000
_MOST_TURNS = 200
"""Turns that are remembered, the last ones: who was spoken of long ago is seldom meant."""


class Conversations:
    """The conversations so far, by tenant and call; in memory only.

    Of a tenant that says too much the oldest is forgotten first, and nothing of any other."""

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
        """Return what was said in a call; empty where that is not known."""
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


class Threads:
    """The conversations of all tenants."""

    def __init__(self) -> None:
        self._kept = Conversations(seconds=_HOURS * 3600, characters=_MOST_OF_UPSTREAM)

    def earlier(self, tenant: str, body: Mapping[str, Any]) -> tuple[Message, ...]:
        """Return what was said in the conversation that a request continues, as far as that is known."""
        for id_ in _ids(body.get("previous_response_id"), body.get("conversation")):
            if known := self._kept.recall(tenant, id_):
                return known
        return ()

    def remember(
        self, tenant: str, body: Mapping[str, Any], reply: Mapping[str, Any], said: Sequence[Message], shown: str
    ) -> None:
        """Keep what was said, with the answer that was shown, under the answer's id and its conversation's."""
        turns = (*said, Message("assistant", shown))[-_MOST_TURNS:]
        for id_ in _ids(reply.get("id"), reply.get("conversation"), body.get("conversation")):
            self._kept.remember(tenant, id_, turns)


def _ids(*values: Any) -> Iterator[str]:
    for value in values:
        id_ = value.get("id") if isinstance(value, Mapping) else value
        if isinstance(id_, str) and id_:
            yield id_
