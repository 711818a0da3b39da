"""The events of `/v1/messages`."""

from __future__ import annotations

import json
from typing import Any

import pytest
from anthropic import NOT_GIVEN
from anthropic.lib.streaming._messages import accumulate_event
from anthropic.types import RawMessageStreamEvent
from pydantic import TypeAdapter

from expunge.errors import ModelReplyError
from expunge.gateway.apis.messages.api import MessagesApi
from expunge.gateway.apis.messages.stream import collect, stream, visible_text
from expunge.gateway.sse import Event
from tests.gateway.apis.messages.replies import USAGE, call, reply, text, thinking

API = MessagesApi()
EVENT: TypeAdapter[Any] = TypeAdapter(RawMessageStreamEvent)
CITED = {"type": "char_location", "cited_text": "Tea", "document_index": 0, "start_char_index": 0, "end_char_index": 3}
REDACTED = {"type": "redacted_thinking", "data": "Eg8="}
SEARCH = {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {"query": "tea"}}
FOUND = {"type": "web_search_tool_result", "tool_use_id": "s", "content": []}
CONTENTS = [
    [text("A  b\n\nc ")],
    [text("")],
    [thinking("Hm. "), REDACTED, text("Tea.", citations=[CITED, CITED])],
    [text("I note."), call({"a": [1, "ü"]}), call({}, id="toolu_2")],
    [SEARCH, FOUND, text("Tea.")],
    [{"type": "compaction", "content": "So far."}],
]


def event(value: dict[str, Any]) -> Event:
    return Event(json.dumps(value), value["type"])


@pytest.mark.parametrize("content", CONTENTS)
def test_a_stream_adds_up_to_the_message(content: list[dict[str, Any]]) -> None:
    told = reply(*content, stop_reason="max_tokens")
    events = list(stream(told, {}))
    assert [e.name for e in events] == [json.loads(e.data)["type"] for e in events]
    collected = collect(events)
    assert (collected.reply, collected.beside) == (told, ())
    assert list(stream(told, collected.like)) == events


@pytest.mark.parametrize("content", CONTENTS[:5])
def test_the_sdk_puts_a_stream_together_again(content: list[dict[str, Any]]) -> None:
    told = reply(*content)
    snapshot: Any = None
    buffers: dict[int, bytes] = {}
    for each in stream(told, {}):
        parsed = EVENT.validate_json(each.data)
        if parsed.type == "message_stop":
            continue
        snapshot = accumulate_event(event=parsed, current_snapshot=snapshot, json_bufs=buffers, output_format=NOT_GIVEN)
    assert [block.to_dict() for block in snapshot.content] == content
    assert snapshot.stop_reason == "end_turn"
    assert snapshot.usage.output_tokens == USAGE["output_tokens"]


def upstream(*blocks: dict[str, Any], **more: Any) -> list[Event]:
    """A stream as the API sends it: with pings, and usage at both ends."""
    first = {**reply(), "content": [], "stop_reason": None, "usage": {**USAGE, "output_tokens": 2}}
    values: list[dict[str, Any]] = [{"type": "message_start", "message": first}]
    for index, block in enumerate(blocks):
        values.append({"type": "content_block_start", "index": index, "content_block": {**block, "text": ""}})
        values += [{"type": "ping"}] if not index else []
        values.append(delta({"type": "text_delta", "text": block["text"]}, index))
        values.append({"type": "content_block_stop", "index": index})
    ended = {"stop_reason": "end_turn", "stop_sequence": None, "container": None}
    values.append({"type": "message_delta", "delta": ended, "usage": {"output_tokens": 9, "input_tokens": 8}, **more})
    return list(map(event, [*values, {"type": "message_stop"}]))


def delta(value: Any, index: int = 0) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": index, "delta": value}


def test_a_changed_stream_has_the_form_of_the_upstreams_own() -> None:
    given = upstream(text("Odo sails."))
    collected = collect(given)
    ours = list(stream({**collected.reply, "content": [text("Tea.")]}, collected.like))
    assert list(dict.fromkeys(e.name for e in ours)) == list(dict.fromkeys(e.name for e in given))
    for mine, theirs in ((ours[0], given[0]), (ours[-2], given[-2])):
        assert mine == Event(json.dumps(json.loads(theirs.data), separators=(",", ":")), theirs.name)


def put(place: int, *values: dict[str, Any]) -> list[Event]:
    events = upstream(text("Tea."))
    return [*events[:place], *map(event, values), *events[place:]]


