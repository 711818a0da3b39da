"""What a reply of `/v1/messages` says."""

from __future__ import annotations

from typing import Any

import pytest

from expunge.errors import ModelReplyError
from expunge.gateway.apis.messages.reply import draft_of, length_of, text_of
from tests.gateway.apis.messages.replies import SIGNATURE, call, reply, text, thinking

SEARCH = {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {"query": "Odo"}}


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        ([text("Odo sails.")], "Odo sails."),
        ([text("Odo "), text("sails.")], "Odo sails."),
        ([text("I look."), call(), text("Odo sails.")], "I look.\n\nOdo sails."),
        ([thinking("Odo")], ""),
        ([], ""),
    ],
)
def test_the_visible_text(content: list[dict[str, Any]], shown: str) -> None:
    assert text_of(content) == shown
    assert draft_of({}, reply(*content) if content else {"content": []}).text == shown


def test_texts_apart_are_read_without_what_stands_between() -> None:
    draft = draft_of({}, reply(text("Odo Brack"), call(), text("well.")))
    assert "Odo Brackwell." in draft.reasoning


@pytest.mark.parametrize(
    ("content", "channel"),
    [
        ([thinking("Odo thinks."), text()], "reasoning"),
        ([thinking(signature="Odo signs."), text()], "reasoning"),
        ([{"type": "redacted_thinking", "data": "Odo hides."}, text()], "reasoning"),
        ([text(citations=[{"type": "char_location", "cited_text": "Odo"}])], "reasoning"),
        ([call({"who": "Odo"})], "tool_calls"),
        ([call(name="find Odo")], "tool_calls"),
        ([SEARCH, text()], "tool_calls"),
        ([{"type": "web_search_tool_result", "content": [{"title": "Odo"}]}, text()], "tool_calls"),
        ([{"type": "mcp_tool_result", "content": [text("Odo")]}, text()], "tool_calls"),
        ([{"type": "compaction", "content": "Odo"}, text()], "tool_calls"),
    ],
)
def test_every_block_is_read(content: list[dict[str, Any]], channel: str) -> None:
    draft = draft_of({}, reply(*content))
    assert "Odo" in "\n".join((getattr(draft, channel),) if channel == "reasoning" else draft.tool_calls)
    assert "Odo" not in draft.text


def test_a_real_signature_and_labels_say_nothing() -> None:
    container = {"id": "c_1", "expires_at": "2026-01-01T00:00:00Z"}
    redacted = {"type": "redacted_thinking", "data": SIGNATURE}
    draft = draft_of({}, reply(thinking("Hm."), redacted, text(), container=container))
    assert SIGNATURE not in draft.reasoning
    assert draft.tool_calls == ()


def test_calls_of_the_client_are_its_own_and_those_of_the_server_are_not() -> None:
    assert draft_of({}, reply(text(), call({"who": "Odo"}))).own_calls
    assert draft_of({}, reply(text(), SEARCH)).own_calls == ()


def test_the_name_of_a_declared_tool_says_nothing() -> None:
    declared = {"tools": [{"name": "note"}]}
    assert draft_of(declared, reply(call({"a": 1}))).own_calls == ('{"a": 1}',)
    assert draft_of({}, reply(call({"a": 1}))).own_calls == ('note\n{"a": 1}',)


@pytest.mark.parametrize(("stops", "read"), [(["Odo sails."], False), (["END"], True), (None, True)])
def test_a_stop_sequence_of_the_request_is_no_answer(stops: Any, read: bool) -> None:
    draft = draft_of({"stop_sequences": stops}, reply(stop_reason="stop_sequence", stop_sequence="Odo sails."))
    assert ("Odo sails." in draft.tool_calls) is read


def test_a_name_that_the_request_begins_is_read_with_its_end() -> None:
    body = {"messages": [{"role": "user", "content": "Who?"}, {"role": "assistant", "content": "It is Odo Brack"}]}
    assert "Odo Brackwell sails." in draft_of(body, reply(text("well sails."))).reasoning


def test_texts_beside_the_reply_are_read() -> None:
    assert "Odo" in draft_of({}, reply(), ["Odo"]).tool_calls


def test_the_length_counts_what_the_model_wrote() -> None:
    result = {"type": "web_search_tool_result", "content": [{"title": "Odo" * 100}]}
    assert length_of([text("abc"), thinking("de"), call({}), result]) == 3 + 2 + len("note{}")


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"content": "Odo"},
        {"content": ["Odo"]},
        {"content": [{"type": "text", "text": ["Odo"]}]},
        {"content": [{"type": "thinking", "thinking": 7}]},
        {"content": [text()], "type": "error"},
        {"content": [text()], "error": {"message": "Odo"}},
    ],
)
def test_what_is_no_message(value: dict[str, Any]) -> None:
    with pytest.raises(ModelReplyError) as caught:
        draft_of({}, value)
    assert "Odo" not in str(caught.value)
