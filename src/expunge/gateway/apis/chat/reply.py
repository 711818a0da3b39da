"""The texts of a chat completion, channel by channel; reasoning that stands inside an answer is one of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from expunge.errors import ModelReplyError
from expunge.gateway.apis.base import Json
from expunge.gateway.apis.binary import without_data
from expunge.gateway.apis.logprobs import logprob_texts
from expunge.gateway.apis.texts import LABEL, Known, boundaries, unknown_texts
from expunge.types import Draft

_BLOCK = re.compile(r"<(think|thinking|reasoning|thought)>(.*?)(?:</\1>|\Z)\s*", re.DOTALL | re.IGNORECASE)
_END = re.compile(r"</(?:think|thinking|reasoning|thought)>\s*", re.IGNORECASE)
_LABELS = "id object created model system_fingerprint service_tier obfuscation provider"
KNOWN_REPLY: Known = {
    **dict.fromkeys(_LABELS.split(), LABEL),
    "choices": None,
    "usage": None,
    "timings": None,
}
_KNOWN_CHOICE: Known = {
    **dict.fromkeys(("index", "finish_reason", "native_finish_reason", "stop_reason"), LABEL),
    "message": None,
    "logprobs": None,
}
_KNOWN_MESSAGE: Known = {
    "role": LABEL,
    **dict.fromkeys(("content", "refusal", "reasoning_content", "reasoning")),
    **dict.fromkeys(("tool_calls", "function_call", "annotations", "audio")),
}
_KNOWN_CALL: Known = {
    "id": LABEL,
    "type": LABEL,
    "index": LABEL,
    "function": None,
    "custom": None,
}
_KNOWN_FUNCTION: Known = dict.fromkeys(("name", "arguments", "input"))
_KNOWN_ANNOTATION: Known = {"type": LABEL}
_KNOWN_AUDIO: Known = {"id": LABEL, "expires_at": LABEL, "transcript": None}
_KNOWN_LOGPROBS: Known = {"content": None, "refusal": None}
_KEY = re.compile(r"[a-z0-9_]{1,48}")
NAMELESS = ("usage", "timings")
"""Fields whose keys are the protocol's and whose values are numbers."""


def without_thoughts(text: str) -> tuple[str, str]:
    """The visible answer, and the reasoning inside it.

    A block that never ends is reasoning up to the end; an end without a beginning makes all before it reasoning,
    since some chat templates write the first mark themselves.
    """
    if "<" not in text:
        return text, ""
    thoughts = [match[2] for match in _BLOCK.finditer(text)]
    visible = _BLOCK.sub("", text)
    if (end := _END.search(visible)) is not None:
        thoughts.insert(0, visible[: end.start()])
        visible = visible[end.end() :]
    return visible, "\n".join(thoughts)


def choices_of(reply: Json) -> list[Mapping[str, Any]]:
    """The choices, each of them with a message.

    Raises:
        ModelReplyError: if there are none, or one is none.
    """
    choices = reply.get("choices")
    if not isinstance(choices, list) or not choices:
        raise ModelReplyError("The upstream gave an answer without choices; check that it is an OpenAI API.")
    for choice in choices:
        if not isinstance(choice, Mapping) or not isinstance(choice.get("message"), Mapping):
            raise ModelReplyError("The upstream gave a choice without a message; check that it is an OpenAI API.")
        if type(choice.get("index", 0)) is not int:
            raise ModelReplyError("The upstream gave a choice without a place; check that it is an OpenAI API.")
    if reply.get("error"):
        raise ModelReplyError("The upstream gave an answer and an error at once; check that it is an OpenAI API.")
    return choices


def drafts_of(body: Json, reply: Json, beside: Sequence[str] = ()) -> tuple[Draft, ...]:
    """One draft a choice; what stands outside of every choice, or beside the reply in its stream, counts for each, but
    for what the request gave."""
    choices = choices_of(reply)
    own = {key: value for key, value in reply.items() if key in KNOWN_REPLY or body.get(key) != value}
    outside = list(unknown_texts(own, KNOWN_REPLY, beside))
    for value in map(reply.get, NAMELESS):
        if not is_numbers(value):
            outside += unknown_texts({"": value}, {})
    return tuple(_draft(choice, outside) for choice in choices)


def visible_of(message: Mapping[str, Any]) -> tuple[str, str]:
    """The visible answer of a message and the reasoning inside it."""
    content = message.get("content")
    if isinstance(content, list):
        parts = [part.get("text") for part in content if isinstance(part, Mapping)]
        text = "".join(part for part in parts if isinstance(part, str))
    elif content is None or isinstance(content, str):
        text = content or ""
    else:
        raise ModelReplyError("The upstream sent a message whose content is not text; check that it is an OpenAI API.")
    return without_thoughts(text)


