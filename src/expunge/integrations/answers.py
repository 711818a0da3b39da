"""The answers that leave in the place of a model's own, by the endpoint's protocol in which they can be written."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from expunge.counterfactual.refusal import SurrogateReply
from expunge.counterfactual.surrogates import Surrogates
from expunge.gateway.apis.base import Api
from expunge.gateway.apis.logprobs import Rewording
from expunge.gateway.proxy.counterfactual import texts_changed
from expunge.integrations.judging import Judge
from expunge.models.base import ChatOptions
from expunge.pipeline import Outcome
from expunge.types import Decision, Message

T = TypeVar("T")
R = TypeVar("R")
"""The result of a framework's model."""
Json = dict[str, Any]
Change = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Asked(Generic[R]):
    """A request: what it says, as the body of an endpoint, and how the model is asked it.

    `ask` asks it with each of its texts changed, and gives what the model gives, and the same as the endpoint's reply.
    """

    api: Api
    body: Json
    ask: Callable[[Change], Awaitable[tuple[R, Json]]]


async def decided(judge: Judge, asked: Asked[R]) -> tuple[R, Json, Sequence[Outcome]]:
    """Return what the model gave, the reply as it may leave, and what was decided about each of its choices.

    Where every choice was passed, what the model gave may leave itself.
    """
    parts, api, body = judge.parts, asked.api, asked.body
    snapshot, pipeline = parts.registry.snapshot(), parts.pipeline
    told = api.conversation(body)
    spoken, promised = api.spoken(body, told), api.promises_form(body)
    stranger = pipeline.counterfactual(snapshot, told, ChatOptions(), _Again(asked), spoken=spoken, promised=promised)
    try:
        given, reply = await asked.ask(_unchanged)
        outcomes = []
        for number, draft in enumerate(api.drafts(body, reply)):
            outcome = await pipeline.decide(snapshot, told, draft, spoken=spoken)
            if stranger is not None:
                outcome = await pipeline.reworded(outcome, draft, stranger, number)
            outcomes.append(outcome)
    finally:
        if stranger is not None:
            stranger.close()
    passed = all(outcome.decision is Decision.PASSED for outcome in outcomes)
    return given, reply if passed else api.rewritten(body, reply, outcomes), outcomes


@dataclass(frozen=True, slots=True)
class _Again:
    """Asks the same about surrogates."""

    asked: Asked[Any]

    def with_surrogates(self, surrogates: Surrogates) -> Sequence[Message]:
        """Return all that is said about them."""
        return self.asked.api.conversation(texts_changed(self.asked.body, surrogates.put_on))

    async def ask(self, surrogates: Surrogates) -> SurrogateReply:
        """Return the model's answer."""
        drafts, reworded = self.asked.api.drafts, Rewording(surrogates)
        _, reply = await self.asked.ask(surrogates.put_on)
        named = reworded.of(texts_changed(reply, reworded.text))
        raw = drafts(texts_changed(self.asked.body, surrogates.put_on), reply)
        return SurrogateReply(raw, drafts(self.asked.body, named), named, reworded.garbled)

    async def beside(self, work: Coroutine[Any, Any, T]) -> T:
        """Do the work here."""
        return await work


def _unchanged(text: str) -> str:
    return text
