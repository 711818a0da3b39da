"""A chat model in this process as an upstream: its answers as chat completions."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from expunge.errors import ContextTooLong, MissingError, ModelRefused
from expunge.gateway.apis.chat_request import conversation_of, wants_json
from expunge.gateway.apis.chat_stream import stream
from expunge.gateway.errors import InvalidBody
from expunge.gateway.problems import Problem, of_error
from expunge.gateway.upstream import Call, Received
from expunge.models.base import ChatModel, ChatOptions, Completion

_NOT_TAKEN = ("tools", "functions", "audio", "logprobs")
_JSON = {"content-type": "application/json"}


class ModelUpstream:
    """Answers for a chat model: chat completions and the list of models, whole or streamed, one choice, no tools."""

    def __init__(self, model: ChatModel) -> None:
        self._model = model

    @asynccontextmanager
    async def open(self, call: Call) -> AsyncIterator[Received]:
        """Ask the model.

        Raises:
            ModelError: if it fails.
        """
        yield await self._answer(call)

    async def aclose(self) -> None:
        """The model is its owner's to close."""

    async def _answer(self, call: Call) -> _Made:
        if call.path == "models":
            entry = {"id": self._model.name, "object": "model", "created": 0, "owned_by": "expunge"}
            return _Made(200, _JSON, json.dumps({"object": "list", "data": [entry]}).encode())
        if call.path != "chat/completions" or call.body is None:
            return _made(
                Problem(404, "The embedded model answers /v1/chat/completions and nothing else.", code="unknown_url")
            )
        body = json.loads(call.body)
        try:
            _check(body)
            completion = await self._model.complete(conversation_of(body), _options(body))
        except (InvalidBody, ContextTooLong, MissingError) as error:
            return _made(of_error(error))
        except ModelRefused as error:
            return _made(Problem(error.status if error.status < 500 else 502, str(error), code="model_refused"))
        reply = _reply(body, self._model.name, completion)
        if body.get("stream") is True:
            events = b"".join(event.encoded() for event in stream(body, reply))
            return _Made(200, {"content-type": "text/event-stream"}, events)
        return _Made(200, _JSON, json.dumps(reply, ensure_ascii=False).encode())


class _Made:
    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.status = status
        self.headers = headers
        self._body = body

    async def pieces(self) -> AsyncIterator[bytes]:
        yield self._body


def _made(problem: Problem) -> _Made:
    return _Made(problem.status, {**_JSON, **problem.headers}, json.dumps(problem.body).encode())


def _check(body: Mapping[str, Any]) -> None:
    for name in _NOT_TAKEN:
        if body.get(name):
            raise InvalidBody("The embedded model does not take this; leave it out, or configure an endpoint.", name)
    if body.get("n") not in (None, 1):
        raise InvalidBody("The embedded model gives one choice at a time.", "n")


def _options(body: Mapping[str, Any]) -> ChatOptions:
    schema = wants_json(body)
    limit = _number(body, "max_completion_tokens") or _number(body, "max_tokens")
    seed = _number(body, "seed")
    return ChatOptions(
        _number(body, "temperature"),
        None if limit is None else int(limit),
        None if seed is None else int(seed),
        schema if isinstance(schema, Mapping) else None,
    )


def _number(body: Mapping[str, Any], key: str) -> float | None:
    value = body.get(key)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 2**63):
        raise InvalidBody("This is no number.", key)
    return value


def _reply(body: Mapping[str, Any], model: str, completion: Completion) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": completion.text}
    if completion.reasoning:
        message["reasoning_content"] = completion.reasoning
    read, written = completion.prompt_tokens, completion.completion_tokens
    return {
        "id": f"chatcmpl-{uuid.uuid4().hex}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": body.get("model") or model,
        "choices": [{"index": 0, "message": message, "finish_reason": completion.finish_reason}],
        "usage": {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written},
    }
