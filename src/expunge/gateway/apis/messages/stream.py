"""Messages as streams: what events add up to, and a whole message as events."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from expunge.errors import ModelReplyError
from expunge.gateway.apis.base import Json, StreamedReply
from expunge.gateway.apis.messages.reply import (
    CALLS,
    LABELS,
    MESSAGE,
    USAGE,
    blocks_of,
    draft_of,
    plain,
    unusable,
)
from expunge.gateway.apis.texts import LABEL, Known, UnknownTexts, unknown_texts, word_pieces
from expunge.gateway.json_text import NotReadable, parsed
from expunge.gateway.sse import Event

_GROWING = {
    "text_delta": ("text", ("text",)),
    "thinking_delta": ("thinking", ("thinking",)),
    "signature_delta": ("signature", ("thinking",)),
}
"""Deltas that continue a text: its field, and the kinds of blocks that have it."""
_DELTAS = {
    **{kind: key for kind, (key, _) in _GROWING.items()},
    "input_json_delta": "partial_json",
    "citations_delta": "citation",
}
"""The field of each kind of delta that holds what it adds."""
_BESIDE = LABELS.keys() - {"id", "type", "role", "model"}
"""What the end of a message may tell of it."""
_FIELDS: Mapping[str, frozenset[str]] = {
    "message_start": frozenset(("message",)),
    "content_block_start": frozenset(("index", "content_block")),
    "content_block_delta": frozenset(("index", "delta")),
    "content_block_stop": frozenset(("index",)),
    "message_delta": frozenset(("delta", "usage", *_BESIDE)),
    "message_stop": frozenset(),
    "ping": frozenset(),
}
"""The fields of each kind of event that are read with it."""
_EVENT: Known = {"type": LABEL}


class _Collector:
    """Puts the events of one stream together: the message, its blocks, and the texts that have no place in either."""

    def __init__(self) -> None:
        self._message: dict[str, Any] = {}
        self._blocks: dict[int, dict[str, Any]] = {}
        self._inputs: dict[int, list[str]] = {}
        self._texts: list[str] = []
        self._last_text = -1
        self._mixed = False
        self._unknown = UnknownTexts()
        self._ended = False
        self._like: dict[str, Any] = {}

    def add(self, event: Event) -> None:
        """Take one event.

        Raises:
            ModelReplyError: if it is none of this API's, reports an error, or comes where it may not.
        """
        value = event_value(event)
        kind: str = value["type"]
        if event.name not in ("", kind):
            self._unknown.add({"event": event.name}, {})
        taken = _FIELDS.get(kind, frozenset())
        self._unknown.add(plain({key: part for key, part in value.items() if key not in taken}), _EVENT, kind)
        if kind not in _FIELDS:
            return
        if kind == "ping":
            self._like["ping"] = True
            return
        if self._ended or bool(self._message) == (kind == "message_start"):
            raise unusable()
        if kind == "message_start":
            self._begin(value)
        elif kind == "content_block_start":
            self._open(_index(value), value.get("content_block"))
        elif kind == "content_block_delta":
            self._continue(_index(value), value.get("delta"))
        elif kind == "content_block_stop":
            self._block(_index(value))
        elif kind == "message_delta":
            self._change(value)
        else:
            self._ended = True

    def reply(self) -> StreamedReply:
        """Return the message.

        Raises:
            ModelReplyError: if the stream ended before it was whole.
        """
        if not self._ended or not isinstance(self._message.get("stop_reason"), str):
            raise ModelReplyError("The upstream broke off its answer before its end; try again, or look at its log.")
        for index, pieces in self._inputs.items():
            self._blocks[index]["input"] = _input("".join(pieces))
        content = [self._blocks[index] for index in sorted(self._blocks)]
        beside = self._unknown.texts
        if self._mixed:
            # A client that shows texts as they come shows them in this order.
            beside = (*beside, "".join(self._texts))
        return StreamedReply({**self._message, "content": content}, beside, self._like)

    def _begin(self, value: Mapping[str, Any]) -> None:
        message = value.get("message")
        if not isinstance(message, Mapping) or message.get("content"):
            raise unusable()
        self._unknown.add({"usage": message.get("usage")}, {"usage": USAGE})
        self._message = dict(message)
        self._like["message_start"] = value

    def _open(self, index: int, block: Any) -> None:
        if not isinstance(block, Mapping) or index in self._blocks:
            raise unusable()
        self._blocks[index] = dict(block)
        if block.get("type") == "text":
            self._show(index, block.get("text"))

    def _continue(self, index: int, delta: Any) -> None:
        block = self._block(index)
        if not isinstance(delta, Mapping):
            raise unusable()
        kind = delta.get("type")
        key = _DELTAS.get(kind) if isinstance(kind, str) else None
        added = delta.get(key) if key is not None else None
        taken = self._grow(index, block, str(kind), added) if added is not None else False
        rest = {name: part for name, part in delta.items() if not (taken and name == key)}
        if not taken and key is None:
            rest = _continued_fields(block, rest)
        self._unknown.add(plain(rest), _EVENT, f"{index}/{kind}")

    def _grow(self, index: int, block: dict[str, Any], kind: str, added: Any) -> bool:
        """Put what a delta adds to its block; returns whether it has a place there."""
        if kind in _GROWING and isinstance(added, str):
            key, kinds = _GROWING[kind]
            before = block.get(key) or ""
            if block.get("type") not in kinds or not isinstance(before, str):
                return False
            # Without a second reference to the text, it grows in place.
            block[key] = None
            before += added
            block[key] = before
            if kind == "text_delta":
                self._show(index, added)
            return True
        if kind == "input_json_delta" and isinstance(added, str) and block.get("type") in CALLS:
            if index not in self._inputs and block.get("input"):
                # What the pieces replace was sent all the same.
                self._unknown.add({"input": block["input"]}, {})
            self._inputs.setdefault(index, []).append(added)
            return True
        cited = block.get("citations")
        if kind == "citations_delta" and block.get("type") == "text" and isinstance(cited, list | None):
            block["citations"] = [*(cited or ()), added]
            return True
        return False

    def _show(self, index: int, text: Any) -> None:
        if isinstance(text, str) and text:
            self._mixed = self._mixed or index < self._last_text
            self._last_text = index
            self._texts.append(text)

    def _block(self, index: int) -> dict[str, Any]:
        if index not in self._blocks:
            raise unusable()
        return self._blocks[index]

    def _change(self, value: Mapping[str, Any]) -> None:
        delta, usage = value.get("delta"), value.get("usage")
        if not isinstance(delta, Mapping) or not isinstance(usage, Mapping | None):
            raise unusable()
        self._like["message_delta"] = value
        beside = {key: value[key] for key in _BESIDE if key in value}
        for key, part in (*beside.items(), *delta.items()):
            before = self._message.get(key)
            if before is not None and before != part:
                # It was sent, and is not what stands there in the end.
                self._unknown.add({key: before}, {name: known for name, known in MESSAGE.items() if known is not None})
            if part is not None or key not in self._message:
                self._message[key] = part
        self._unknown.add({"usage": usage}, {"usage": USAGE})
        counted = self._message.get("usage")
        if usage:
            told = {key: part for key, part in usage.items() if part is not None}
            self._message["usage"] = {**(counted if isinstance(counted, Mapping) else {}), **told}


def _continued_fields(block: dict[str, Any], delta: Mapping[str, Any]) -> dict[str, Any]:
    """Put the texts of a delta of a new kind behind the block's own in the fields of that name; returns the rest."""
    rest: dict[str, Any] = {}
    for key, part in delta.items():
        before = block.get(key)
        if key != "type" and isinstance(part, str) and isinstance(before, str | None):
            block[key] = (before or "") + part
        else:
            rest[key] = part
    return rest


