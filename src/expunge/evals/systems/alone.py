"""System `none`: the model alone, which forgets nobody. What all others are compared with."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from expunge.evals.systems.base import Reply
from expunge.models.base import ChatModel, ChatOptions, Completion
from expunge.types import Message, Target

GREEDY = ChatOptions(temperature=0.0, seed=0)
"""How every system samples, so that answers of one model can be compared byte for byte."""


class Alone:
    """The upstream, asked as it is. An endpoint that forgets by itself (a gateway, say) is measured by it, too."""

    name = "none"

    def __init__(self, upstream: ChatModel, name: str = "none") -> None:
        self._upstream = upstream
        self.name = name

    async def forget(self, targets: Sequence[Target]) -> None:
        """Changes nothing."""

    async def ask(self, messages: Sequence[Message]) -> Reply:
        """The upstream's answer.

        Raises:
            ModelError: if the upstream fails.
        """
        reply = await timed(self._upstream, messages)
        return replace(reply, draft=reply.text, own_ms=0.0)

    async def aclose(self) -> None:
        """Release the upstream."""
        await self._upstream.aclose()


async def timed(upstream: ChatModel, messages: Sequence[Message]) -> Reply:
    """One call of the upstream, counted."""
    began = time.perf_counter()
    completion = await upstream.complete(messages, GREEDY)
    return reply_of(completion, messages, time.perf_counter() - began)


def reply_of(completion: Completion, messages: Sequence[Message], seconds: float) -> Reply:
    """A reply that is the upstream's own completion."""
    return Reply(
        completion.text,
        prompt_chars=sum(len(message.content) for message in messages),
        prompt_tokens=completion.prompt_tokens,
        completion_tokens=completion.completion_tokens,
        seconds=seconds,
    )
