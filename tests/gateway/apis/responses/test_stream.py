"""The events of `/v1/responses`."""

from __future__ import annotations

import json
from typing import Any

import pytest
from openai import omit
from openai.lib.streaming.responses._responses import ResponseStreamState
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import TypeAdapter

from expunge.errors import ModelReplyError
from expunge.gateway.apis.base import StreamedReply
from expunge.gateway.apis.responses.api import ResponsesApi
from expunge.gateway.apis.responses.reply import draft_of
from expunge.gateway.apis.responses.stream import collect, stream, visible_text
from expunge.gateway.sse import DONE, Event
from tests.gateway.apis.responses.replies import CALL, message, reply

API = ResponsesApi()
EVENTS: TypeAdapter[Any] = TypeAdapter(ResponseStreamEvent)
THOUGHT = {"id": "rs_1", "type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm."}]}
CUSTOM = {"type": "custom_tool_call", "id": "ct_1", "call_id": "call_2", "name": "find", "input": "the keeper"}
REFUSAL = message() | {"content": [{"type": "refusal", "refusal": "I will not say."}]}


def test_the_sdk_puts_a_stream_together_again() -> None:
    told = reply(message("One day she sailed out.", "Then she came back."), CALL)
    state = ResponseStreamState(input_tools=omit, text_format=omit)
    seen: list[Any] = []
    for event in stream(told):
        parsed = EVENTS.validate_json(event.data)
        seen += state.handle_event(parsed)
        # The SDK's own sums of the deltas, as far as it makes them.
        if parsed.type in ("response.output_text.delta", "response.function_call_arguments.delta"):
            assert seen[-1].snapshot
    final = seen[-1]
    assert final.type == "response.completed"
    assert final.response.output_text == "One day she sailed out.Then she came back."
    assert final.response.to_dict()["output"][1] == {**CALL, "parsed_arguments": None}


@pytest.mark.parametrize(
    "output",
    [[], [message("Hello.")], [message("")], [THOUGHT, message("A  b\n\nc ")], [CUSTOM], [REFUSAL], [{"type": "new"}]],
)
@pytest.mark.parametrize("status", ["completed", "incomplete", "failed"])
def test_a_stream_adds_up_to_the_response(output: list[dict[str, Any]], status: str) -> None:
    told = reply(*output, status=status)
    events = list(stream(told))
    values = [json.loads(event.data) for event in events]
    assert [value["sequence_number"] for value in values] == list(range(len(values)))
    assert [event.name for event in events] == [value["type"] for value in values]
    assert values[0]["type"] == "response.created"
    assert values[0]["response"]["output"] == []
    assert values[-1]["type"] == f"response.{status}"
    assert collect(events) == StreamedReply(told)
    assert collect([*events, Event(DONE)]) == StreamedReply(told)


def test_every_event_is_one_that_the_sdk_knows() -> None:
    told = reply(message("Hello there."), REFUSAL, CALL, CUSTOM)
    Response.model_validate(told)
    for event in stream(told):
        EVENTS.validate_json(event.data, strict=True)


def changed(events: list[Event], index: int, **fields: Any) -> list[Event]:
    value = {**json.loads(events[index].data), **fields}
    return [*events[:index], Event(json.dumps(value), events[index].name), *events[index + 1 :]]


TOLD = reply(message("Hello there."))
PLAIN = list(stream(TOLD))
KINDS = [event.name.removeprefix("response.") for event in PLAIN]
DELTA = KINDS.index("output_text.delta")


def extra(**fields: Any) -> list[Event]:
    return [*PLAIN[:-1], Event(json.dumps(fields)), PLAIN[-1]]


def logprob(text: str) -> dict[str, Any]:
    return {"token": text, "logprob": -0.5, "top_logprobs": []}


@pytest.mark.parametrize(
    ("events", "found"),
    [
        (changed(PLAIN, DELTA, delta="Odo"), "Odo there."),
        (changed(PLAIN, DELTA, aside="Odo"), "Odo"),
        (changed(changed(PLAIN, DELTA, aside="Odo Br"), DELTA + 1, aside="ackwell"), "Odo Brackwell"),
        (changed(PLAIN, KINDS.index("output_text.done"), text="Odo"), "Odo"),
        (changed(PLAIN, KINDS.index("content_part.done"), part={"type": "output_text", "text": "Odo"}), "Odo"),
        (changed(PLAIN, KINDS.index("output_item.done"), item=message("Odo")), "Odo"),
        (changed(PLAIN, 0, response=reply(message("Odo"))), "Odo"),
        (
            changed(changed(PLAIN, DELTA, logprobs=[logprob("Odo")]), DELTA + 1, logprobs=[logprob(" Brackwell")]),
            "Odo Brackwell",
        ),
        (extra(type="response.reasoning_text.delta", delta="Odo", output_index=1, content_index=0), "Odo"),
        (extra(type="response.output_text.annotation.added", annotation={"title": "Odo"}), "Odo"),
        (extra(type="response.mcp_call_arguments.delta", delta={"who": "Odo"}), "Odo"),
        (extra(type="response.tomorrow", note="Odo"), "Odo"),
        ([Event(PLAIN[0].data, "Odo"), *PLAIN[1:]], "Odo"),
        ([*PLAIN, Event(DONE, "Odo")], "Odo"),
    ],
)
def test_texts_beside_the_response_are_kept_to_be_read(events: list[Event], found: str) -> None:
    told = collect(events)
    assert found in told.beside
    assert found in draft_of({}, told.reply, told.beside).tool_calls