def _input(text: str) -> Any:
    """Return what a call is given: the JSON object of a text, or the text where it is none, as if cut short."""
    try:
        return parsed(text.encode("utf-8", "replace")) if text else {}
    except NotReadable:
        return text


def collect(events: Sequence[Event]) -> StreamedReply:
    """Return the message that events add up to, and the texts of events that it has no place for.

    Raises:
        ModelReplyError: if one is none of this API's, or the stream ended early.
    """
    collector = _Collector()
    for event in events:
        collector.add(event)
    return collector.reply()


def stream(reply: Json, like: Json) -> Iterator[Event]:
    """A whole message as events, in the form of the upstream's own where `like` holds any."""
    return map(_event, _values(reply, like))


def continue_stream(reply: Json, sent: Sequence[Event], rest: str, like: Json) -> Iterator[Event]:
    """Yield the rest of a stream whose first events were `sent`: `rest` of the only text of `reply`, and the end.

    What was sent is as `visible_text` lets pass: the beginnings of the message and of a text, and some of the text.
    """
    begun = {event_value(event)["type"] for event in sent}
    first = True
    for value in _values(reply, like):
        if value["type"] == "content_block_delta":
            pieces = word_pieces(rest) if first else ()
            first = False
            yield from (_event({**value, "delta": {"type": "text_delta", "text": piece}}) for piece in pieces)
        elif value["type"] not in begun and value["type"] != "ping":
            yield _event(value)


def visible_text(body: Json, event: Event) -> str | None:
    """Return the text of one event, as `Api.visible`: only the first block may speak, and only if it is a text."""
    try:
        value = event_value(event)
        kind: str = value["type"]
        others = value.keys() - _FIELDS.get(kind, frozenset()) != {"type"}
        if event.name not in ("", kind) or value.get("index", 0) != 0 or others:
            return None
        if kind == "content_block_delta":
            delta = value.get("delta")
            if not isinstance(delta, Mapping) or delta.get("type") != "text_delta" or delta.keys() - {"type", "text"}:
                return None
            text = delta.get("text")
            return text if isinstance(text, str) else None
        return "" if _is_quiet(body, kind, value) else None
    except ModelReplyError:
        return None


