"""Where the arguments of one tool are the answer, a refusal is a call of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from expunge.gateway.apis.forced import forced_call, forced_tool

PARAMETERS = {"type": "object", "properties": {"answer": {"type": "string"}, "age": {"type": ["integer", "null"]}},
              "required": ["answer", "age"]}  # fmt: skip
TOOL = {"type": "function", "function": {"name": "person", "parameters": PARAMETERS}}
FLAT = {"type": "function", "name": "person", "parameters": PARAMETERS}
ENDING = {"type": "function", "function": {"name": "final_answer", "parameters": PARAMETERS}}
OTHER = {"type": "function", "function": {"name": "other"}}
WORDS = "I do not know that."


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ({"tools": [TOOL, OTHER], "tool_choice": {"type": "function", "function": {"name": "person"}}}, "person"),
        ({"tools": [FLAT], "tool_choice": {"type": "function", "name": "person"}}, "person"),
        ({"tools": [TOOL], "tool_choice": "required"}, "person"),
        ({"tools": [TOOL, OTHER], "tool_choice": "required"}, None),
        ({"tools": [OTHER, ENDING, TOOL], "tool_choice": "required"}, "final_answer"),
        ({"tools": [TOOL], "tool_choice": "auto"}, None),
        ({"tools": [TOOL]}, None),
        ({"tools": [TOOL], "tool_choice": {"function": {"name": "nobody"}}}, None),
        ({"tools": "person", "tool_choice": "required"}, None),
        ({}, None),
    ],
)
def test_which_tool(body: dict[str, Any], name: str | None) -> None:
    forced = forced_tool(body)
    assert (forced[0] if forced else None) == name


def test_a_call_says_no_more_than_the_words() -> None:
    call = forced_call({"tools": [TOOL], "tool_choice": "required"}, WORDS)
    assert call is not None
    assert json.loads(call["function"]["arguments"]) == {"answer": WORDS, "age": None}
    assert call["function"]["name"] == "person"
