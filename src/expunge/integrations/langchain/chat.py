"""A chat model whose answers are decided by the pipeline."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Literal, Self

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatResult
from langchain_core.runnables import Runnable, RunnableBinding
from pydantic import Field

from expunge.errors import UsageError
from expunge.gateway.apis.chat.api import ChatApi
from expunge.gateway.proxy.counterfactual import texts_changed
from expunge.integrations.answers import Asked, Json, decided
from expunge.integrations.judging import AnyUnlearner, Judge
from expunge.integrations.langchain.quiet import unseen
from expunge.integrations.langchain.wire import body_of, reply_of, result_of, with_texts
from expunge.integrations.loops import here
from expunge.types import Decision

_API = ChatApi()
Ask = Callable[[list[BaseMessage], dict[str, Any]], Awaitable[ChatResult]]


class ScrubbedChatModel(BaseChatModel):
    """Answers as another chat model does, but discloses no target: text, reasoning, tool calls, metadata.

    Streams give the whole answer once it has been read. Answers are never cached, since targets change.
    """

    model: BaseChatModel
    unlearner: Any = Field(exclude=True, repr=False)
    cache: Literal[False] = Field(default=False, exclude=True)

    @classmethod
    def of(cls, model: BaseChatModel, unlearner: AnyUnlearner) -> Self:
        """Wrap a chat model; bind tools to what this returns.

        Raises:
            UsageError: if `unlearner` is none.
        """
        Judge(unlearner)
        return cls(model=model, unlearner=unlearner)

    @property
    def _llm_type(self) -> str:
        return f"expunge-{self.model._llm_type}"

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> Runnable[Any, AIMessage]:
        """Bind tools as the other model does."""
        bound = self.model.bind_tools(tools, **kwargs)
        if not isinstance(bound, RunnableBinding) or bound.bound is not self.model:
            raise UsageError("The model binds tools in a way of its own; pass them with each call instead.")
        return self.bind(**bound.kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        async def ask(asked: list[BaseMessage], options: dict[str, Any]) -> ChatResult:
            with unseen():
                return await asyncio.to_thread(self.model._generate, asked, stop, None, **options)

        judge = Judge(self.unlearner)
        return judge.run(_decided(judge, messages, kwargs, ask))

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        async def ask(asked: list[BaseMessage], options: dict[str, Any]) -> ChatResult:
            with unseen():
                return await self.model._agenerate(asked, stop, None, **options)

        judge = Judge(self.unlearner)
        return await judge.arun(_decided(judge, messages, kwargs, here(ask)))


async def _decided(judge: Judge, messages: list[BaseMessage], options: dict[str, Any], ask: Ask) -> ChatResult:
    async def replied(change: Callable[[str], str]) -> tuple[ChatResult, Json]:
        told = [with_texts(message, change) for message in messages]
        result = await ask(told, texts_changed(options, change))
        return result, reply_of(result)

    result, left, outcomes = await decided(judge, Asked(_API, body_of(messages, options), replied))
    changed = [outcome.decision is not Decision.PASSED for outcome in outcomes]
    return result_of(left, result, changed) if any(changed) else result
