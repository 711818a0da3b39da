"""The events of `/v1/responses`: those of an upstream put together, and those of a whole response made."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from expunge.errors import ModelReplyError
from expunge.gateway.apis.base import Json, StreamedReply
from expunge.gateway.apis.binary import without_data
from expunge.gateway.apis.logprobs import by_token, logprob_texts
from expunge.gateway.apis.responses.reply import draft_of, items_of, unusable
from expunge.gateway.apis.texts import LABEL, Known, UnknownTexts, each_unknown_text, unknown_texts, word_pieces
from expunge.gateway.json_text import NotReadable, parsed
from expunge.gateway.sse import DONE, Event

_BEGUN = frozenset(("response.created", "response.queued", "response.in_progress"))
_ENDED = frozenset(("response.completed", "response.incomplete", "response.failed"))
_THOUGHT = ("response.reasoning_summary_text.done", "response.reasoning_text.done")
_INDEXES = ("output_index", "content_index", "summary_index", "command_index", "annotation_index")
_LABELS: Known = dict.fromkeys(
    ("type", "sequence_number", "item_id", "obfuscation", "partial_image_index", "status", *_INDEXES), LABEL
)
_EVENT: Known = {**_LABELS, "response": None, "delta": None, "logprobs": None, "error": None}
_READ_APART = ("item", "part", "delta", "logprobs", "error", "response")
_PROTOCOL_WORDS = (
    "response item part delta type id content role status text annotations logprobs summary output_text message "
    "assistant in_progress incomplete completed failed reasoning summary_text reasoning_text refusal arguments "
    "function_call output output_index content_index item_id sequence_number queued event"
)
_PROTOCOL = frozenset(_PROTOCOL_WORDS.split())
"""Words that say nothing where they stand for themselves."""
_DELTA: Known = {**_LABELS, "delta": None, "logprobs": {}}


class _Deltas:
    """Texts that come in pieces, joined by where they belong."""

    def __init__(self) -> None:
        self._rows: dict[tuple[Any, ...], list[str]] = {}
        self._logprobs: dict[tuple[Any, ...], list[Any]] = {}
        self._all: list[str] = []
        self._last: tuple[Any, ...] = ()
        self._mixed = False

    def add(self, event: Json, delta: str) -> None:
        """Append a piece to the text that its event belongs to."""
        place = (event.get("type"), *(event.get(index) for index in _INDEXES))
        self._mixed = self._mixed or (place in self._rows and place != self._last)
        self._last = place
        self._rows.setdefault(place, []).append(delta)
        self._all.append(delta)
        if isinstance(logprobs := event.get("logprobs"), list):
            self._logprobs.setdefault(place, []).extend(logprobs)

    def texts(self) -> Iterator[str]:
        """Yield each text as a whole, then all pieces in the order of arrival if those of two texts alternated."""
        for place, row in self._rows.items():
            text = "".join(row)
            yield text
            yield from logprob_texts(self._logprobs.get(place), text)
        if self._mixed:
            yield "".join(self._all)


class _Collector:
    """Reads the events of one stream: keeps the response that ends it, and every text outside of that response."""

    def __init__(self) -> None:
        self._final: dict[str, Any] | None = None
        self._items: dict[Any, Json] = {}
        self._deltas = _Deltas()
        self._unknown = UnknownTexts()

    def add(self, number: int, event: Event) -> None:
        """Read one event.

        Raises:
            ModelReplyError: if it is not an event of a response, reports an error, or follows the end.
        """
        if event.data.strip() == DONE:
            self._read_name(event, "")
            return
        value = _object(event)
        kind = value["type"]
        self._read_name(event, kind)
        fields = {key: part for key, part in value.items() if key not in ("item", "part")}
        # Reasoning and answer stand in different places, and the one does not continue a word of the other.
        self._unknown.add(without_data(fields), _EVENT, kind if kind in _THOUGHT else "")
        taken = self._take(kind, value)
        # An event may have fields that its kind does not have: whatever was not taken is read.
        rest = {key: value[key] for key in _READ_APART if key in value and key not in taken}
        self._unknown.add(without_data(rest), {}, f"{number}")

    def response(self) -> dict[str, Any]:
        """Return the final response; if it has no output, the items that were sent before are put into it.

        Raises:
            ModelReplyError: if the stream ended without one.
        """
        if self._final is None:
            raise ModelReplyError("The upstream's stream ended before its answer was whole; try again.")
        items = self._items
        if not self._final.get("output") and items and all(type(index) is int for index in items):
            return {**self._final, "output": [items[index] for index in sorted(items)]}
        return self._final

    def beside(self, response: Json) -> tuple[str, ...]:
        """Return the texts of the events that neither the response nor the protocol contains."""
        said = {*each_unknown_text(without_data(response), {}), *_PROTOCOL}
        found = dict.fromkeys((*self._deltas.texts(), *self._unknown.texts))
        return tuple(text for text in found if text.strip() and text not in said)

    def _read_name(self, event: Event, kind: str) -> None:
        if event.name not in ("", kind):
            self._unknown.add({"event": event.name}, {})

    def _take(self, kind: str, value: Json) -> tuple[str, ...]:
        """Keep the response, item or delta of an event, and return the names of the fields that are read with it."""
        if kind == "response.output_item.done" and isinstance(item := value.get("item"), Mapping):
            # Read all the same: a final response with an output of its own does not contain it.
            self._items[value.get("output_index")] = item
        if kind in _BEGUN or kind in _ENDED:
            response = value.get("response")
            if not isinstance(response, dict) or self._final is not None:
                raise unusable()
            if kind in _BEGUN:
                return ()
            self._final = response
            return ("response",)
        if isinstance(delta := value.get("delta"), str):
            self._deltas.add(value, delta)
            return ("delta", "logprobs") if isinstance(value.get("logprobs"), list) else ("delta",)
        return ()


def collect(events: Sequence[Event]) -> StreamedReply:
    """Return the response that a stream ends with, and the texts that only its other events contain.

    Raises:
        ModelReplyError: if an event is not one of a response, or the stream ended early.
    """
    collector = _Collector()
    for number, event in enumerate(events):
        collector.add(number, event)
    response = collector.response()
    return StreamedReply(response, collector.beside(response))


def stream(reply: Json) -> Iterator[Event]:
    """A whole response as events, numbered from 0, the last of them the one that ends it."""
    for number, value in enumerate(_values(reply)):
        yield _event(number, value)


def begun(sent: Sequence[Event]) -> dict[str, Any]:
    """The id of the message that the events of a stream began, if they did."""
    items = (_object(event).get("item") for event in sent)
    return next(({"id": item["id"]} for item in items if isinstance(item, Mapping) and "id" in item), {})


def continue_stream(reply: Json, sent: Sequence[Event], rest: str) -> Iterator[Event]:
    """Yield the rest of a stream whose first events were `sent`: `rest` of the only text of `reply`, and the end.

    What was sent is as `visible_text` lets pass: at the most the beginnings and some of the text.
    """
    past = [_object(event) for event in sent]
    kinds = {value.get("type") for value in past}
    numbers = [value["sequence_number"] for value in past if type(value.get("sequence_number")) is int]
    number = max(numbers, default=len(past) - 1) + 1
    first = True
    for value in _values(reply):
        values = [value]
        if value["type"] == "response.output_text.delta":
            values = [{**value, "delta": piece} for piece in word_pieces(rest)] if first else []
            first = False
        elif value["type"] in kinds:
            continue
        for one in values:
            yield _event(number, one)
            number += 1


def visible_text(body: Json, event: Event) -> str | None:
    """Return the text of one event, as `Api.visible`: only the first item may speak, and only if it is a message."""
    try:
        value = _object(event)
        kind = value["type"]
        if event.name not in ("", kind) or any(value.get(key) not in (None, 0) for key in _INDEXES):
            return None
        if kind == "response.output_text.delta":
            delta = value.get("delta")
            plain = isinstance(delta, str) and not value.get("logprobs") and not unknown_texts(value, _DELTA)
            return delta if plain else None
        return "" if _is_quiet(body, kind, value) else None
    except ModelReplyError:
        return None


def _is_quiet(body: Json, kind: str, value: Json) -> bool:
    """Return whether an event begins the response, a message or a part with text, and says nothing yet."""
    response: Any
    if kind in _BEGUN:
        key = "response"
        response = value.get(key)
    elif kind == "response.output_item.added" and _type_of(value.get("item")) == "message":
        key = "item"
        response = {"output": [value[key]]}
    elif kind == "response.content_part.added" and _type_of(value.get("part")) == "output_text":
        key = "part"
        response = {"output": [{"type": "message", "content": [value[key]]}]}
    else:
        return False
    if not isinstance(response, Mapping) or unknown_texts(value, {**_LABELS, key: None}):
        return False
    return _is_silent(body, response)


def _type_of(value: Any) -> Any:
    return value.get("type") if isinstance(value, Mapping) else None


def _is_silent(body: Json, response: Json) -> bool:
    said = draft_of(body, response)
    return not (said.text or said.reasoning.strip() or said.tool_calls)


def _values(reply: Json) -> Iterator[dict[str, Any]]:
    status = reply.get("status", "completed")
    begun = {**reply, "status": "in_progress", "output": []}
    for key in ("usage", "completed_at", "incomplete_details", "error"):
        if key in begun:
            begun[key] = None
    yield {"type": "response.created", "response": begun}
    yield {"type": "response.in_progress", "response": begun}
    for index, item in enumerate(items_of(reply)):
        yield from _item_values(index, item)
    ended = f"response.{status}" if f"response.{status}" in _ENDED else "response.completed"
    yield {"type": ended, "response": dict(reply)}


def _item_values(index: int, item: Json) -> Iterator[dict[str, Any]]:
    where = {"output_index": index}
    kind = item.get("type")
    begun = {**item, "status": "in_progress"} if "status" in item else dict(item)
    if kind == "message":
        begun["content"] = []
    elif kind == "function_call":
        begun["arguments"] = ""
    elif kind == "custom_tool_call":
        begun["input"] = ""
    elif kind == "reasoning":
        begun |= {key: [] for key in ("summary", "content") if isinstance(begun.get(key), list)}
    yield {"type": "response.output_item.added", **where, "item": begun}
    place = {"item_id": item.get("id") or "", **where}
    if kind == "message":
        for number, part in enumerate(item.get("content") or ()):
            yield from _part_values({**place, "content_index": number}, part)
    elif kind in ("function_call", "custom_tool_call"):
        name, said = (
            ("function_call_arguments", "arguments") if kind == "function_call" else ("custom_tool_call_input", "input")
        )
        yield {"type": f"response.{name}.delta", **place, "delta": item.get(said) or ""}
        yield {"type": f"response.{name}.done", **place, said: item.get(said) or ""}
    elif kind == "reasoning":
        yield from _thought_values(place, item)
    yield {"type": "response.output_item.done", **where, "item": dict(item)}


def _thought_values(place: dict[str, Any], item: Json) -> Iterator[dict[str, Any]]:
    """The summaries and the texts of reasoning, piece by piece."""
    for number, part in enumerate(item.get("summary") or ()):
        where = {**place, "summary_index": number}
        yield {"type": "response.reasoning_summary_part.added", **where, "part": {**part, "text": ""}}
        for piece in word_pieces(part.get("text") or ""):
            yield {"type": "response.reasoning_summary_text.delta", **where, "delta": piece}
        yield {"type": "response.reasoning_summary_text.done", **where, "text": part.get("text") or ""}
        yield {"type": "response.reasoning_summary_part.done", **where, "part": dict(part)}
    for number, part in enumerate(item.get("content") or ()):
        where = {**place, "content_index": number}
        for piece in word_pieces(part.get("text") or ""):
            yield {"type": "response.reasoning_text.delta", **where, "delta": piece}
        yield {"type": "response.reasoning_text.done", **where, "text": part.get("text") or ""}


def _part_values(place: dict[str, Any], part: Json) -> Iterator[dict[str, Any]]:
    refused = part.get("type") == "refusal"
    key, name = ("refusal", "refusal") if refused else ("text", "output_text")
    logprobs: dict[str, Any] = {} if refused else {"logprobs": part.get("logprobs") or []}
    text = part.get(key) or ""
    empty = {**part, key: "", **({} if refused else {"annotations": [], "logprobs": []})}
    yield {"type": "response.content_part.added", **place, "part": empty}
    tokens = by_token(part.get("logprobs"), text)
    for token, entry in tokens:
        yield {"type": f"response.{name}.delta", **place, "delta": token, "logprobs": [entry]}
    for piece in word_pieces(text) if not tokens else ():
        yield {"type": f"response.{name}.delta", **place, "delta": piece, **({} if refused else {"logprobs": []})}
    yield {"type": f"response.{name}.done", **place, key: text, **logprobs}
    yield {"type": "response.content_part.done", **place, "part": dict(part)}


def _event(number: int, value: Mapping[str, Any]) -> Event:
    numbered = {"type": value["type"], "sequence_number": number, **value}
    return Event(json.dumps(numbered, ensure_ascii=False, separators=(",", ":")), value["type"])


def _object(event: Event) -> dict[str, Any]:
    """Return the JSON object of an event, which has a type and whole numbers for its places.

    Raises:
        ModelReplyError: if it does not, or reports an error.
    """
    try:
        value = parsed(event.data.encode("utf-8", "replace"))
    except NotReadable:
        raise unusable() from None
    if not isinstance(value, dict) or not isinstance(value.get("type"), str):
        raise unusable()
    if value["type"] == "error" or value.get("error"):
        raise unusable()
    if not all(value.get(index) is None or type(value[index]) is int for index in _INDEXES):
        raise unusable()
    return value
