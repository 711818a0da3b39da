"""What was promised as JSON stays JSON; where the arguments of one tool are the answer, a refusal is a call of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from expunge.gateway.apis.json_schema import ANY_OBJECT, fitting, forced_call, forced_tool

WORDS = "I do not know that."
PERSON = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "age": {"type": ["integer", "null"]}, "note": {"type": "string"}},
    "required": ["name", "age"],
    "additionalProperties": False,
}
AGENT = {
    "type": "object",
    "properties": {"step": {"anyOf": [
        {"type": "object", "properties": {"tool": {"type": "string"}, "args": {"type": "object"}},
         "required": ["tool", "args"], "additionalProperties": False},
        {"type": "object", "properties": {"answer": {"type": "string"}}, "required": ["answer"],
         "additionalProperties": False},
    ]}},
    "required": ["step"],
}  # fmt: skip
SEARCH = {
    "type": "object",
    "properties": {"thought": {"type": "string"}, "answer": {"type": "string"},
                   "sources": {"type": "array", "items": {"type": "string"}}, "sure": {"type": "boolean"}},
    "required": ["thought", "answer", "sources", "sure"],
}  # fmt: skip
TREE = {
    "$defs": {"node": {"type": "object", "properties": {"next": {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]},
                                                        "label": {"type": "string"}}, "required": ["next", "label"]}},
    "$ref": "#/$defs/node",
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "schema", "made"),
    [
        ('{"name": "Odo", "age": 3}', PERSON, '{"name": "Odo", "age": 3}'),
        ("I do not know that.", PERSON, {"name": WORDS, "age": None}),
        ('{"name": "Odo"}', PERSON, {"name": WORDS, "age": None}),
        ('{"a": 1}', ANY_OBJECT, '{"a": 1}'),
        ("words", ANY_OBJECT, {"answer": WORDS}),
        ("words", {}, WORDS),
        ("words", TREE, {"next": None, "label": WORDS}),
        ("words", {"enum": ["x", "y"]}, "x"),
        ("words", {"enum": ["x", None]}, None),
        ("words", {"const": 3}, 3),
        ("words", {"type": "array", "items": {"type": "string"}, "minItems": 2}, [WORDS, ""]),
        ("words", {"type": "array", "items": {"enum": ["x", "y"]}, "minItems": 2, "uniqueItems": True}, ["x", "y"]),
        ("words", {"type": "array", "items": {"type": "string"}, "minItems": 3, "uniqueItems": True}, [WORDS, "", "."]),
        ("words", {"type": "array", "items": {"type": "integer"}, "minItems": 2, "uniqueItems": True}, [-1, -2]),
        ("words", {"type": "object", "minProperties": 1, "additionalProperties": {"type": "integer"}}, {"unknown": -1}),
        ("words", {"type": "object", "properties": {"a": {"type": "null"}}, "minProperties": 1}, {"a": None}),
        ("words", {"type": "string", "maxLength": 3}, ""),
        ("words", {"type": "string", "minLength": 25}, WORDS.ljust(25, ".")),
        ("words", {"type": "string", "format": "date"}, "1970-01-01"),
        ("words", {"type": "integer", "minimum": 3, "multipleOf": 4}, 4),
        ("words", {"type": "number", "exclusiveMinimum": 2}, 3),
        ("words", {"type": "integer", "maximum": -2}, -3),
        ("words", {"type": "boolean"}, False),
        ("words", {"allOf": [{"required": ["a"]}, {"properties": {"a": {"type": "null"}}}]}, {"a": None}),
        ("words", {"oneOf": [{"type": "integer"}, {"type": "string"}]}, WORDS),
        ("words", {"type": ["integer", "string"]}, WORDS),
        ("words", {"type": "integer"}, -1),
        ("words", {"type": "number", "minimum": 0, "maximum": 1}, 0),
        ("words", {"enum": ["found", "not_found"]}, "not_found"),
        ("words", {"enum": ["artist", "other", "unknown"]}, "unknown"),
        ("words", {"enum": ["low", "high"]}, "low"),
        ("words", {"type": "string", "pattern": "^[A-Z]+$"}, "UNKNOWN"),
        ("words", {"type": "array", "prefixItems": [{"type": "null"}], "items": {"type": "string"}, "minItems": 2},
         [None, WORDS]),
        ("words", AGENT, {"step": {"answer": WORDS}}),
        ("words", SEARCH, {"thought": "", "answer": WORDS, "sources": [], "sure": False}),
        ("words", {"type": "object", "properties": {"reply": {"type": "string"}}}, {"reply": WORDS}),
        ("words", {"properties": {"answer": {"anyOf": [{"type": "string"}, {"type": "null"}]}}}, {"answer": WORDS}),
    ],
)  # fmt: skip
def test_a_document_that_fits(text: str, schema: dict[str, Any], made: Any) -> None:
    fitted = fitting(text, schema, WORDS)
    assert fitted is not None
    assert fitted == made if fitted == text else json.loads(fitted) == made


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "pattern": "^[0-9]{4}$"},
        {"type": "nothing known"},
        {"$ref": "https://example.org/schema"},
        {"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/a"}}},
        {"type": "array", "minItems": 100_000},
        {"type": "array", "minItems": 3, "uniqueItems": True, "items": {"type": "boolean"}},
        False,
    ],
)
def test_where_none_is_found(schema: Any) -> None:
    assert fitting("words", schema, WORDS) is None


PARAMETERS = {"type": "object", "properties": {"answer": {"type": "string"}, "age": {"type": ["integer", "null"]}},
              "required": ["answer", "age"]}  # fmt: skip
TOOL = {"type": "function", "function": {"name": "person", "parameters": PARAMETERS}}
FLAT = {"type": "function", "name": "person", "parameters": PARAMETERS}
ENDING = {"type": "function", "function": {"name": "final_answer", "parameters": PARAMETERS}}
OTHER = {"type": "function", "function": {"name": "other"}}


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
