"""Chat completions as streams: what chunks add up to, and a whole answer in chunks."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from expunge.errors import ModelReplyError
from expunge.gateway.apis.base import NO_CHUNK, Json, StreamedReply
from expunge.gateway.apis.chat.reply import NAMELESS, is_numbers
from expunge.gateway.apis.chat.request import wants_usage
from expunge.gateway.apis.logprobs import by_token
from expunge.gateway.apis.texts import LABEL, Known, UnknownTexts, unknown_texts, word_pieces
from expunge.gateway.json_text import NotReadable, parsed
from expunge.gateway.sse import DONE, Event

_CONSTANT = ("id", "created", "model", "system_fingerprint", "service_tier")
"""Fields that are the same in every chunk."""
_THOUGHTS = ("reasoning_content", "reasoning")
"""Fields of a message that models write before its content."""
_WHOLE = ("id", "type", "index", "role")
"""Fields of a delta that are given once and not piece by piece."""
_CHUNK_LABELS = "id object created model system_fingerprint service_tier obfuscation provider"
_DELTA: Known = dict.fromkeys(
    ("content", "refusal", "reasoning_content", "reasoning", "tool_calls", "function_call", "annotations", "audio")
)
_CHUNK: Known = {
    **dict.fromkeys(_CHUNK_LABELS.split(), LABEL),
    "choices": {
        **dict.fromkeys(("index", "finish_reason", "native_finish_reason", "stop_reason"), LABEL),
        "logprobs": None,
        "delta": {"role": LABEL, **_DELTA},
    },
}
"""What is known of a chunk, each by itself: a label that another chunk has otherwise must not go unread."""
_QUIET: Mapping[str, Any] = {"tool_calls": [], "annotations": []}


def chunk_of(event: Event) -> dict[str, Any] | None:
    """The chunk of an event, None for the closing one.

    Raises:
        ModelReplyError: if it is neither.
    """
    if event.data == DONE:
        return None
    try:
        chunk = parsed(event.data.encode("utf-8", "replace"))
    except NotReadable:
        chunk = None
    if not isinstance(chunk, dict) or not isinstance(chunk.get("choices", []), list):
        raise ModelReplyError(
            "The upstream sent an event that is not a chat completion chunk; check that it is an OpenAI API."
        )
    if chunk.get("error") or event.name == "error":
        raise ModelReplyError("The upstream broke off its answer with an error; try again, or look at its log.")
    if not all(isinstance(choice, dict) for choice in chunk.get("choices", ())):
        raise ModelReplyError("The upstream sent a choice that is not an object; check that it is an OpenAI API.")
    return chunk


def collect(events: Sequence[Event]) -> StreamedReply:
    """The completion that chunks add up to, with the texts of the chunks that it has no place for.

    Raises:
        ModelReplyError: if one is no chunk, or an answer has no end.
    """
    completion: dict[str, Any] = {}
    choices: dict[int, dict[str, Any]] = {}
    like = NO_CHUNK
    unknown = UnknownTexts()
    for event in events:
        chunk = chunk_of(event)
        unknown.add({"event": event.name} if event.name else {}, {})
        if chunk is None:
            continue
        unknown.add({key: value for key, value in chunk.items() if not (key in NAMELESS and is_numbers(value))}, _CHUNK)
        for choice in chunk.get("choices", ()):
            like = like or chunk
            index = choice.get("index", 0)
            if not isinstance(index, int):
                raise ModelReplyError("The upstream sent a choice without a place; check that it is an OpenAI API.")
            _add(choices.setdefault(index, {}), {k: v for k, v in choice.items() if k != "index"}, 0)
        _add_outside(completion, {key: value for key, value in chunk.items() if key != "choices"})
    if not choices or not all(choice.get("finish_reason") for choice in choices.values()):
        raise ModelReplyError("The upstream broke off its answer before its end; try again, or look at its log.")
    completion["object"] = "chat.completion"
    completion["choices"] = [_whole_choice(index, choices[index]) for index in sorted(choices)]
    return StreamedReply(completion, unknown.texts, like)


def _add_outside(completion: dict[str, Any], fields: Mapping[str, Any]) -> None:
    for key, value in fields.items():
        if key in completion and key not in _CONSTANT and isinstance(value, str) and isinstance(completion[key], str):
            # Padding, and whatever else comes in each chunk: all of it is read.
            completion[key] += value
        elif value is not None or key not in completion:
            completion[key] = value


def _add(into: dict[str, Any], delta: Mapping[str, Any], depth: int) -> None:
    """Merge a delta into what came before: texts and lists grow, entries with an index find their place.

    Nothing is lost, whatever the types of the values: all of it leaves with the events, so all of it must be read.
    """
    if depth > 20:
        raise ModelReplyError("The upstream's chunks are nested too deeply to be read; check what it sends.")
    for key, value in delta.items():
        if value is None:
            into.setdefault(key, None)
        elif into.get(key) is None or (key in _WHOLE and into[key] == value):
            into[key] = _fresh(value, depth)
        elif isinstance(value, str) and isinstance(into[key], str):
            _append(into, key, value)
        else:
            into[key] = _merged(into[key], value, depth)


def _append(into: dict[str, Any], key: str, more: str) -> None:
    text = into[key]
    # Without a second reference to the text, it grows in place.
    into[key] = None
    if key in _WHOLE:
        text += "\n"
    text += more
    into[key] = text


def _merged(old: Any, value: Any, depth: int) -> Any:
    """Return what two values make together; those of different types become a list."""
    if isinstance(old, dict) and isinstance(value, Mapping):
        _add(old, value, depth + 1)
        return old
    if isinstance(old, int | float) and isinstance(value, int | float):
        return value
    items = old if isinstance(old, list) else [old]
    for item in value if isinstance(value, list) else [value]:
        _add_item(items, item, depth + 1)
    return items


def _fresh(value: Any, depth: int) -> Any:
    """A value to which more can be added."""
    if isinstance(value, Mapping):
        made: dict[str, Any] = {}
        _add(made, value, depth + 1)
        return made
    if isinstance(value, list):
        items: list[Any] = []
        for item in value:
            _add_item(items, item, depth + 1)
        return items
    return value


def _add_item(items: list[Any], item: Any, depth: int) -> None:
    if isinstance(item, Mapping) and isinstance(item.get("index"), int):
        for known in items:
            if isinstance(known, dict) and known.get("index") == item["index"]:
                _add(known, item, depth)
                return
    items.append(_fresh(item, depth))


def _whole_choice(index: int, merged: dict[str, Any]) -> dict[str, Any]:
    delta = merged.pop("delta", None)
    message = delta if isinstance(delta, dict) else {}
    # A place within a stream is no field of a whole answer.
    for call in message.get("tool_calls") or ():
        if isinstance(call, dict):
            call.pop("index", None)
    if "message" in merged:
        # A chunk has a delta; what stands in its place is read as a field that nobody knows.
        merged["(message)"] = merged.pop("message")
    if delta is not None and not isinstance(delta, dict):
        merged["(delta)"] = delta
    return {"index": index, "message": {"role": "assistant", "content": None, **message}, **merged}


class Chunks:
    """Writes the chunks of one stream, in the form that the upstream gives its own.

    Args:
        body: the request, which says whether usage is wanted.
        reply: the answer, whose id, time and model all chunks carry.
        like: the upstream's own first chunk, if it sent any.
    """

    def __init__(self, body: Json, reply: Json, like: Json) -> None:
        self._fields: dict[str, Any] = {"object": "chat.completion.chunk"}
        labels: Known = dict.fromkeys(_CONSTANT, LABEL)
        self._fields |= {
            key: reply[key] for key in labels if key in reply and not unknown_texts({key: reply[key]}, labels)
        }
        first: Mapping[str, Any] = next(iter(like.get("choices") or ()), {})
        self._in_choice = {"logprobs": None} if "logprobs" in first else {}
        delta = first.get("delta")
        self._in_first = {"refusal": None} if isinstance(delta, Mapping) and "refusal" in delta else {}
        self._like, self._first = like, first
        self._usage = wants_usage(body)
        self._nothing = {"usage": None} if ("usage" in like if like else self._usage) else {}

    def delta(self, index: int, delta: Mapping[str, Any], finish: Any = None, **logprobs: Any) -> Event:
        """One chunk of one choice."""
        choice = {"index": index, "delta": delta, **self._in_choice, **logprobs, "finish_reason": finish}
        ordered = _ordered(choice, self._first)
        return _event(_ordered({**self._fields, "choices": [ordered], **self._nothing}, self._like))

    def opening(self, index: int) -> Event:
        """The first chunk of a choice."""
        return self.delta(index, {"role": "assistant", "content": "", **self._in_first})

    def text(self, index: int, text: str, key: str = "content") -> Iterator[Event]:
        """A text, word by word."""
        return (self.delta(index, {key: piece}) for piece in word_pieces(text))

    def closing(self, usage: Any) -> Iterator[Event]:
        """Usage, if the request asked for it and there is any, and the end."""
        if self._usage and usage is not None:
            yield _event(_ordered({**self._fields, "choices": [], "usage": usage}, self._like))
        yield Event(DONE)


def stream(body: Json, reply: Json, like: Json) -> Iterator[Event]:
    """A whole completion in chunks, in the form of the one that they are to be like."""
    chunks = Chunks(body, reply, like)
    for choice in reply["choices"]:
        index, message, logprobs = choice.get("index", 0), choice["message"], choice.get("logprobs")
        yield chunks.opening(index)
        for key in _THOUGHTS:
            if isinstance(thought := message.get(key), str):
                yield from chunks.text(index, thought, key)
        content = message.get("content")
        if isinstance(content, str) and logprobs is None:
            yield from chunks.text(index, content)
        elif isinstance(content, str) and (tokens := by_token(logprobs.get("content"), content)):
            for token, entry in tokens:
                yield chunks.delta(index, {"content": token}, logprobs={**logprobs, "content": [entry]})
        elif content is not None:
            yield chunks.delta(index, {"content": content}, logprobs=logprobs)
        yield from _others(chunks, index, message)
        yield chunks.delta(index, {}, choice.get("finish_reason") or "stop")
    yield from chunks.closing(reply.get("usage"))


def _others(chunks: Chunks, index: int, message: Mapping[str, Any]) -> Iterable[Event]:
    """Return what a message holds beside its content; each call whole, its name before its arguments."""
    for key, value in message.items():
        said = key in ("role", "content") or (key in _THOUGHTS and isinstance(value, str))
        if said or value is None or _QUIET.get(key) == value:
            continue
        if key == "tool_calls":
            for place, call in enumerate(value):
                function = call.get("function")
                if not isinstance(function, Mapping):
                    yield chunks.delta(index, {"tool_calls": [{"index": place, **call}]})
                    continue
                named = {**function, "arguments": ""}
                yield chunks.delta(index, {"tool_calls": [{"index": place, **call, "function": named}]})
                rest = {"index": place, "function": {"arguments": function.get("arguments", "")}}
                yield chunks.delta(index, {"tool_calls": [rest]})
        elif isinstance(value, str):
            yield from chunks.text(index, value, key)
        else:
            yield chunks.delta(index, {key: value})


def _ordered(fields: Mapping[str, Any], like: Mapping[str, Any]) -> dict[str, Any]:
    """The fields in the order in which the upstream has them."""
    return {key: fields[key] for key in (*(key for key in like if key in fields), *fields)}


def _event(chunk: Mapping[str, Any]) -> Event:
    return Event(json.dumps(chunk, ensure_ascii=False, separators=(",", ":")))
