"""A chat model in this process as an upstream of every endpoint."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Protocol

from expunge.errors import ModelRefused, ModelReplyError
from expunge.gateway.apis.base import Json
from expunge.gateway.apis.chat.api import ChatApi
from expunge.gateway.apis.chat.request import turns_of, wants_json
from expunge.gateway.apis.completions import CompletionsApi
from expunge.gateway.apis.responses.api import ResponsesApi, wanted_schema
from expunge.gateway.errors import InvalidBody
from expunge.gateway.http_errors import Problem
from expunge.gateway.sse import Event
from expunge.gateway.upstream.base import UpstreamRequest, UpstreamResponse
from expunge.models.base import ChatModel, ChatOptions, Completion
from expunge.types import Message

_JSON = {"content-type": "application/json"}
_TOOLS = frozenset(("tools", "functions"))


class ModelUpstream:
    """Answers for a chat model: every endpoint and the list of models, whole or streamed, one choice.

    A chat model is not shown any tools, so that requests with tools are refused, unless `makes_calls` says that the
    model makes tool calls of its own accord. Calls that it makes are passed on either way.
    """

    def __init__(self, model: ChatModel, *, makes_calls: bool = False) -> None:
        self._model = model
        self._makes_calls = makes_calls

    @asynccontextmanager
    async def open(self, call: UpstreamRequest) -> AsyncIterator[UpstreamResponse]:
        """Ask the model.

        Raises:
            ModelError: if it fails.
            InvalidBody: if it does not take the request.
        """
        yield await self._answer(call)

    async def aclose(self) -> None:
        """The model is its owner's to close."""

    async def _answer(self, call: UpstreamRequest) -> _Made:
        if call.path == "models":
            entry = {"id": self._model.name, "object": "model", "created": 0, "owned_by": "expunge"}
            return _Made(200, _JSON, json.dumps({"object": "list", "data": [entry]}).encode())
        api = _ENDPOINTS.get(call.path)
        if api is None or call.body is None:
            return _made(Problem(404, "The embedded model has no such endpoint.", code="unknown_url"))
        body = json.loads(call.body)
        try:
            _check(body, api.not_taken - _TOOLS if self._makes_calls else api.not_taken)
            completion = await self._model.complete(api.conversation(body), _options(body, api))
        except ModelRefused as error:
            return _made(Problem(error.status if error.status < 500 else 502, str(error), code="model_refused"))
        reply = api.reply(body, str(body.get("model") or self._model.name), completion)
        if body.get("stream") is True:
            events = b"".join(event.encoded() for event in api.streamed(body, reply))
            return _Made(200, {"content-type": "text/event-stream"}, events)
        return _Made(200, _JSON, json.dumps(reply, ensure_ascii=False).encode())


class _Endpoint(Protocol):
    """The way an endpoint asks a chat model, and answers for it."""

    limits: tuple[str, ...]
    """The fields that bound the answer's tokens, the first of them that is there counts."""
    not_taken: frozenset[str]
    """Fields that the model cannot do justice to."""

    def conversation(self, body: Json) -> tuple[Message, ...]: ...

    def schema(self, body: Json) -> Any: ...

    def reply(self, body: Json, model: str, completion: Completion) -> dict[str, Any]: ...

    def streamed(self, body: Json, reply: Json) -> Iterator[Event]: ...


class _Chat(ChatApi):
    limits: tuple[str, ...] = ("max_completion_tokens", "max_tokens")
    not_taken = frozenset(("audio", "logprobs")) | _TOOLS

    def conversation(self, body: Json) -> tuple[Message, ...]:
        return turns_of(body)

    def schema(self, body: Json) -> Any:
        return wants_json(body)

    def reply(self, body: Json, model: str, completion: Completion) -> dict[str, Any]:
        message: dict[str, Any] = {"role": "assistant", "content": completion.text}
        if completion.reasoning:
            message["reasoning_content"] = completion.reasoning
        finish = completion.finish_reason
        if completion.tool_calls:
            calls = [{"id": _call_id(), "type": "function", "function": _call(call)} for call in completion.tool_calls]
            message |= {"content": completion.text or None, "tool_calls": calls}
            finish = "tool_calls" if finish == "stop" else finish
        return {
            "id": f"chatcmpl-{uuid.uuid4().hex}",
            "object": "chat.completion",
            "created": int(time.time()),
            "model": model,
            "choices": [{"index": 0, "message": message, "finish_reason": finish}],
            "usage": _usage(completion, "prompt_tokens", "completion_tokens"),
        }


