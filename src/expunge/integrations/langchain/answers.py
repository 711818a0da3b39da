"""The answers that leave in the place of a chat model's own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatResult

from expunge.counterfactual.refusal import SurrogateReply
from expunge.counterfactual.surrogates import Surrogates
from expunge.gateway.apis.chat.api import ChatApi
from expunge.gateway.apis.logprobs import Rewording
from expunge.gateway.proxy.counterfactual import texts_changed
from expunge.integrations.judging import Judge
from expunge.integrations.langchain.wire import body_of, reply_of, result_of
from expunge.models.base import ChatOptions
from expunge.types import Decision, Message

T = TypeVar("T")
_API = ChatApi()
Ask = Callable[[list[BaseMessage], dict[str, Any]], Awaitable[ChatResult]]


async def decided(judge: Judge, messages: list[BaseMessage], options: dict[str, Any], ask: Ask) -> ChatResult:
    """Return what may leave in the place of the model's answer to messages. `ask` asks the model."""
    parts = judge.parts
    snapshot, pipeline = parts.registry.snapshot(), parts.pipeline
    body = body_of(messages, options)
    told = _API.conversation(body)
    spoken = _API.spoken(body, told)
    stranger = pipeline.counterfactual(
        snapshot, told, ChatOptions(), _Again(messages, options, ask), spoken=spoken,
        promised=_API.promises_form(body),
    )  # fmt: skip
    try:
        result = await ask(messages, options)
        reply = reply_of(result)
        outcomes = []
        for number, draft in enumerate(_API.drafts(body, reply)):
            outcome = await pipeline.decide(snapshot, told, draft, spoken=spoken)
            if stranger is not None:
                outcome = await pipeline.reworded(outcome, draft, stranger, number)
            outcomes.append(outcome)
    finally:
        if stranger is not None:
            stranger.close()
    changed = [outcome.decision is not Decision.PASSED for outcome in outcomes]
    return result_of(_API.rewritten(body, reply, outcomes), result, changed) if any(changed) else result


@dataclass(frozen=True, slots=True)
class _Again:
    """Asks the same conversation about surrogates."""

    messages: list[BaseMessage]
    options: dict[str, Any]
    ask_model: Ask

    def with_surrogates(self, surrogates: Surrogates) -> Sequence[Message]:
        """All that is said about them."""
        changed: dict[str, Any] = texts_changed(body_of(self.messages, self.options), surrogates.put_on)
        return _API.conversation(changed)

    async def ask(self, surrogates: Surrogates) -> SurrogateReply:
        """Return the model's answer."""
        asked = [_about(surrogates, message) for message in self.messages]
        options = texts_changed(self.options, surrogates.put_on)
        reply = reply_of(await self.ask_model(asked, options))
        reworded = Rewording(surrogates)
        named = reworded.of(texts_changed(reply, reworded.text))
        body = body_of(asked, options)
        return SurrogateReply(_API.drafts(body, reply), _API.drafts(body, named), named, reworded.garbled)

    async def beside(self, work: Coroutine[Any, Any, T]) -> T:
        """Do the work here."""
        return await work


def _about(surrogates: Surrogates, message: BaseMessage) -> BaseMessage:
    fields = ("content", "tool_calls", "invalid_tool_calls", "additional_kwargs")
    changed = {key: texts_changed(getattr(message, key), surrogates.put_on) for key in fields if hasattr(message, key)}
    return message.model_copy(update=changed)
