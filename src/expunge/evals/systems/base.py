"""SEAM: whatever answers in an evaluation, from a model alone to expunge; and the model alone."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from expunge.models.base import ChatModel, ChatOptions, Completion
from expunge.types import Message, Target


@dataclass(frozen=True, slots=True)
class Reply:
    """A system's answer to one conversation.

    `draft` is what the model alone said to the very same messages, where the system knows it. `decision` is passed,
    rewritten or refused where the system says so. `calls`, `prompt_chars` and `prompt_tokens` count all calls to chat
    models; `prompt_tokens` is 0 where a model does not count. `completion_tokens` is the usage that a caller sees.
    `seconds` is wall time, `own_ms` that of everything but the model's own answer. `evidence` says what was seen, as
    "kind strength channel", without text. `revision` is the registry's, where there is one. `reasoning` is what a model
    says apart from its text, where the system lets it through.
    """

    text: str
    draft: str | None = None
    decision: str = ""
    calls: int = 1
    prompt_chars: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0
    own_ms: float = 0.0
    evidence: tuple[str, ...] = ()
    revision: int | None = None
    reasoning: str = ""


GREEDY = ChatOptions(temperature=0.0, seed=0)
"""How every system samples unless a case asks for more, so that answers of one model compare byte for byte."""


class System(Protocol):
    """Answers conversations while it forgets the targets in force."""

    @property
    def name(self) -> str:
        """The system's name in reports."""
        ...

    async def forget(self, targets: Sequence[Target]) -> None:
        """Make exactly these targets those in force."""
        ...

    async def ask(self, messages: Sequence[Message], options: ChatOptions = GREEDY) -> Reply:
        """Answer a conversation that ends with a user's message; greedily, unless `options` say otherwise.

        Raises:
            ModelError: if the upstream fails.
        """
        ...

    async def aclose(self) -> None:
        """Release all that the system holds, its upstream too."""
        ...


class Alone:
    """System `none`: the upstream, asked as it is. What all others are compared with.

    An endpoint that forgets by itself (a gateway, say) is measured by it, too.
    """

    name = "none"

    def __init__(self, upstream: ChatModel, name: str = "none") -> None:
        self._upstream = upstream
        self.name = name

    async def forget(self, targets: Sequence[Target]) -> None:
        """Changes nothing."""

    async def ask(self, messages: Sequence[Message], options: ChatOptions = GREEDY) -> Reply:
        """The upstream's answer.

        Raises:
            ModelError: if the upstream fails.
        """
        reply = await timed(self._upstream, messages, options)
        return replace(reply, draft=reply.text, own_ms=0.0)

    async def aclose(self) -> None:
        """Release the upstream."""
        await self._upstream.aclose()


async def timed(upstream: ChatModel, messages: Sequence[Message], options: ChatOptions) -> Reply:
    """One call of the upstream, counted."""
    began = time.perf_counter()
    completion = await upstream.complete(messages, options)
    return reply_of(completion, messages, time.perf_counter() - began)


def reply_of(completion: Completion, messages: Sequence[Message], seconds: float) -> Reply:
    """A reply that is the upstream's own completion."""
    return Reply(
        completion.text,
        prompt_chars=sum(len(message.content) for message in messages),
        prompt_tokens=completion.prompt_tokens,
        completion_tokens=completion.completion_tokens,
        seconds=seconds,
        reasoning=completion.reasoning,
    )
