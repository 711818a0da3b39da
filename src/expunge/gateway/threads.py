"""Conversations that the upstream keeps: what was said before an answer that goes on with one.

A request may name the answer, or the conversation, that it continues in place of giving it. What the gateway saw of it
is remembered for a while, in memory: with several gateways a balancer must send it to the same one, else the answer
is judged by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from expunge.gateway.conversations import Conversations
from expunge.types import Message

_HOURS = 6.0
_CHARACTERS = 8_000_000
_MOST_TURNS = 200
"""Turns that are remembered, the last ones: who was spoken of long ago is seldom meant."""


class Threads:
    """The conversations of all tenants."""

    def __init__(self) -> None:
        self._kept = Conversations(seconds=_HOURS * 3600, characters=_CHARACTERS)

    def earlier(self, tenant: str, body: Mapping[str, Any]) -> tuple[Message, ...]:
        """What was said in the conversation that a request continues, as far as that is known."""
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
