"""LangChain's messages as chat completions, whose every channel is read, and back."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, convert_to_messages
from langchain_core.outputs import ChatGeneration, ChatResult

from expunge.gateway.proxy.counterfactual import texts_changed
from expunge.integrations.judging import as_json

_ROLES = {"human": "user", "ai": "assistant", "AIMessageChunk": "assistant"}
_KEPT = ("model_name", "model_provider", "model", "finish_reason", "stop_reason")
"""The metadata that stay of a reply that was changed, if they are texts."""


def body_of(messages: Sequence[BaseMessage], options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the request that messages and options make."""
    return {**as_json(dict(options)), "messages": [_request_message(message) for message in messages]}


def reply_of(result: ChatResult) -> dict[str, Any]:
    """Return a model's reply; what a framework keeps beside its message counts as reasoning, so that it is read."""
    choices = [_choice(number, generation, result) for number, generation in enumerate(result.generations)]
    usage = [_usage_of(generation.message) for generation in result.generations]
    return {"choices": choices, **({"usage": usage[0]} if usage and usage[0] else {})}


def result_of(reply: Mapping[str, Any], result: ChatResult, changed: Sequence[bool]) -> ChatResult:
    """Return the result with the choices of a reply in the place of those that were changed."""
    each = zip(result.generations, reply["choices"], changed, strict=True)
    usage = reply.get("usage")
    generations = [_generation(old, choice, usage) if is_changed else old for old, choice, is_changed in each]
    return ChatResult(generations=generations)


def with_texts(message: BaseMessage, change: Callable[[str], str]) -> BaseMessage:
    """Return a message with each of its texts changed."""
    fields = ("content", "tool_calls", "invalid_tool_calls", "additional_kwargs")
    changed = {key: texts_changed(getattr(message, key), change) for key in fields if hasattr(message, key)}
    return message.model_copy(update=changed)


def _request_message(message: BaseMessage) -> dict[str, Any]:
    aside = {"name": message.name, **message.additional_kwargs} if message.name else message.additional_kwargs
    calls = _calls(message) if isinstance(message, AIMessage) else []
    told = {"role": _ROLES.get(message.type, message.type), "content": as_json(message.content)}
    return {**told, **({"tool_calls": calls} if calls else {}), **({"aside": as_json(aside)} if aside else {})}


def _choice(number: int, generation: ChatGeneration, result: ChatResult) -> dict[str, Any]:
    message = generation.message
    about = {**(result.llm_output or {}), **(generation.generation_info or {}), **message.response_metadata}
    logprobs, finish = about.pop("logprobs", None), about.get("finish_reason")
    aside = [message.additional_kwargs, about, message.name, message.id]
    told: dict[str, Any] = {"role": "assistant", "content": as_json(message.content), "reasoning": as_json(aside)}
    if calls := _calls(message) if isinstance(message, AIMessage) else []:
        told["tool_calls"] = calls
    return {"index": number, "message": told, "logprobs": as_json(logprobs), "finish_reason": finish or "stop"}


def _calls(message: AIMessage) -> list[dict[str, Any]]:
    given = [
        (call["id"], call["name"], json.dumps(as_json(call["args"]), ensure_ascii=False)) for call in message.tool_calls
    ]
    given += [(call["id"], call["name"] or "", call["args"] or "") for call in message.invalid_tool_calls]
    return [
        {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}
        for call_id, name, arguments in given
    ]


def _usage_of(message: BaseMessage) -> dict[str, Any] | None:
    return dict(message.usage_metadata) if isinstance(message, AIMessage) and message.usage_metadata else None


def _generation(old: ChatGeneration, choice: Mapping[str, Any], usage: Any) -> ChatGeneration:
    told = {
        key: value for key, value in choice["message"].items() if key in ("role", "content", "tool_calls") and value
    }
    (message,) = convert_to_messages([{"content": "", **told}])
    kept = {key: value for key in _KEPT if isinstance(value := old.message.response_metadata.get(key), str)}
    kept |= {"finish_reason": choice["finish_reason"]} if "finish_reason" in kept else {}
    update = {"id": old.message.id, "response_metadata": kept}
    if isinstance(usage, Mapping) and _usage_of(old.message):
        counts = ("input_tokens", "output_tokens", "total_tokens")
        update["usage_metadata"] = {key: usage.get(key, 0) for key in counts}
    return ChatGeneration(message=message.model_copy(update=update))
