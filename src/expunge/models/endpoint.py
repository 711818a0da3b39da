"""Chat and embedding models behind an OpenAI-compatible endpoint."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from expunge.models.base import ChatOptions, Completion, Vectors
from expunge.models.wire import ParameterRejected, Wire
from expunge.types import Message

_DISPENSABLE = frozenset({"max_tokens", "temperature", "seed"})
_EMBEDDING_BATCH = 128
_DEFAULTS = ChatOptions()


class EndpointChat:
    """A chat model at `base_url` (chat completions), called `model` there.

    `timeout` bounds one call with its retries, in seconds; `max_tokens` applies where the options name none.
    `label` replaces the endpoint's address in error sentences.

    Raises:
        ConfigError: if `base_url` or the key cannot be used.
    """

    def __init__(
        self,
        base_url: str,
        model: str,
        *,
        api_key: str = "none",
        timeout: float = 60.0,
        retries: int = 2,
        max_tokens: int | None = None,
        label: str = "",
    ) -> None:
        self._wire = Wire(base_url, api_key, timeout=timeout, retries=retries, label=label)
        self._model = model
        self._max_tokens = max_tokens
        self._rejected: set[str] = set()

    @property
    def name(self) -> str:
        """The model's name at the endpoint."""
        return self._model

    async def complete(
        self,
        messages: Sequence[Message],
        options: ChatOptions = _DEFAULTS,
        *,
        extra: Mapping[str, Any] | None = None,
    ) -> Completion:
        """Continue the conversation.

        Parameters that the endpoint turns down by name (some models take no temperature, or count their tokens
        under another name) are left out from then on. `extra` holds fields that this endpoint takes beside OpenAI's.

        Raises:
            ModelUnreachable: if it cannot be reached or does not finish in time.
            ModelRefused: if it answers with an error status.
            ContextTooLong: if the conversation is over its context size.
            ModelReplyError: if its reply is not a chat completion.
        """
        while True:
            body = self._body(messages, options)
            try:
                reply = await self._wire.ask("chat/completions", {**body, **(extra or {})})
            except ParameterRejected as error:
                if error.parameter in self._rejected or error.parameter not in _DISPENSABLE & body.keys():
                    raise
                self._rejected.add(error.parameter)
            else:
                return self._completion(reply)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._wire.aclose()

    def _body(self, messages: Sequence[Message], options: ChatOptions) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": self._model,
            "messages": [{"role": message.role, "content": encodable(message.content)} for message in messages],
            "temperature": options.temperature,
            "max_tokens": options.max_tokens or self._max_tokens,
            "seed": options.seed,
        }
        if "max_tokens" in self._rejected:
            body["max_completion_tokens"] = body["max_tokens"]
        if options.schema is not None:
            body["response_format"] = {
                "type": "json_schema",
                "json_schema": {"name": "reply", "strict": True, "schema": dict(options.schema)},
            }
        return {key: value for key, value in body.items() if value is not None and key not in self._rejected}

    def _completion(self, reply: Mapping[str, Any]) -> Completion:
        choices = reply.get("choices")
        if not (isinstance(choices, list) and choices and isinstance(choices[0], dict)):
            raise self._wire.unusable("holds no choices")
        message = choices[0].get("message")
        if not isinstance(message, dict):
            raise self._wire.unusable("holds no message")
        text = _text(message.get("content"))
        if text is None:
            raise self._wire.unusable("holds a message without text")
        usage = reply.get("usage")
        return Completion(
            text=text or _string(message.get("refusal")),
            reasoning=_string(message.get("reasoning_content")) or _string(message.get("reasoning")),
            tool_calls=tuple(_tool_calls(message)),
            finish_reason=_string(choices[0].get("finish_reason")) or "stop",
            prompt_tokens=_count(usage, "prompt_tokens"),
            completion_tokens=_count(usage, "completion_tokens"),
        )