@pytest.mark.parametrize(
    "events",
    [
        put(3, delta({"type": "text_delta", "text": "x", "aside": "Odo"})),
        put(3, delta({"type": "thinking_delta", "thinking": "Odo"})),
        put(3, delta({"type": "input_json_delta", "partial_json": "Odo"})),
        put(3, delta({"type": "citations_delta", "citation": {"cited_text": "Odo"}})),
        put(3, delta({"type": "tomorrow_delta", "poem": "Odo"})),
        put(3, delta({"type": "tomorrow_delta", "poem": ["Odo"]})),
        put(3, {**delta({"type": "text_delta", "text": "x"}), "aside": "Odo"}),
        put(3, {"type": "ping", "aside": "Odo"}),
        put(3, {"type": "tomorrow", "aside": ["Odo"]}),
        put(0, {"type": "ping", "message": "Odo"}),
        put(5, {"type": "content_block_start", "index": 1, "content_block": {"type": "tomorrow", "poem": "Odo"}}),
        put(5, {"type": "message_delta", "delta": {"stop_sequence": "Odo"}, "usage": None}),
        put(5, {"type": "message_delta", "delta": {}, "usage": {"Odo": "Odo"}}),
        [Event(each.data, "Odo") if each.name == "ping" else each for each in upstream(text("Tea."))],
        upstream(text("Tea."), aside="Odo"),
        upstream(text("Tea."), context_management={"applied_edits": [{"type": "Odo sails"}]}),
    ],
)
def test_every_text_of_every_event_is_read(events: list[Event]) -> None:
    collected = collect(events)
    (draft,) = API.drafts({}, collected.reply, collected.beside)
    assert "Odo" in "\n".join((draft.reasoning, *draft.tool_calls))


def test_texts_that_come_in_turns_are_read_as_they_come() -> None:
    events = upstream(text("Odo "), text("and "))
    events.insert(-2, event(delta({"type": "text_delta", "text": "Brackwell"})))
    assert "Odo and Brackwell" in collect(events).beside


def test_a_call_that_was_cut_off_is_read_as_it_stands() -> None:
    begun = {"type": "content_block_start", "index": 1, "content_block": call()}
    cut = put(5, begun, delta({"type": "input_json_delta", "partial_json": '{"who": "O\\u0064o'}, 1))
    collected = collect(cut)
    assert collected.reply["content"][1]["input"] == '{"who": "O\\u0064o'
    assert collect(list(stream(collected.reply, {}))).reply["content"] == collected.reply["content"]


@pytest.mark.parametrize(
    "events",
    [
        [],
        upstream(text("Tea."))[:-1],
        upstream(text("Tea."))[1:],
        [*upstream(text("Tea.")), *upstream(text("Tea."))],
        [each for each in upstream(text("Tea.")) if each.name != "message_delta"],
        put(3, {"type": "error", "error": {"type": "overloaded_error", "message": "Odo"}}),
        put(3, delta("Odo")),
        put(3, {**delta({"type": "text_delta", "text": "x"}), "index": 7}),
        put(3, {**delta({"type": "text_delta", "text": "x"}), "index": "0"}),
        put(3, {"type": "content_block_start", "index": 0, "content_block": text()}),
        [*upstream(text("Tea.")), event(delta({"type": "text_delta", "text": "x"}))],
        [Event("Odo"), *upstream(text("Tea."))],
        [Event('{"a": 1, "a": 2}'), *upstream(text("Tea."))],
        [event({"type": "message_start", "message": reply()}), event({"type": "message_stop"})],
    ],
)
def test_what_is_no_whole_stream(events: list[Event]) -> None:
    with pytest.raises(ModelReplyError) as caught:
        collect(events)
    assert "Odo" not in str(caught.value)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({"type": "ping"}, ""),
        ({"type": "message_start", "message": {**reply(), "content": []}}, ""),
        ({"type": "content_block_start", "index": 0, "content_block": text("")}, ""),
        (delta({"type": "text_delta", "text": "Tea"}), "Tea"),
        (delta({"type": "text_delta", "text": "Tea"}, 1), None),
        (delta({"type": "text_delta", "text": "Tea", "aside": "Odo"}), None),
        (delta({"type": "text_delta", "text": ["Tea"]}), None),
        ({**delta({"type": "text_delta", "text": "Tea"}), "aside": "Odo"}, None),
        (delta({"type": "thinking_delta", "thinking": "Hm."}), None),
        (delta({"type": "citations_delta", "citation": CITED}), None),
        ({"type": "ping", "aside": "Odo"}, None),
        ({"type": "message_start", "message": reply(text("Odo"))}, None),
        ({"type": "message_start", "message": {**reply(), "content": [], "aside": "Odo"}}, None),
        ({"type": "content_block_start", "index": 0, "content_block": text("Odo")}, None),
        ({"type": "content_block_start", "index": 0, "content_block": thinking("")}, None),
        ({"type": "content_block_stop", "index": 0}, None),
        ({"type": "message_delta", "delta": {}}, None),
        ({"type": "error", "error": {}}, None),
    ],
)
def test_what_an_event_shows(value: dict[str, Any], shown: str | None) -> None:
    assert visible_text({}, event(value)) == shown
    assert visible_text({}, Event(json.dumps(value), "Odo")) is None


def test_a_stream_of_which_some_has_left_goes_on() -> None:
    given = upstream(text("Tea is ready. Odo sails."))
    sent = [*given[:3], event(delta({"type": "text_delta", "text": "Tea is ready."}))]
    collected = collect(given)
    rest = list(API.continued({}, collected.reply, sent, " So.", collected.like))
    joined = collect([*sent, *rest]).reply
    assert joined["content"] == [text("Tea is ready. So.")]
    assert joined["stop_reason"] == "end_turn"
