"""A model whose answers are decided by the pipeline."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

from agents import Model, ModelResponse, ModelTracing, Usage
from agents.items import TResponseOutputItem, TResponseStreamEvent
from openai.types.responses import ResponseStreamEvent
from pydantic import TypeAdapter

from expunge.errors import UsageError
from expunge.gateway.apis.responses.api import ResponsesApi
from expunge.gateway.proxy.counterfactual import texts_changed
from expunge.integrations.answers import Asked, Json, decided
from expunge.integrations.judging import AnyUnlearner, Judge, as_json
from expunge.integrations.loops import here
from expunge.types import Decision

_API = ResponsesApi()
_OUTPUT: TypeAdapter[list[TResponseOutputItem]] = TypeAdapter(list[TResponseOutputItem])
_EVENT: TypeAdapter[TResponseStreamEvent] = TypeAdapter(ResponseStreamEvent)
_TOLD = ("name", "tool_name", "description", "tool_description", "params_json_schema", "input_json_schema")
"""Fields of tools and handoffs that the model is told."""


_COUNTS = ("input_tokens", "output_tokens", "total_tokens")


class ScrubbedModel(Model):
    """Answers as another model does, but discloses no target: text, reasoning, calls.

    A stream begins once the whole answer has been read. The other model's own answers are not traced.
    """

    def __init__(self, model: Model, unlearner: AnyUnlearner) -> None:
        self._model = model
        self._judge = Judge(unlearner)

    async def get_response(  # noqa: PLR0913 - as the SDK calls it
        self,
        system_instructions: str | None,
        input: Any,
        model_settings: Any,
        tools: list[Any],
        output_schema: Any,
        handoffs: list[Any],
        tracing: ModelTracing,
        *,
        previous_response_id: str | None,
        conversation_id: str | None,
        prompt: Any,
    ) -> ModelResponse:
        """Return the answer, as far as it may leave.

        Raises:
            UsageError: if the provider keeps the conversation, since nobody can read it here.
        """
        if previous_response_id or conversation_id:
            raise UsageError("Keep the conversation in a session; what a provider keeps of it cannot be read here.")
        body: Json = {"instructions": system_instructions or "", "input": as_json(input), "prompt": as_json(prompt)}
        body["tools"] = [{key: getattr(tool, key, None) for key in _TOLD} for tool in (*tools, *handoffs)]
        if output_schema is not None and not output_schema.is_plain_text():
            body["text"] = {"format": {"type": "json_schema", "name": "output", "schema": output_schema.json_schema()}}

        async def ask(change: Callable[[str], str]) -> tuple[ModelResponse, Json]:
            told = texts_changed({"instructions": system_instructions, "input": input}, change)
            given = (told["instructions"], told["input"], model_settings, tools, output_schema, handoffs)
            kept = {"previous_response_id": None, "conversation_id": None, "prompt": prompt}
            result = await self._model.get_response(*given, ModelTracing.DISABLED, **kept)
            return result, _reply(result)

        asked = Asked(_API, {key: value for key, value in as_json(body).items() if value is not None}, here(ask))
        result, left, (outcome,) = await self._judge.arun(decided(self._judge, asked))
        if outcome.decision is Decision.PASSED:
            return result
        counts = {key: (left.get("usage") or {}).get(key, 0) for key in _COUNTS}
        usage = Usage(requests=result.usage.requests, **counts)
        return replace(result, output=_OUTPUT.validate_python(left["output"]), usage=usage, raw_usage=None)

    async def stream_response(self, *asked: Any, **kept: Any) -> AsyncIterator[TResponseStreamEvent]:
        """Give the whole answer, as far as it may leave, in the events of a stream."""
        result = await self.get_response(*asked, **kept)
        reply = {**_reply(result), "model": "", "parallel_tool_calls": True, "tool_choice": "auto", "tools": []}
        for event in _API.streamed({}, {**reply, "id": result.response_id or "resp", "object": "response"}):
            yield _EVENT.validate_json(event.data)

    async def close(self) -> None:
        """Close the other model."""
        await self._model.close()


def _reply(result: ModelResponse) -> Json:
    output = [as_json(item) for item in result.output]
    usage = {key: as_json(getattr(result.usage, key)) for key in (*_COUNTS, *(f"{key}_details" for key in _COUNTS[:2]))}
    return {"output": output, "status": "completed", "created_at": 0, "usage": usage}
