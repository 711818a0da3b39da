"""Chat models behind an endpoint of Anthropic's Messages API."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from expunge.errors import ContextTooLong, ModelRefused
from expunge.models.base import ChatOptions, Completion
from expunge.models.endpoint import encodable
from expunge.models.wire import Wire
from expunge.settings import ANTHROPIC_VERSION
from expunge.types import Message

_DEFAULTS = ChatOptions()
_MAX_TOKENS = 1024
"""Tokens of an answer where neither the options nor the settings say: the API must be told."""
_ENDS = {"end_turn": "stop", "stop_sequence": "stop", "max_tokens": "length", "tool_use": "tool_calls"}


class AnthropicChat:
    """A chat model at `base_url`, called `model` there; arguments as for `EndpointChat`."""

    def __init__(
        self,
        base_url: str,
        model: str,
        *,
        api_key: str = "none",
        timeout: float = 60.0,
        retries: int = 2,
        max_tokens: int | None = None,
    ) -> None:
        headers = {"x-api-key": api_key, "anthropic-version": ANTHROPIC_VERSION}
        self._wire = Wire(base_url, api_key, timeout=timeout, retries=retries, headers=headers)
        self._model = model
        self._max_tokens = max_tokens or _MAX_TOKENS
        self._takes_temperature = True

    @property
    def name(self) -> str:
        """The model's name at the endpoint."""
        return self._model

    async def complete(self, messages: Sequence[Message], options: ChatOptions = _DEFAULTS) -> Completion:
        """Continue the conversation. A model that takes no temperature is asked without one from then on.

        Raises:
            ModelUnreachable: if it cannot be reached or does not finish in time.
            ModelRefused: if it answers with an error status.
            ContextTooLong: if the conversation is over its context size.
            ModelReplyError: if its reply is not a message.
        """
        body = self._body(messages, options)
        try:
            reply = await self._wire.ask("messages", body)
        except ContextTooLong:
            raise
        except ModelRefused as error:
            if error.status != 400 or "temperature" not in body:
                raise
            # The API does not say which parameter it does not take.
            del body["temperature"]
            reply = await self._wire.ask("messages", body)
            self._takes_temperature = False
        return self._completion(reply)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._wire.aclose()

    def _body(self, messages: Sequence[Message], options: ChatOptions) -> dict[str, Any]:
        instructions = [message.content for message in messages if message.role in ("system", "developer")]
        turns = [
            {"role": message.role if message.role == "assistant" else "user", "content": encodable(message.content)}
            for message in messages
            if message.role not in ("system", "developer") and message.content.strip()
        ]
        body: dict[str, Any] = {
            "model": self._model,
            "max_tokens": options.max_tokens or self._max_tokens,
            "messages": turns,
        }
        if instructions:
            body["system"] = encodable("\n\n".join(instructions))
        if options.temperature is not None and self._takes_temperature:
            body["temperature"] = min(options.temperature, 1.0)
        if options.schema is not None:
            body["output_config"] = {"format": {"type": "json_schema", "schema": dict(options.schema)}}
        return body

    def _completion(self, reply: Mapping[str, Any]) -> Completion:
        content = reply.get("content")
        if not isinstance(content, list) or not all(isinstance(block, dict) for block in content):
            raise self._wire.unusable("is not a message of Anthropic's API")
        usage = reply.get("usage")
        counts: Mapping[str, Any] = usage if isinstance(usage, dict) else {}
        reason = reply.get("stop_reason")
        return Completion(
            text=_row(content, "text"),
            reasoning=_row(content, "thinking"),
            tool_calls=tuple(
                f"{block.get('name')}({json.dumps(block.get('input'), ensure_ascii=False)})"
                for block in content
                if block.get("type") == "tool_use"
            ),
            finish_reason=_ENDS.get(reason, reason) if isinstance(reason, str) else "stop",
            prompt_tokens=_count(counts.get("input_tokens")),
            completion_tokens=_count(counts.get("output_tokens")),
        )


def _row(content: Sequence[Mapping[str, Any]], kind: str) -> str:
    """The texts of all blocks of one kind, which has the name of its field."""
    return "".join(str(block.get(kind) or "") for block in content if block.get("type") == kind)


def _count(value: Any) -> int:
    return value if type(value) is int and value >= 0 else 0