def _is_quiet(body: Json, kind: str, value: Json) -> bool:
    """Return whether an event begins the message or a text, or keeps the connection, and says nothing yet."""
    if kind == "ping":
        return True
    if kind == "message_start":
        message = value.get("message")
    elif kind == "content_block_start":
        block = value.get("content_block")
        if not isinstance(block, Mapping) or block.get("type") != "text" or block.get("text") or block.get("citations"):
            return False
        message = {"content": [block]}
    else:
        return False
    if not isinstance(message, Mapping) or unknown_texts(message, MESSAGE):
        return False
    said = draft_of(body, message)
    return not (said.text or said.reasoning.strip() or said.tool_calls)


def _values(reply: Json, like: Json) -> Iterator[dict[str, Any]]:
    start, change = _form(like, "message_start"), _form(like, "message_delta")
    begun = start.get("message")
    counted = begun.get("usage") if isinstance(begun, Mapping) else None
    message = {**reply, "content": []}
    message |= {key: None for key in ("stop_reason", "stop_sequence", "stop_details") if key in message}
    usage = reply.get("usage")
    if isinstance(usage, Mapping):
        message["usage"] = _first_usage(usage, counted)
    if isinstance(begun, Mapping):
        # What the upstream tells at the end alone, it does not tell here.
        message = {key: part for key, part in message.items() if key in begun}
    yield {"type": "message_start", "message": _ordered(message, begun)}
    for index, block in enumerate(blocks_of(reply)):
        for number, value in enumerate(_block_values(index, block)):
            yield value
            if index == number == 0 and like.get("ping"):
                yield {"type": "ping"}
    delta = {key: reply.get(key) for key in ("stop_reason", "stop_sequence")}
    told = _mapping(change.get("delta")) if change else reply
    delta |= {key: reply.get(key) for key in ("container", "stop_details") if key in told}
    ended: dict[str, Any] = {"type": "message_delta", "delta": _ordered(delta, change.get("delta"))}
    if isinstance(usage, Mapping):
        shape = _mapping(change.get("usage")) or {"output_tokens": 0}
        ended["usage"] = {key: usage[key] for key in shape if key in usage}
    for key in change:
        if key in _BESIDE and key in reply:
            ended[key] = reply[key]
    yield _ordered(ended, change)
    yield {"type": "message_stop"}


def _first_usage(usage: Json, counted: Any) -> dict[str, Any]:
    """Usage at the beginning of a message, when next to nothing is written: as the upstream told it, if it did."""
    first = {**usage, "output_tokens": 1} if usage.get("output_tokens") else dict(usage)
    if not isinstance(counted, Mapping):
        return first
    known = {key: part for key, part in counted.items() if not unknown_texts({key: part}, USAGE) and key in USAGE}
    return {key: known.get(key, first.get(key)) for key in counted if key in known or key in first}


def _block_values(index: int, block: Json) -> Iterator[dict[str, Any]]:
    kind = block.get("type")
    begun, deltas = dict(block), []
    if kind == "text":
        begun["text"] = ""
        deltas = [{"type": "text_delta", "text": piece} for piece in word_pieces(block.get("text") or "")]
        if cited := block.get("citations"):
            begun["citations"] = []
            deltas += [{"type": "citations_delta", "citation": citation} for citation in cited]
    elif kind == "thinking":
        begun |= {"thinking": "", "signature": ""}
        deltas = [{"type": "thinking_delta", "thinking": piece} for piece in word_pieces(block.get("thinking") or "")]
        deltas.append({"type": "signature_delta", "signature": block.get("signature") or ""})
    elif kind in CALLS:
        given = block.get("input")
        begun["input"] = {}
        text = given if isinstance(given, str) else json.dumps(given, ensure_ascii=False)
        deltas = [{"type": "input_json_delta", "partial_json": piece} for piece in ("", text)]
    yield {"type": "content_block_start", "index": index, "content_block": begun}
    for delta in deltas:
        yield {"type": "content_block_delta", "index": index, "delta": delta}
    yield {"type": "content_block_stop", "index": index}


def _form(like: Json, kind: str) -> Mapping[str, Any]:
    return _mapping(like.get(kind))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _ordered(fields: Mapping[str, Any], like: Any) -> dict[str, Any]:
    """The fields in the order in which the upstream has them."""
    return {key: fields[key] for key in (*(key for key in _mapping(like) if key in fields), *fields)}


def _event(value: Mapping[str, Any]) -> Event:
    return Event(json.dumps(value, ensure_ascii=False, separators=(",", ":")), value["type"])


def event_value(event: Event) -> dict[str, Any]:
    """Return the JSON object of an event, which has a type.

    Raises:
        ModelReplyError: if it does not, or reports an error.
    """
    try:
        value = parsed(event.data.encode("utf-8", "replace"))
    except NotReadable:
        raise unusable() from None
    if not isinstance(value, dict) or not isinstance(value.get("type"), str):
        raise unusable()
    if value["type"] == "error" or value.get("error") or event.name == "error":
        raise ModelReplyError("The upstream broke off its answer with an error; try again, or look at its log.")
    return value


def _index(value: Mapping[str, Any]) -> int:
    index = value.get("index")
    if type(index) is not int:
        raise unusable()
    return index