def test_a_field_of_the_response_and_the_texts_beside_it_are_both_read() -> None:
    told = {**TOLD, "events": "Odo Brackwell"}
    collected = collect(
        [
            *list(stream(told))[:-1],
            Event(json.dumps({"type": "response.note", "note": "a pebble"})),
            *list(stream(told))[-1:],
        ]
    )
    assert collected.reply == told
    read = draft_of({}, collected.reply, collected.beside).tool_calls
    assert {"Odo Brackwell", "a pebble"} <= set(read)


def test_texts_that_come_mixed_are_read_as_they_came() -> None:
    told = reply(message("Odo and Ilse", "Brackwell"))
    pieces = [("Odo ", 0), ("Brackwell", 1), ("and Ilse", 0)]
    deltas = [
        Event(json.dumps({"type": "response.output_text.delta", "output_index": 0, "content_index": index, "delta": d}))
        for d, index in pieces
    ]
    ends = list(stream(told))
    assert collect([ends[0], *deltas, ends[-1]]).beside == ("Odo Brackwelland Ilse",)


def test_what_a_response_leaves_out_is_taken_from_its_items() -> None:
    bare = {**reply(), "output": []}
    events = [*PLAIN[:-1], Event(json.dumps({"type": "response.completed", "response": bare}))]
    assert collect(events).reply == {**bare, "output": [message("Hello there.")]}


@pytest.mark.parametrize(
    "events",
    [
        [],
        PLAIN[:-1],
        [*PLAIN, PLAIN[-1]],
        [Event("not JSON"), *PLAIN],
        [Event("[" * 5_000), *PLAIN],
        [Event("7"), *PLAIN],
        [Event('{"type": "a", "type": "response.output_text.delta"}'), *PLAIN],
        [Event('{"type": "error", "message": "down"}'), *PLAIN],
        [Event('{"error": {"message": "down"}}'), *PLAIN],
        [Event('{"type": "response.completed"}')],
        [Event('{"type": "response.completed", "response": ["Odo"]}')],
    ],
)
def test_what_is_no_stream_is_an_error(events: list[Event]) -> None:
    with pytest.raises(ModelReplyError):
        collect(events)


def test_what_the_events_of_a_plain_answer_show() -> None:
    shown = [visible_text({}, event) for event in PLAIN]
    upto = KINDS.index("output_text.done")
    assert shown[:DELTA] == [""] * DELTA
    assert shown[DELTA:upto] == ["Hello", " there", "."]
    # What repeats the text as a whole waits until all is decided.
    assert shown[upto:] == [None] * len(shown[upto:])


@pytest.mark.parametrize(
    "events",
    [
        changed(PLAIN, 0, response=reply(message("Odo"))),
        changed(PLAIN, 0, response=reply(instructions="Odo sails.")),
        changed(PLAIN, 0, aside="Odo"),
        changed(PLAIN, DELTA, aside="Odo"),
        changed(PLAIN, DELTA, delta={"Odo": 1}),
        changed(PLAIN, DELTA, output_index=1),
        changed(PLAIN, DELTA, content_index=1),
        changed(PLAIN, DELTA, logprobs=[logprob("Odo")]),
        changed(PLAIN, KINDS.index("output_item.added"), item=THOUGHT),
        changed(PLAIN, KINDS.index("output_item.added"), item=message("Odo")),
        changed(PLAIN, KINDS.index("content_part.added"), part={"type": "output_text", "text": "Odo"}),
        changed(PLAIN, KINDS.index("content_part.added"), part={"type": "refusal", "refusal": ""}),
        [Event(PLAIN[0].data, "Odo"), *PLAIN[1:]],
        [Event("not JSON")],
        [Event(DONE)],
    ],
)
def test_an_event_that_holds_more_stops_the_stream(events: list[Event]) -> None:
    assert None in [visible_text({}, event) for event in events[: KINDS.index("output_text.done")]]


def test_an_echo_of_the_request_does_not_stop_the_stream() -> None:
    body = {"instructions": "Never speak of Odo."}
    (first,) = changed(PLAIN[:1], 0, response=reply(**body))
    assert visible_text(body, first) == ""
    assert visible_text({}, first) is None


@pytest.mark.parametrize("rest", ["", " more day at sea."])
@pytest.mark.parametrize("past", range(len(PLAIN[:DELTA]) + 3))
def test_a_stream_goes_on_after_what_was_sent(past: int, rest: str) -> None:
    told = reply(message("Hello there."), THOUGHT, instructions="Odo sails.", aside="Odo")
    sent = PLAIN[:past]
    shown = "".join(API.visible({}, event) or "" for event in sent)
    more = list(API.continued({}, told, sent, rest))
    assert "Odo" not in str(more)
    values = [json.loads(event.data) for event in (*sent, *more)]
    assert [value["sequence_number"] for value in values] == list(range(len(values)))
    state = ResponseStreamState(input_tools=omit, text_format=omit)
    seen = [one for value in values for one in state.handle_event(EVENTS.validate_python(value))]
    assert seen[-1].type == "response.completed"
    assert seen[-1].response.output_text == shown + rest
    assert collect([*sent, *more]).reply["output"] == [message(shown + rest)]
    deltas = [value["delta"] for value in values if value["type"] == "response.output_text.delta"]
    assert "".join(deltas) == shown + rest
