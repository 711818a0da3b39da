"""The texts of a reply of `/v1/responses`, on every channel, whatever kinds of items it holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from expunge.errors import ModelReplyError
from expunge.gateway.apis.base import Json
from expunge.gateway.apis.binary import text_within, without_data
from expunge.gateway.apis.logprobs import logprob_texts
from expunge.gateway.apis.texts import LABEL, Known, boundaries, each_unknown_text, joined_texts, unknown_texts
from expunge.types import Draft


def _labels(words: str) -> dict[str, Any]:
    return dict.fromkeys(words.split(), LABEL)


_USAGE: Known = {
    **_labels("input_tokens output_tokens total_tokens"),
    "input_tokens_details": {
        **_labels("cached_tokens cache_write_tokens audio_tokens text_tokens image_tokens"),
        "cache_write_tokens_details": _labels("ttl_12h_tokens ttl_30m_tokens"),
    },
    "output_tokens_details": _labels("reasoning_tokens audio_tokens text_tokens image_tokens"),
}
LABELS = _labels(
    "id object created_at completed_at model status background max_output_tokens max_tool_calls parallel_tool_calls "
    "previous_response_id prompt_cache_retention service_tier store temperature top_p top_logprobs truncation "
    "frequency_penalty presence_penalty"
)
"""The fields of a response that hold no text."""
ECHOES = frozenset(
    _labels(
        "instructions tools tool_choice metadata prompt user safety_identifier prompt_cache_key text reasoning "
        "conversation prompt_cache_options include stream_options"
    )
)
"""The fields that give back what the request said; what the request did not say is an answer in them, too."""
RESPONSE: Known = {
    **LABELS,
    **dict.fromkeys(ECHOES),
    "usage": _USAGE,
    "incomplete_details": _labels("reason"),
    "error": {},
    "output": None,
}
# The words with which a server fills what the request left out.
_DEFAULTS: Known = {
    "conversation": _labels("id"),
    "text": {"verbosity": LABEL, "format": _labels("type name strict")},
    "reasoning": _labels("effort summary generate_summary context mode"),
    "tools": _labels("type strict name search_context_size ranker execution defer_loading allowed_callers async"),
    "tool_choice": LABEL,
    "prompt": _labels("id version"),
    "prompt_cache_options": _labels("mode ttl"),
}
_MESSAGE: Known = {**_labels("id type role status phase"), "content": None}
_TEXT: Known = {"type": LABEL, "text": None, "refusal": None, "annotations": None, "logprobs": None}
_ANNOTATION = _labels("type index start_index end_index file_id container_id")
_REASONING: Known = {**_labels("id type status"), "summary": None, "content": None, "encrypted_content": None}
_THOUGHT: Known = {"type": LABEL, "text": None}
_ITEM = _labels(
    "id type status call_id container_id execution server_label approval_request_id max_output_length timeout_ms "
    "file_id output_format quality background size action fingerprint defer_loading strict approve score"
)


_CLIENTS = ("function_call", "custom_tool_call")
"""Calls that the client makes; others are made where the model is."""


@dataclass(slots=True)
class _Said:
    """Texts by what becomes of them: `shown` are the visible ones, `dropped` go with any change, `calls` are kept."""

    shown: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)


def draft_of(body: Json, reply: Json, beside: Sequence[str] = ()) -> Draft:
    """All that a response says, and the texts beside it in its stream. Its messages are one text, since that is how
    clients show them.

    Raises:
        ModelReplyError: if it is no response.
    """
    said = _Said()
    each: list[str] = []
    for item in items_of(reply):
        before = len(said.calls)
        _read(item, said)
        if item.get("type") != "message":
            given = (item.get("arguments"), item.get("input"))
            each.append("\n".join((*(text for text in given if isinstance(text, str)), *said.calls[before:])))
    before = len(said.calls)
    if len(said.shown) > 1:
        # A client may put the parts together without a space.
        said.dropped.append("".join(said.shown))
    said.calls += unknown_texts(reply, RESPONSE, beside)
    said.calls += unechoed(body, reply)
    own: tuple[str, ...] = ()
    met = [*each, "\n".join(said.calls[before:])]
    if any(item.get("type") in _CLIENTS for item in items_of(reply)):
        own = (*said.calls, *boundaries(met))
    if any(each):
        said.calls += boundaries(["\n".join(said.shown), *met])
    return Draft("\n\n".join(said.shown), "\n".join(said.dropped), tuple(said.calls), own_calls=own)


def items_of(reply: Json) -> list[Json]:
    """The items of a response's output.

    Raises:
        ModelReplyError: if it is no response.
    """
    output = reply.get("output")
    if not isinstance(output, list) or not all(isinstance(item, Mapping) for item in output):
        raise unusable()
    return output


def unechoed(body: Json, reply: Json) -> tuple[str, ...]:
    """Return what stands in the fields that give back the request, and was not in it."""
    given = {key: value for key, value in reply.items() if key in ECHOES and value != body.get(key)}
    echoed = each_unknown_text(given, {**{key: {} for key in ECHOES}, **_DEFAULTS})
    asked = set(each_unknown_text(body, {})) | ECHOES if echoed else ()
    added = [text for text in echoed if text not in asked]
    return (*added, *joined_texts(given, {key: {} for key in ECHOES})) if added else ()


def item_texts(item: Json) -> tuple[str, ...]:
    """All that an item of any kind says, as it stands."""
    return unknown_texts(without_data(item), _ITEM)


def length_of(output: Sequence[Json]) -> int:
    """Characters that a model wrote for these items, thoughts and calls included."""
    said = _Said()
    for item in output:
        _read(item, said if item.get("type") == "reasoning" else _Said(said.shown, [], said.calls))
    return sum(len(text) for text in (*said.shown, *said.dropped, *said.calls))


def unusable() -> ModelReplyError:
    """The error for what is no response."""
    return ModelReplyError("The upstream's reply is not an OpenAI response object; check that base_url is correct.")


def _read(item: Json, said: _Said) -> None:
    match item.get("type"):
        case "message":
            said.calls += unknown_texts(item, _MESSAGE)
            for part in _parts(item.get("content")):
                _read_part(part, said)
        case "reasoning":
            said.calls += unknown_texts(item, _REASONING)
            for part in (*_parts(item.get("summary")), *_parts(item.get("content"))):
                said.dropped.append(_text(part.get("text")))
                said.calls += unknown_texts(part, _THOUGHT)
            said.dropped.append(text_within(_text(item.get("encrypted_content"))))
        case "function_call" | "custom_tool_call" | "mcp_call" | "mcp_approval_request":
            given = "arguments" if "arguments" in item else "input"
            said.calls.append(f"{_text(item.get('name'))}({_text(item.get(given))})")
            rest = {key: value for key, value in item.items() if key not in ("name", given)}
            said.calls += item_texts(rest)
        case _:
            said.calls.append("\n".join(item_texts(item)))


def _read_part(part: Json, said: _Said) -> None:
    kind = part.get("type")
    if kind not in ("output_text", "refusal"):
        said.calls += unknown_texts(part, {"type": LABEL})
        return
    text = _text(part.get("text" if kind == "output_text" else "refusal"))
    said.shown.append(text)
    said.dropped += unknown_texts(part.get("annotations"), _ANNOTATION)
    said.dropped += logprob_texts(part.get("logprobs"), text)
    other = "refusal" if kind == "output_text" else "text"
    said.calls += unknown_texts(part, {key: known for key, known in _TEXT.items() if key != other})


def _parts(value: Any) -> list[Json]:
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(part, Mapping) for part in value):
        raise unusable()
    return value


def _text(value: Any) -> str:
    if value is not None and not isinstance(value, str):
        raise unusable()
    return value or ""
