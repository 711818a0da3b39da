"""The texts of a reply of `/v1/messages`, on every channel, whatever kinds of blocks it holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from expunge.errors import ModelReplyError
from expunge.gateway.apis.base import Json
from expunge.gateway.apis.binary import text_within, without_data
from expunge.gateway.apis.messages.request import call_texts, declared_tools, prefill_of
from expunge.gateway.apis.texts import LABEL, Known, boundaries, unknown_texts
from expunge.types import Draft


def _labels(words: str) -> dict[str, Any]:
    return dict.fromkeys(words.split(), LABEL)


_CACHED = _labels("ephemeral_5m_input_tokens ephemeral_1h_input_tokens")
_COUNTS = _labels("input_tokens output_tokens cache_creation_input_tokens cache_read_input_tokens")
USAGE: Known = {
    **_COUNTS,
    **_labels("service_tier inference_geo speed"),
    "cache_creation": _CACHED,
    "output_tokens_details": _labels("thinking_tokens"),
    "server_tool_use": _labels("web_search_requests web_fetch_requests"),
    "iterations": {**_COUNTS, **_labels("type model"), "cache_creation": _CACHED},
}
LABELS: Known = {
    **_labels("id type role model"),
    "container": {**_labels("id expires_at"), "skills": _labels("type skill_id version")},
    "context_management": {
        "applied_edits": _labels("type cleared_input_tokens cleared_tool_uses cleared_thinking_turns")
    },
    "diagnostics": {"cache_miss_reason": _labels("type cache_missed_input_tokens")},
    "input_transformations": _labels("type message_index content_index reason"),
}
"""The fields of a reply that hold no text."""
MESSAGE: Known = {
    **LABELS,
    "stop_reason": LABEL,
    "stop_sequence": None,
    "stop_details": _labels("type category"),
    "usage": USAGE,
    "content": None,
}
_TEXT: Known = {"type": LABEL, "text": None, "citations": None}
_CITATION = _labels(
    "type document_index start_char_index end_char_index start_page_number end_page_number start_block_index "
    "end_block_index search_result_index file_id"
)
_THINKING: Known = {"type": LABEL, "thinking": None, "signature": None}
_REDACTED: Known = {"type": LABEL, "data": None}
_CALLER: Known = _labels("type tool_id")
_CALL: Known = {
    **_labels("type id toolset_name server_name"),
    "caller": _CALLER,
    "name": None,
    "input": None,
}
_BLOCK: Known = {
    **_labels("type id tool_use_id server_name file_id container_id is_error error_code return_code retrieved_at"),
    "caller": _CALLER,
}
_CIPHERS = frozenset(("signature", "encrypted_index", "encrypted_stdout"))
"""Fields with data that is no text, beside those that `binary` knows."""
OWN_CALL = "tool_use"
"""A call that the client makes; others are made where the model is."""
CALLS = (OWN_CALL, "server_tool_use", "mcp_tool_use")
THOUGHTS = ("thinking", "redacted_thinking")


@dataclass(slots=True)
class _Said:
    """Texts by what becomes of them: `shown` are the visible ones, `dropped` go with any change, `calls` are kept."""

    shown: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)


def draft_of(body: Json, reply: Json, beside: Sequence[str] = ()) -> Draft:
    """All that a reply says. Its texts are one, since that is how clients show them; `beside` is what stands in the
    events of a stream alone.

    Raises:
        ModelReplyError: if it is no message.
    """
    said = _Said()
    declared = declared_tools(body)
    each: list[str] = []
    blocks = blocks_of(reply)
    for block in blocks:
        before = len(said.calls)
        _read(block, said, declared)
        if block.get("type") != "text":
            each.append("\n".join(said.calls[before:]))
    before = len(said.calls)
    text = text_of(blocks)
    joined = "".join(said.shown)
    if joined != text:
        # A client may put texts together that calls stand between.
        said.dropped.append(joined)
    said.dropped += boundaries([prefill_of(body), text])
    said.calls += unknown_texts(reply, MESSAGE, beside)
    stopped = reply.get("stop_sequence")
    if stopped is not None and stopped not in _stops(body):
        said.calls += unknown_texts({"": stopped}, {})
    met = [*each, "\n".join(said.calls[before:])]
    own: tuple[str, ...] = ()
    if any(block.get("type") == OWN_CALL for block in blocks):
        own = (*said.calls, *boundaries(met))
    if any(met):
        said.calls += boundaries([text, *met])
    thought = [part for part in said.dropped if part.strip()]
    if thought:
        thought += boundaries([*thought, text])
    return Draft(
        text,
        "\n".join(dict.fromkeys(thought)),
        tuple(part for part in said.calls if part.strip()),
        own_calls=tuple(part for part in own if part.strip()),
    )


def blocks_of(reply: Json) -> list[Json]:
    """The blocks of a reply.

    Raises:
        ModelReplyError: if it is no message.
    """
    content = reply.get("content")
    if not isinstance(content, list) or not all(isinstance(block, Mapping) for block in content):
        raise unusable()
    if reply.get("type") == "error" or reply.get("error"):
        raise unusable()
    return content


def text_of(blocks: Sequence[Json]) -> str:
    """The visible text: where citations cut it into blocks it is joined again, and other blocks set it apart."""
    texts: list[str] = []
    goes_on = False
    for block in blocks:
        if block.get("type") == "text":
            said = _text(block.get("text"))
            if goes_on:
                texts[-1] += said
            else:
                texts.append(said)
            goes_on = True
        else:
            goes_on = False
    return "\n\n".join(text for text in texts if text)


def length_of(blocks: Sequence[Json]) -> int:
    """Characters that a model wrote for these blocks, thoughts and calls included, and what tools gave it not."""
    length = 0
    for block in blocks:
        given = [block.get("text"), block.get("thinking")]
        if block.get("type") in CALLS:
            given += [block.get("name"), *call_texts(block)]
        length += sum(len(text) for text in given if isinstance(text, str))
    return length


def unusable() -> ModelReplyError:
    """The error for what is no message."""
    return ModelReplyError("The upstream's reply is not a message of Anthropic's API; check that base_url is correct.")


def _stops(body: Json) -> Sequence[Any]:
    stops = body.get("stop_sequences")
    return stops if isinstance(stops, list) else ()


def _read(block: Json, said: _Said, declared: frozenset[str]) -> None:
    kind = block.get("type")
    if kind == "text":
        said.shown.append(_text(block.get("text")))
        said.dropped += unknown_texts(plain(block.get("citations")), _CITATION)
        said.calls += unknown_texts(block, _TEXT)
    elif kind == "thinking":
        said.dropped += [_text(block.get("thinking")), text_within(_text(block.get("signature")))]
        said.calls += unknown_texts(block, _THINKING)
    elif kind == "redacted_thinking":
        said.dropped.append(text_within(_text(block.get("data"))))
        said.calls += unknown_texts(block, _REDACTED)
    elif kind in CALLS:
        name = block.get("name")
        # The request named its tools itself; any other name is the model's own words.
        named = () if isinstance(name, str) and name in declared else unknown_texts({"": name}, {})
        said.calls.append("\n".join((*named, *call_texts(block), *unknown_texts(plain(block), _CALL))))
    else:
        said.calls.append("\n".join(unknown_texts(plain(block), _BLOCK)))


def plain(value: Any) -> Any:
    """A value with the text that it holds in the place of each piece of data and each cipher."""
    return without_data(_without_ciphers(value, 0))


def _without_ciphers(value: Any, depth: int) -> Any:
    if depth > 100:
        raise ModelReplyError("The upstream's reply is nested too deeply to be read; check what it sends.")
    if isinstance(value, list):
        return [_without_ciphers(item, depth + 1) for item in value]
    if isinstance(value, Mapping):
        return {
            key: text_within(part) if key in _CIPHERS and isinstance(part, str) else _without_ciphers(part, depth + 1)
            for key, part in value.items()
        }
    return value


def _text(value: Any) -> str:
    if value is not None and not isinstance(value, str):
        raise unusable()
    return value or ""
