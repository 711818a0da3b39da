"""What a chat completion says, channel by channel."""

from __future__ import annotations

from typing import Any

import pytest

from expunge.errors import ModelReplyError
from expunge.gateway.apis.chat.reply import drafts_of, is_numbers, without_thoughts


def reply(*messages: Any, **fields: Any) -> dict[str, Any]:
    return {
        "id": "chatcmpl-1",
        "choices": [{"index": at, "message": said} for at, said in enumerate(messages)],
        **fields,
    }


@pytest.mark.parametrize(
    ("text", "visible", "thought"),
    [
        ("Tea is ready.", "Tea is ready.", ""),
        ("<think>Hm.</think>\nTea is ready.", "Tea is ready.", "Hm."),
        ("<THINKING>Hm.</THINKING>Tea.", "Tea.", "Hm."),
        ("Hm.</think>Tea.", "Tea.", "Hm."),
        ("Tea.<reasoning>Odo, without an end", "Tea.", "Odo, without an end"),
        ("<think>A.</think>Tea.<think>B.</think>", "Tea.", "A.\nB."),
        ("1 < 2", "1 < 2", ""),
    ],
)
def test_reasoning_inside_an_answer_is_told_apart(text: str, visible: str, thought: str) -> None:
    assert without_thoughts(text) == (visible, thought)


@pytest.mark.parametrize(
    ("message", "channel"),
    [
        ({"content": "Odo"}, "text"),
        ({"content": [{"type": "text", "text": "Od"}, {"type": "text", "text": "o"}]}, "text"),
        ({"content": None, "refusal": "Odo"}, "text"),
        ({"content": "Tea.", "refusal": "Odo"}, "tool_calls"),
        ({"content": "Tea.", "reasoning": "Odo"}, "reasoning"),
        ({"content": "Tea.", "annotations": [{"type": "url_citation", "title": "Odo"}]}, "reasoning"),
        ({"content": "Tea.", "audio": {"transcript": "Odo"}}, "reasoning"),
        ({"content": [{"type": "image", "alt": "Odo"}]}, "reasoning"),
        (
            {"content": "Tea.", "tool_calls": [{"function": {"name": "f", "arguments": '{"a": "\\u004fdo"}'}}]},
            "tool_calls",
        ),
        ({"content": "Tea.", "function_call": {"name": "Odo", "arguments": "{}"}}, "tool_calls"),
        ({"content": "Tea.", "aside": {"more": ["Odo"]}}, "tool_calls"),
    ],
)
def test_every_field_is_on_a_channel(message: dict[str, Any], channel: str) -> None:
    (draft,) = drafts_of({}, reply(message))
    said = {"text": draft.text, "reasoning": draft.reasoning, "tool_calls": "\n".join(draft.tool_calls)}
    assert [name for name, text in said.items() if "Odo" in text] == [channel]


def test_what_stands_outside_of_the_choices_counts_for_each() -> None:
    drafts = drafts_of({}, reply({"content": "One."}, {"content": "Two."}, note="Odo"), ("a pebble",))
    assert len(drafts) == 2
    for draft in drafts:
        assert all(text in "\n".join(draft.tool_calls) for text in ("Odo", "a pebble"))


def test_a_field_of_the_request_is_no_answer() -> None:
    given = {"metadata": {"about": "Odo"}}
    assert drafts_of(given, reply({"content": "Tea."}, **given))[0].tool_calls == ()
    assert drafts_of({"metadata": {}}, reply({"content": "Tea."}, **given))[0].tool_calls


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"choices": []},
        {"choices": ["Odo"]},
        {"choices": [{"index": 0}]},
        reply({"content": {"text": "Odo"}}),
        reply({"content": "Tea.", "tool_calls": "Odo"}),
        reply({"content": "Tea."}, error={"message": "down"}),
        {"choices": [{"index": True, "message": {"content": "Tea."}}]},
    ],
)
def test_what_is_no_completion_is_an_error(wrong: dict[str, Any]) -> None:
    with pytest.raises(ModelReplyError):
        drafts_of({}, wrong)


@pytest.mark.parametrize(
    ("value", "numbers"),
    [
        ({"total_tokens": 3, "details": {"cached": None}}, True),
        ({"total": "Odo"}, False),
        ({"Odo Brackwell": 3}, False),
    ],
)
def test_usage_holds_numbers_under_plain_keys(value: Any, numbers: bool) -> None:
    assert is_numbers(value) is numbers