def _draft(choice: Mapping[str, Any], outside: Sequence[str]) -> Draft:
    message: Mapping[str, Any] = choice["message"]
    visible, thought = visible_of(message)
    refusal = message.get("refusal")
    others = list(_calls(message))
    if isinstance(refusal, str) and not visible:
        visible = refusal
    else:
        others += _texts(refusal)
    loose = [*unknown_texts(choice, _KNOWN_CHOICE), *_beside(message), *outside]
    if loose:
        others.append("\n".join(loose))
    own: list[str] = []
    if others:
        own = [*others, *_in_a_row(message), *boundaries(others)]
        others = [*own, *boundaries([visible, *others])]
    finish = choice.get("finish_reason")
    reasoning = [thought, *_texts(message.get("reasoning_content")), *_texts(message.get("reasoning"))]
    # These are dropped with any change, so that they need no judgement of their own.
    reasoning += [*_asides(message), *_logprobs(choice.get("logprobs"), visible)]
    if any(reasoning):
        reasoning += boundaries([*reasoning, visible])
    return Draft(
        visible,
        "\n".join(dict.fromkeys(text for text in reasoning if text)),
        tuple(text for text in others if text.strip()),
        finish if isinstance(finish, str) else "stop",
        own_calls=tuple(text for text in own if text.strip()) if message.get("tool_calls") else (),
    )


def _beside(message: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what stands in fields that a message does not have; pictures and sound in them are no text."""
    other = {key: value for key, value in message.items() if key not in _KNOWN_MESSAGE or key == "role"}
    return unknown_texts(without_data(other), _KNOWN_MESSAGE)


def _calls(message: Mapping[str, Any]) -> Iterator[str]:
    calls = message.get("tool_calls")
    if calls is not None and not isinstance(calls, list):
        raise ModelReplyError("The upstream sent tool calls that are not a list; check that it is an OpenAI API.")
    for call in calls or ():
        if isinstance(call, Mapping):
            for key in ("function", "custom"):
                yield _call(call.get(key))
            yield "\n".join(unknown_texts(call, _KNOWN_CALL))
        else:
            yield from _texts(call)
    yield _call(message.get("function_call"))


def _in_a_row(message: Mapping[str, Any]) -> Iterator[str]:
    """Yield what all calls are given, put together: a word may go on in the next one."""
    calls = [call for call in message.get("tool_calls") or () if isinstance(call, Mapping)]
    given = [call[kind] for call in calls for kind in ("function", "custom") if isinstance(call.get(kind), Mapping)]
    if len(given) > 1:
        for keys in (("arguments", "input"), ("name",)):
            yield "".join(text for call in given for key in keys if isinstance(text := call.get(key), str))


def _call(function: Any) -> str:
    if not isinstance(function, Mapping):
        return "\n".join(_texts(function))
    given = [text for key in ("arguments", "input") for text in _arguments(function.get(key))]
    return "\n".join((*_texts(function.get("name")), *given, *unknown_texts(function, _KNOWN_FUNCTION)))


def _arguments(given: Any) -> Iterator[str]:
    """Arguments as they stand, and read as JSON where escapes hide what they say."""
    yield from _texts(given)
    if isinstance(given, str) and "\\" in given:
        try:
            yield json.dumps(json.loads(given), ensure_ascii=False)
        except (ValueError, RecursionError):
            return


def _asides(message: Mapping[str, Any]) -> Iterator[str]:
    """Annotations, audio transcripts, and content in parts that are no plain text."""
    annotations = message.get("annotations")
    for annotation in annotations if isinstance(annotations, list) else (annotations,):
        if annotation is not None:
            yield "\n".join(unknown_texts([annotation], _KNOWN_ANNOTATION))
    audio = message.get("audio")
    if isinstance(audio, Mapping):
        yield from _texts(audio.get("transcript"))
        yield "\n".join(unknown_texts(without_data(audio), _KNOWN_AUDIO))
    else:
        yield from _texts(audio)
    content = message.get("content")
    if isinstance(content, list):
        for part in content:
            read = isinstance(part, Mapping) and isinstance(part.get("text"), str)
            known: Known = (
                {"type": LABEL, "text": None} if read else {"type": LABEL} if isinstance(part, Mapping) else {}
            )
            yield "\n".join(unknown_texts([without_data(part)], known))


def _logprobs(value: Any, visible: str) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield from _texts(value)
        return
    yield "\n".join(unknown_texts(value, _KNOWN_LOGPROBS))
    for key in _KNOWN_LOGPROBS:
        yield from logprob_texts(value.get(key), visible)


def _texts(value: Any) -> tuple[str, ...]:
    """All texts in a value of whatever kind."""
    return () if value is None else (value,) if isinstance(value, str) else unknown_texts({"": value}, {})


def is_numbers(value: Any) -> bool:
    """Whether a value holds numbers only, under keys as the protocol's are."""
    if isinstance(value, Mapping):
        return all(_KEY.fullmatch(str(key)) and is_numbers(part) for key, part in value.items())
    return value is None or isinstance(value, int | float)
