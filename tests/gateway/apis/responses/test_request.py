"""What a request to `/v1/responses` says."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from expunge.gateway.apis.responses.request import conversation_of
from expunge.gateway.errors import InvalidBody
from expunge.types import Message

CODED = base64.b64encode(b"Odo Brackwell keeps the lighthouse.").decode()


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, []),
        ({"input": ""}, []),
        ({"input": "Who sails?"}, [("user", "Who sails?")]),
        ({"input": "Who?", "instructions": "Be brief."}, [("system", "Be brief."), ("user", "Who?")]),
        ({"input": "Who?", "previous_response_id": "resp_1", "conversation": "conv_1"}, [("user", "Who?")]),
        ({"input": "Who?", "background": False}, [("user", "Who?")]),
        (
            {"input": "Who?", "tools": [{"type": "function", "name": "sail", "description": "Odo's boat"}]},
            [("system", "name\nsail\ndescription\nOdo's boat"), ("user", "Who?")],
        ),
        (
            {"input": "Who?", "prompt": {"id": "pmpt_1", "variables": {"who": {"type": "input_text", "text": "Odo"}}}},
            [("user", "who\ntype\ninput_text\ntext\nOdo"), ("user", "Who?")],
        ),
    ],
)
def test_the_fields_of_a_request(body: dict[str, Any], said: list[tuple[str, str]]) -> None:
    assert [(message.role, message.content) for message in conversation_of(body)] == said


@pytest.mark.parametrize(
    ("item", "said"),
    [
        ({"role": "user", "content": "Who?"}, Message("user", "Who?")),
        ({"role": "developer", "content": "Be brief."}, Message("developer", "Be brief.")),
        ({"role": "critic", "content": "Odo"}, Message("user", "Odo")),
        ({"role": ["user"], "content": "Odo"}, Message("user", "Odo")),
        (
            {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Who"}, "sails?"]},
            Message("user", "Who\nsails?"),
        ),
        (
            {"role": "assistant", "content": [{"type": "output_text", "text": "Odo.", "annotations": []}]},
            Message("assistant", "Odo."),
        ),
        (
            {"role": "assistant", "content": [{"type": "refusal", "refusal": "No Odo."}]},
            Message("assistant", "refusal\nNo Odo."),
        ),
        (
            {
                "role": "user",
                "content": [
                    {"type": "input_image", "image_url": "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAA/+7=="},
                    {"type": "input_file", "filename": "odo.txt", "file_data": f"data:text/plain;base64,{CODED}"},
                ],
            },
            Message("user", "image_url\nfilename\nodo.txt\nfile_data\nOdo Brackwell keeps the lighthouse."),
        ),
        (
            {"type": "function_call", "call_id": "call_1", "name": "find", "arguments": '{"who": "Odo"}'},
            Message("assistant", 'find({"who": "Odo"})'),
        ),
        (
            {"type": "custom_tool_call", "call_id": "call_1", "name": "find", "input": "Odo"},
            Message("assistant", "find(Odo)"),
        ),
        (
            {"type": "mcp_call", "id": "mcp_1", "name": "find", "arguments": "{}", "output": "Odo sails."},
            Message("assistant", "find({})\noutput\nOdo sails."),
        ),
        (
            {"type": "function_call_output", "call_id": "call_1", "output": "Odo sails."},
            Message("tool", "output\nOdo sails."),
        ),
        (
            {"type": "function_call_output", "output": [{"type": "input_text", "text": "Odo sails."}]},
            Message("tool", "output\ntype\ninput_text\ntext\nOdo sails."),
        ),
        (
            {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "Odo?"}]},
            Message("assistant", "summary\ntype\nsummary_text\ntext\nOdo?\nencrypted_content"),
        ),
        ({"type": "tomorrows_item", "note": {"who": "Odo"}}, Message("tool", "note\nwho\nOdo")),
    ],
)
def test_items(item: dict[str, Any], said: Message) -> None:
    (message,) = conversation_of({"input": [item]})
    assert message.role == said.role
    assert message.content.split("\n") == said.content.split("\n")


def test_a_reference_says_nothing() -> None:
    assert conversation_of({"input": [{"type": "item_reference", "id": "msg_1"}]}) == ()


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"input": 7}, "input"),
        ({"input": {"text": "Odo"}}, "input"),
        ({"input": ["Odo"]}, "input"),
        ({"input": [{"role": "user", "content": 7}]}, "input"),
        ({"input": [{"role": "user", "content": [7]}]}, "input"),
        ({"input": "a", "instructions": 7}, "instructions"),
        ({"input": "a", "background": True}, "background"),
        ({"input": "a", "background": "yes"}, "background"),
    ],
)
def test_what_is_no_request(body: dict[str, Any], param: str) -> None:
    with pytest.raises(InvalidBody) as caught:
        conversation_of(body)
    assert caught.value.param == param


@pytest.mark.parametrize("key", ["input", "tools", "text"])
def test_what_is_nested_too_deeply_is_turned_down(key: str) -> None:
    value: Any = "Odo"
    for _ in range(120):
        value = {"type": "new", "note": value}
    with pytest.raises(InvalidBody, match="too deeply"):
        conversation_of({key: [value]})