class _Completions(CompletionsApi):
    limits: tuple[str, ...] = ("max_tokens",)
    not_taken = frozenset(("logprobs", "echo", "suffix"))

    def conversation(self, body: Json) -> tuple[Message, ...]:
        if isinstance(body.get("prompt"), list) and len(body["prompt"]) != 1:
            raise InvalidBody("The embedded model takes one prompt at a time.", "prompt")
        return super().conversation(body)

    def schema(self, body: Json) -> Any:
        return wants_json(body)

    def reply(self, body: Json, model: str, completion: Completion) -> dict[str, Any]:
        if completion.tool_calls:
            raise ModelReplyError(
                "The model answered with a tool call, which a text completion cannot hold; use /v1/chat/completions."
            )
        ended = completion.finish_reason if completion.finish_reason in ("stop", "length") else "stop"
        return {
            "id": f"cmpl-{uuid.uuid4().hex}",
            "object": "text_completion",
            "created": int(time.time()),
            "model": model,
            "choices": [{"index": 0, "text": completion.text, "logprobs": None, "finish_reason": ended}],
            "usage": _usage(completion, "prompt_tokens", "completion_tokens"),
        }


class _Responses(ResponsesApi):
    limits: tuple[str, ...] = ("max_output_tokens",)
    not_taken = frozenset(("tools", "previous_response_id", "conversation", "prompt", "top_logprobs"))

    def conversation(self, body: Json) -> tuple[Message, ...]:
        return super().conversation({key: value for key, value in body.items() if key != "text"})

    def schema(self, body: Json) -> Any:
        return wanted_schema(body)

    def reply(self, body: Json, model: str, completion: Completion) -> dict[str, Any]:
        key, cut = uuid.uuid4().hex, completion.finish_reason == "length"
        part = {"type": "output_text", "text": completion.text, "annotations": [], "logprobs": []}
        message = {
            "id": f"msg_{key}",
            "type": "message",
            "status": "incomplete" if cut else "completed",
            "role": "assistant",
            "content": [part],
        }
        thought = {"id": f"rs_{key}", "type": "reasoning", "summary": []}
        thoughts = [{"type": "reasoning_text", "text": completion.reasoning}]
        made = {"type": "function_call", "status": "completed"}
        calls = [
            {"id": f"fc_{key}{at}", **made, "call_id": _call_id(), **_call(call)}
            for at, call in enumerate(completion.tool_calls)
        ]
        tools = body.get("tools") or []
        return {
            "id": f"resp_{key}",
            "object": "response",
            "created_at": int(time.time()),
            "status": "incomplete" if cut else "completed",
            "error": None,
            "incomplete_details": {"reason": "max_output_tokens"} if cut else None,
            "model": model,
            "output": [
                *([{**thought, "content": thoughts}] if completion.reasoning else []),
                *([message] if completion.text or not calls else []),
                *calls,
            ],
            "parallel_tool_calls": bool(tools),
            "tool_choice": body.get("tool_choice", "auto") if tools else "none",
            "tools": tools,
            "usage": {
                **_usage(completion, "input_tokens", "output_tokens"),
                "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
                "output_tokens_details": {"reasoning_tokens": 0},
            },
        }


_ENDPOINTS: Mapping[str, _Endpoint] = {api.path: api for api in (_Chat(), _Completions(), _Responses())}


class _Made:
    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.status = status
        self.headers = headers
        self._body = body

    async def pieces(self) -> AsyncIterator[bytes]:
        yield self._body


def _made(problem: Problem) -> _Made:
    return _Made(problem.status, {**_JSON, **problem.headers}, json.dumps(problem.body).encode())


def _call_id() -> str:
    return f"call_{uuid.uuid4().hex}"


def _call(call: str) -> dict[str, str]:
    """Return the name and the arguments of a call, which a completion holds as `name(arguments)`."""
    name, _, rest = call.partition("(")
    return {"name": name, "arguments": rest.removesuffix(")")}


def _check(body: Json, not_taken: frozenset[str]) -> None:
    for name in body:
        if name in not_taken and body[name]:
            raise InvalidBody("The embedded model does not take this; leave it out, or configure an endpoint.", name)
    if body.get("n") not in (None, 1):
        raise InvalidBody("The embedded model gives one choice at a time.", "n")


def _options(body: Json, api: _Endpoint) -> ChatOptions:
    schema = api.schema(body)
    limit = next((found for name in api.limits if (found := _number(body, name))), None)
    seed = _number(body, "seed")
    return ChatOptions(
        _number(body, "temperature"),
        None if limit is None else int(limit),
        None if seed is None else int(seed),
        schema if isinstance(schema, Mapping) else None,
    )


def _number(body: Json, key: str) -> float | None:
    value: Any = body.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= 2**63:
        raise InvalidBody("This must be a number.", key)
    return value


def _usage(completion: Completion, prompt_key: str, completion_key: str) -> dict[str, int]:
    read, written = completion.prompt_tokens, completion.completion_tokens
    return {prompt_key: read, completion_key: written, "total_tokens": read + written}
