"""Chunks of a chat completion: what they add up to, what they say beside, and the form of those that are made."""

from __future__ import annotations

import json
from typing import Any

import pytest
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from expunge.errors import ModelReplyError
from expunge.gateway.apis.base import NO_CHUNK
from expunge.gateway.apis.chat.reply import drafts_of
from expunge.gateway.apis.chat.stream import collect, stream
from expunge.gateway.sse import DONE, Event

HEAD = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "stub"}
CALL = {"id": "c1", "type": "function", "function": {"name": "find", "arguments": '{"who": "Ilse"}'}}


def chunk(delta: Any = None, finish: str | None = None, *, index: int = 0, **fields: Any) -> dict[str, Any]:
    return {**HEAD, "choices": [{"index": index, "delta": delta or {}, "finish_reason": finish}], **fields}


def events(*chunks: dict[str, Any]) -> list[Event]:
    return [*(Event(json.dumps(value)) for value in chunks), Event(DONE)]


def completion(*messages: dict[str, Any], finish: str = "stop", **fields: Any) -> dict[str, Any]:
    choices = [
        {"index": at, "message": {"role": "assistant", "content": None, **message}, "finish_reason": finish}
        for at, message in enumerate(messages)
    ]
    return {**HEAD, "object": "chat.completion", "choices": choices, **fields}


@pytest.mark.parametrize(
    "reply",
    [
        completion({"content": "The ferry leaves at nine."}),
        completion({"content": "One."}, {"content": "Two."}),
        completion({"content": ""}),
        completion({"content": "Wait.", "reasoning_content": "Hm, the tide."}),
        completion({"tool_calls": [CALL, {**CALL, "id": "c2"}]}, finish="tool_calls"),
        completion({"refusal": "I will not say."}),
    ],
)
def test_a_stream_adds_up_to_the_completion(reply: dict[str, Any]) -> None:
    made = list(stream({}, reply, NO_CHUNK))
    for event in made[:-1]:
        ChatCompletionChunk.model_validate_json(event.data)
    assert made[-1].data == DONE
    collected = collect(made)
    ChatCompletion.model_validate(collected.reply)
    expected = [{**choice, "message": {**choice["message"]}} for choice in reply["choices"]]
    for choice in expected:
        # A model that says nothing in words is given an empty beginning.
        choice["message"]["content"] = choice["message"]["content"] or ""
    assert collected.reply == {**reply, "choices": expected}
    assert collected.beside == ()


@pytest.mark.parametrize(
    ("chunks", "text"),
    [
        ([chunk({"content": "Tea."}, aside="Odo Br"), chunk(finish="stop", aside="ackwell")], "Odo Brackwell"),
        ([chunk({"content": "Tea."}), chunk(finish="stop"), {**HEAD, "choices": [], "note": "Odo"}], "Odo"),
        ([chunk({"content": "Tea.", "aside": "Odo"}, "stop")], "Odo"),
        ([chunk({"content": "Tea."}, "stop"), chunk(id="Odo Brackwell")], "Odo Brackwell"),
        ([chunk({"content": "Tea.", "role": "assistant"}), chunk({"role": "Odo Brackwell"}, "stop")], "Odo Brackwell"),
        ([chunk({"content": "Tea."}, "stop", usage={"total": "Odo"})], "Odo"),
    ],
)
def test_texts_beside_the_answer_are_kept_to_be_read(chunks: list[dict[str, Any]], text: str) -> None:
    collected = collect(events(*chunks))
    assert text in collected.beside
    (draft,) = drafts_of({}, collected.reply, collected.beside)
    assert any(text in said for said in draft.tool_calls)


def test_the_name_of_an_event_is_read() -> None:
    named = [*events(chunk({"content": "Tea."}, "stop"))[:-1], Event(DONE, "Odo")]
    assert "Odo" in collect(named).beside


def test_a_field_of_the_answer_and_the_texts_beside_it_are_both_read() -> None:
    collected = collect(
        events(chunk({"content": "Tea."}, events="Odo Brackwell"), chunk(finish="stop", note="a pebble"))
    )
    assert collected.reply["events"] == "Odo Brackwell"
    (draft,) = drafts_of({}, collected.reply, collected.beside)
    assert all(text in "\n".join(draft.tool_calls) for text in ("Odo Brackwell", "a pebble"))


def test_calls_come_in_pieces() -> None:
    begun = {"index": 0, "id": "c1", "type": "function", "function": {"name": "find", "arguments": ""}}
    rest = [{"index": 0, "function": {"arguments": piece}} for piece in ('{"who": ', '"Ilse"}')]
    collected = collect(events(*(chunk({"tool_calls": [part]}) for part in (begun, *rest)), chunk(finish="tool_calls")))
    assert collected.reply["choices"][0]["message"]["tool_calls"] == [CALL]


@pytest.mark.parametrize(
    "sent",
    [
        [],
        events(chunk({"content": "Tea."})),
        events(chunk({"content": "Tea."}, "stop"), chunk({"content": "Rum."}, index=1)),
        [Event("not JSON"), *events(chunk({"content": "Tea."}, "stop"))],
        [Event("[" * 5_000), *events(chunk({"content": "Tea."}, "stop"))],
        [Event('{"choices": [], "choices": []}'), *events(chunk({"content": "Tea."}, "stop"))],
        [Event('{"choices": {}}'), *events(chunk({"content": "Tea."}, "stop"))],
        [Event('{"choices": ["Odo"]}'), *events(chunk({"content": "Tea."}, "stop"))],
        [*events(chunk({"content": "Tea."}, "stop")), Event('{"error": {"message": "down"}}')],
        [*events(chunk({"content": "Tea."}, "stop")), Event("{}", "error")],
        events({**HEAD, "choices": [{"index": "0", "delta": {}, "finish_reason": "stop"}]}),
    ],
)
def test_what_is_no_whole_answer_is_an_error(sent: list[Event]) -> None:
    with pytest.raises(ModelReplyError):
        collect(sent)


def test_chunks_have_the_form_of_the_upstreams_own() -> None:
    choice = {"delta": {"role": "assistant", "content": "", "refusal": None}, "logprobs": None}
    first = {
        "model": "stub",
        "usage": None,
        "choices": [{**choice, "finish_reason": None, "index": 0}],
        "id": "chatcmpl-1",
    }
    reply = completion({"content": "Tea is ready."})
    made = [json.loads(event.data) for event in list(stream({}, reply, first))[:-1]]
    for value in made:
        assert list(value)[:4] == ["model", "usage", "choices", "id"]
        assert list(value["choices"][0]) == ["delta", "logprobs", "finish_reason", "index"]
        assert (value["usage"], value["choices"][0]["logprobs"]) == (None, None)
    assert made[0]["choices"][0]["delta"] == {"role": "assistant", "content": "", "refusal": None}
    assert collect(list(stream({}, reply, first))).like["model"] == "stub"


@pytest.mark.parametrize("wanted", [True, False])
def test_usage_comes_last_where_it_is_asked_for(wanted: bool) -> None:
    usage = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
    body = {"stream_options": {"include_usage": wanted}}
    made = list(stream(body, completion({"content": "Tea."}, usage=usage), NO_CHUNK))
    values = [json.loads(event.data) for event in made[:-1]]
    assert [value["usage"] for value in values if value.get("usage")] == ([usage] if wanted else [])
