"""The two sides of a certificate: the model alone, and the live system with the target in force."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from expunge.assemble import Parts
from expunge.evals.cases import Case
from expunge.evals.systems.alone import GREEDY
from expunge.models.base import ChatModel
from expunge.types import Message


@dataclass(frozen=True, slots=True)
class Said:
    """One answer: `text` is all of it that a reader can see, `shown` what is kept as history in the conversation.

    `draft` is what the model alone said to the same messages, where the side knows; `decision` and `revision`
    likewise.
    """

    text: str
    shown: str
    draft: str | None = None
    decision: str = ""
    revision: int | None = None


class Side(Protocol):
    """Whatever answers a conversation."""

    async def ask(self, messages: Sequence[Message]) -> Said:
        """Answer a conversation that ends with a user's message.

        Raises:
            ModelError: if the model fails.
        """
        ...


class ModelSide:
    """A chat model as it is: the model alone, or a running gateway, which is a chat model to whoever asks it."""

    def __init__(self, model: ChatModel) -> None:
        self._model = model

    async def ask(self, messages: Sequence[Message]) -> Said:
        """The model's answer on every channel.

        Raises:
            ModelError: if it fails.
        """
        reply = await self._model.complete(messages, GREEDY)
        told = [part for part in (reply.text, reply.reasoning, *reply.tool_calls) if part]
        return Said("\n".join(told), reply.text)


class LiveSide:
    """The unlearning layer of a configuration, in this process, with its registry as it is."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def ask(self, messages: Sequence[Message]) -> Said:
        """The answer under the targets in force at this moment.

        Raises:
            ModelError: if the model behind it fails.
        """
        snapshot = await asyncio.to_thread(self._parts.registry.snapshot)
        answer = await self._parts.pipeline.ask(snapshot, messages, GREEDY, keep_draft=True)
        draft = answer.draft
        told = None if draft is None else "\n".join(filter(None, (draft.text, draft.reasoning, *draft.tool_calls)))
        return Said(answer.text, answer.text, told, answer.decision.value, answer.revision)


async def converse(case: Case, side: Side) -> tuple[Said, ...]:
    """The answers to each live turn of a case; the next turn follows on what was answered.

    A user's message that an assistant's follows already is not asked: that turn was made up.

    Raises:
        ModelError: if the side fails.
    """
    history: list[Message] = []
    said: list[Said] = []
    for message, following in zip(case.messages, [*case.messages[1:], None], strict=True):
        history.append(message)
        if message.role == "user" and (following is None or following.role != "assistant"):
            said.append(await side.ask(history))
            history.append(Message("assistant", said[-1].shown))
    return tuple(said)