async def served_models(base_url: str, *, api_key: str = "none") -> list[str]:
    """Return the names of the models that an endpoint says it serves, sorted, within ten seconds.

    Raises:
        ConfigError: if `base_url` or the key cannot be used.
        ModelError: if the endpoint cannot be reached or does not list its models.
    """
    wire = Wire(base_url, api_key, timeout=10.0, retries=0)
    try:
        reply = await wire.get("models")
    finally:
        await wire.aclose()
    listed = reply.get("data")
    if not isinstance(listed, list):
        raise wire.unusable("lists no models")
    return sorted({one["id"] for one in listed if isinstance(one, dict) and isinstance(one.get("id"), str)})


class EndpointEmbeddings:
    """An embedding model at `base_url`, called `model` there; arguments as for `EndpointChat`."""

    def __init__(
        self, base_url: str, model: str, *, api_key: str = "none", timeout: float = 60.0, retries: int = 2
    ) -> None:
        self._wire = Wire(base_url, api_key, timeout=timeout, retries=retries)
        self._model = model

    @property
    def name(self) -> str:
        """The model's name at the endpoint."""
        return self._model

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, shape (len(texts), dimensions); (0, 0) for no texts.

        Raises:
            ModelError: if the endpoint cannot be reached, or its reply is not one vector for each text.
        """
        if not texts:
            return np.zeros((0, 0), dtype=np.float32)
        parts = [await self._batch(texts[i : i + _EMBEDDING_BATCH]) for i in range(0, len(texts), _EMBEDDING_BATCH)]
        if len({part.shape[1] for part in parts}) != 1:
            raise self._wire.unusable("holds vectors of different lengths")
        return np.concatenate(parts)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._wire.aclose()

    async def _batch(self, texts: Sequence[str]) -> Vectors:
        inputs = [encodable(text) or " " for text in texts]
        reply = await self._wire.ask("embeddings", {"input": inputs, "model": self._model, "encoding_format": "float"})
        data = reply.get("data")
        if not (isinstance(data, list) and len(data) == len(texts) and all(isinstance(item, dict) for item in data)):
            raise self._wire.unusable("does not hold one vector for each text")
        places = [item.get("index", place) for place, item in enumerate(data)]
        if sorted(map(str, places)) != sorted(map(str, range(len(texts)))):
            raise self._wire.unusable("does not hold one vector for each text")
        try:
            vectors = np.array([item.get("embedding") for item in data], dtype=np.float32)[np.argsort(places)]
        except (TypeError, ValueError):
            raise self._wire.unusable("holds something else than vectors") from None
        if vectors.ndim != 2 or not vectors.shape[1]:
            raise self._wire.unusable("holds something else than vectors")
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not (np.isfinite(norms).all() and (norms > 0).all()):
            raise self._wire.unusable("holds vectors without a direction")
        unit: Vectors = (vectors / norms).astype(np.float32)
        return unit


def encodable(text: str) -> str:
    """`text` with a question mark for each lone surrogate, which UTF-8 cannot carry."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _text(content: object) -> str | None:
    """The text of a message: a string, a list of parts, or nothing; None if it is none of these."""
    if content is None or isinstance(content, str):
        return content or ""
    if not isinstance(content, list):
        return None
    texts = [_string(part.get("text") or part.get("refusal")) for part in content if isinstance(part, dict)]
    return "".join(texts)


def _tool_calls(message: Mapping[str, Any]) -> list[str]:
    calls = message.get("tool_calls")
    found = [call.get("function") or call.get("custom") for call in calls or () if isinstance(call, dict)]
    found.append(message.get("function_call"))
    return [
        f"{_string(call.get('name'))}({_string(call.get('arguments')) or _string(call.get('input'))})"
        for call in found
        if isinstance(call, dict)
    ]


def _string(value: object) -> str:
    return value if isinstance(value, str) else ""


def _count(usage: object, key: str) -> int:
    value = usage.get(key) if isinstance(usage, dict) else None
    return int(value) if isinstance(value, int | float) and math.isfinite(value) and value > 0 else 0
