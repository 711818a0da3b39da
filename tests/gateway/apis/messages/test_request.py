"""What a request to `/v1/messages` says."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from expunge.gateway.apis.messages.request import as_functions, conversation_of, prefill_of, spoken_of, wanted_schema
from expunge.gateway.errors import InvalidBody
from tests.gateway.apis.messages.replies import SIGNATURE, call, text, thinking

PNG = {"type": "base64", "media_type": "image/png", "data": SIGNATURE}
PACKED = base64.b64encode(b"Odo Brackwell keeps the lighthouse.").decode()
RESULT = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "Odo sails.", "is_error": False}
DOCUMENT = {
    "type": "document",
    "title": "Log",
    "context": "Of a ship",
    "citations": {"enabled": True},
    "source": {"type": "text", "media_type": "text/plain", "data": "Odo sails."},
}


def said(turns: Any, **fields: Any) -> list[tuple[str, str]]:
    return [(m.role, m.content) for m in conversation_of({"model": "m", "messages": turns, **fields})]


@pytest.mark.parametrize(
    ("fields", "before"),
    [
        ({}, []),
        ({"system": "Be brief."}, [("system", "Be brief.")]),
        (
            {"system": [text("Be brief."), text("Be kind.", cache_control={"type": "ephemeral"})]},
            [("system", "Be brief.\nBe kind.")],
        ),
        (
            {"tools": [{"name": "sail", "description": "Odo's boat", "input_schema": {}}]},
            [("system", "name\nsail\ndescription\nOdo's boat\ninput_schema")],
        ),
        (
            {"output_config": {"effort": "low", "format": {"schema": {"title": "Odo"}}}},
            [("system", "format\nschema\ntitle\nOdo")],
        ),
        ({"poem": {"of": "Odo"}}, [("system", "poem\nof\nOdo")]),
        (
            {
                "metadata": {"user_id": "Odo"},
                "container": "c_1",
                "mcp_servers": [{"url": "https://x/", "name": "n"}],
                "stop_sequences": ["Odo"],
                "stream_options": {"a": "b"},
                "max_tokens": 8,
                "temperature": 0.5,
            },
            [],
        ),
    ],
)
def test_the_fields_of_a_request(fields: dict[str, Any], before: list[tuple[str, str]]) -> None:
    assert said([{"role": "user", "content": "Who?"}], **fields) == [*before, ("user", "Who?")]


@pytest.mark.parametrize(
    ("turn", "messages"),
    [
        ({"role": "user", "content": "Who?"}, [("user", "Who?")]),
        ({"role": "system", "content": "Be brief."}, [("system", "Be brief.")]),
        ({"role": "critic", "content": "Odo"}, [("user", "Odo")]),
        ({"role": "user", "content": [text("Who"), text("sails?")]}, [("user", "Who\nsails?")]),
        ({"role": "user", "content": [{"type": "image", "source": PNG}, text("Who?")]}, [("user", "Who?")]),
        (
            {"role": "user", "content": [text("Who?"), DOCUMENT]},
            [("tool", "Log\nOf a ship\nOdo sails."), ("user", "Who?")],
        ),
        ({"role": "user", "content": [DOCUMENT]}, [("user", "Log\nOf a ship\nOdo sails.")]),
        (
            {"role": "user", "content": [{"type": "document", "source": {"type": "base64", "data": PACKED}}]},
            [("user", "Odo Brackwell keeps the lighthouse.")],
        ),
        (
            {
                "role": "user",
                "content": [
                    {"type": "search_result", "source": "https://x/", "title": "Log", "content": [text("Odo.")]},
                    text("Who?"),
                ],
            },
            [("tool", "https://x/\nLog\nOdo."), ("user", "Who?")],
        ),
        ({"role": "user", "content": [RESULT, text("Who?")]}, [("tool", "Odo sails."), ("user", "Who?")]),
        (
            {"role": "user", "content": [{**RESULT, "content": [text("Odo"), text("sails.")]}]},
            [("tool", "Odo\nsails.")],
        ),
        (
            {"role": "assistant", "content": [thinking("Odo?"), text("It is "), text("Odo."), call({"who": "Odo"})]},
            [("assistant", 'Odo?\nIt is Odo.\nnote({"who": "Odo"})')],
        ),
        (
            {
                "role": "assistant",
                "content": [
                    {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {"query": "Odo"}},
                    {
                        "type": "web_search_tool_result",
                        "tool_use_id": "s",
                        "content": [{"type": "web_search_result", "title": "Odo", "encrypted_content": SIGNATURE}],
                    },
                    text("Odo sails."),
                ],
            },
            [
                ("assistant", 'web_search({"query": "Odo"})'),
                ("tool", "Odo\nencrypted_content"),
                ("assistant", "Odo sails."),
            ],
        ),
        ({"role": "user", "content": [{"type": "tomorrow", "note": {"who": "Odo"}}]}, [("user", "note\nwho\nOdo")]),
    ],
)
def test_turns(turn: dict[str, Any], messages: list[tuple[str, str]]) -> None:
    assert said([turn]) == messages


def test_a_signature_and_a_cipher_say_nothing() -> None:
    blocks = [thinking("Hm."), {"type": "redacted_thinking", "data": SIGNATURE}, text("Tea.")]
    ((_, content),) = said([{"role": "assistant", "content": blocks}])
    assert SIGNATURE not in content


def test_what_a_signature_says_in_words_is_read() -> None:
    ((_, content),) = said([{"role": "assistant", "content": [thinking("Hm.", "Odo Brackwell")]}])
    assert "Odo Brackwell" in content


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "messages"),
        ({"messages": []}, "messages"),
        ({"messages": "Who?"}, "messages"),
        ({"messages": ["Who?"]}, "messages[0]"),
        ({"messages": [{"content": "Who?"}]}, "messages[0]"),
        ({"messages": [{"role": "user", "content": 7}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": ["Who?"]}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": "Who?"}], "system": 7}, "system"),
        ({"messages": [{"role": "user", "content": "Who?"}], "model": 7}, "model"),
    ],
)
def test_what_is_no_request(body: dict[str, Any], param: str) -> None:
    with pytest.raises(InvalidBody) as caught:
        conversation_of(body)
    assert caught.value.param == param


def test_what_is_nested_too_deeply_is_turned_down() -> None:
    deep: Any = "Odo"
    for _ in range(300):
        deep = [deep]
    with pytest.raises(InvalidBody, match="flatter"):
        conversation_of({"messages": [{"role": "user", "content": [{"type": "x", "a": deep}]}]})


def test_tools_are_not_spoken() -> None:
    body = {"system": "Be brief.", "tools": [{"name": "sail"}], "messages": [{"role": "user", "content": "Who?"}]}
    spoken = spoken_of(body, conversation_of(body))
    assert [message.content for message in spoken] == ["Be brief.", "Who?"]


@pytest.mark.parametrize(
    ("turns", "begun"),
    [
        ([{"role": "user", "content": "Who?"}], ""),
        ([{"role": "user", "content": "Who?"}, {"role": "assistant", "content": "It is Odo"}], "It is Odo"),
    ],
)
def test_the_beginning_of_an_answer(turns: list[Any], begun: str) -> None:
    assert prefill_of({"messages": turns}) == begun


@pytest.mark.parametrize(
    ("fields", "schema"),
    [
        ({}, None),
        ({"output_config": {"effort": "low"}}, None),
        ({"output_config": {"format": {"type": "json_schema", "schema": {"type": "object"}}}}, {"type": "object"}),
        ({"output_format": {"type": "json_schema", "schema": {"type": "object"}}}, {"type": "object"}),
        ({"output_config": {"format": {"type": "json_schema", "schema": "Odo"}}}, True),
    ],
)
def test_the_schema_of_an_answer(fields: dict[str, Any], schema: Any) -> None:
    assert wanted_schema(fields) == schema


def test_tools_in_the_form_of_the_other_api() -> None:
    tools = [{"name": "say", "input_schema": {"type": "object"}}, {"type": "web_search_20250305", "name": "web_search"}]
    functions = [{"type": "function", "name": "say", "parameters": {"type": "object"}}]
    asked = {"tool": {"name": "say"}, "any": "required", "auto": None}
    for kind, choice in asked.items():
        body = {"tools": tools, "tool_choice": {"type": kind, **({"name": "say"} if kind == "tool" else {})}}
        assert as_functions(body) == {"tools": functions, "tool_choice": choice}
