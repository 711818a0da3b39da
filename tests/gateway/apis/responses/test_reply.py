"""What a reply of `/v1/responses` says."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from expunge.errors import ModelReplyError
from expunge.gateway.apis.responses.reply import draft_of
from expunge.types import Draft
from tests.gateway.apis.responses.replies import CALL, message, reply

IMAGE = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(range(200, 256)) * 4).decode()


def part(**fields: Any) -> dict[str, Any]:
    return message() | {"content": [{"type": "output_text", "text": "Hello.", "annotations": [], **fields}]}


LOOK_UP = 'look_up({"who": "the keeper"})'


def token(text: str, *others: str) -> dict[str, Any]:
    tops = [{"token": other, "logprob": -2.0, "bytes": list(other.encode())} for other in others]
    return {"token": text, "logprob": -0.5, "bytes": list(text.encode()), "top_logprobs": tops}


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ([], Draft("")),
        ([message("Hello.")], Draft("Hello.")),
        ([message("Hello, Odo Brack", "well")], Draft("Hello, Odo Brack\n\nwell", "Hello, Odo Brackwell")),
        ([message("Odo Brack"), message("well")], Draft("Odo Brack\n\nwell", "Odo Brackwell")),
        ([message() | {"content": [{"type": "refusal", "refusal": "No Odo."}]}], Draft("No Odo.")),
        (
            [part(annotations=[{"type": "url_citation", "url": "https://o.test", "title": "Odo", "start_index": 0}])],
            Draft("Hello.", "url\nhttps://o.test\ntitle\nOdo\nhttps://o.testOdo"),
        ),
        ([part(logprobs=[token("Hel"), token("lo.")])], Draft("Hello.")),
        ([part(logprobs=[token("Hel", "Odo"), token("lo.", " B")])], Draft("Hello.", "Odo B")),
        ([part(aside="Odo")], Draft("Hello.", "", ("aside", "Odo"))),
        ([message("Hello.", aside={"who": "Odo"})], Draft("Hello.", "", ("aside", "who", "Odo"))),
        ([message() | {"content": [{"type": "new", "words": "Odo"}]}], Draft("", "", ("words", "Odo"))),
        (
            [
                {
                    "id": "rs_1",
                    "type": "reasoning",
                    "summary": [{"type": "summary_text", "text": "Odo?"}],
                    "content": [{"type": "reasoning_text", "text": "Yes, Odo."}],
                    "encrypted_content": IMAGE,
                }
            ],
            Draft("", "Odo?\nYes, Odo.\n"),
        ),
        (
            [{"id": "rs_1", "type": "reasoning", "encrypted_content": base64.b64encode(b"Odo sails." * 9).decode()}],
            Draft("", "Odo sails." * 9),
        ),
        ([CALL], Draft("", "", (LOOK_UP,), own_calls=(LOOK_UP,))),
        (
            [{"type": "custom_tool_call", "call_id": "call_1", "name": "find", "input": "Odo"}],
            Draft("", "", ("find(Odo)",), own_calls=("find(Odo)",)),
        ),
        (
            [{"type": "mcp_call", "id": "m", "name": "find", "arguments": "{}", "output": "Odo", "server_label": "s"}],
            Draft("", "", ("find({})", "output", "Odo")),
        ),
        (
            [{"type": "web_search_call", "id": "ws_1", "status": "completed", "action": {"query": "Odo"}}],
            Draft("", "", ("query\nOdo",)),
        ),
        (
            [{"type": "file_search_call", "id": "fs_1", "queries": ["Odo"], "results": [{"text": "He sails."}]}],
            Draft("", "", ("queries\nOdo\nresults\ntext\nHe sails.\nOdoHe sails.",)),
        ),
        (
            [{"type": "code_interpreter_call", "id": "ci_1", "code": "odo()", "outputs": [{"logs": "Odo"}]}],
            Draft("", "", ("code\nodo()\noutputs\nlogs\nOdo\nodo()Odo",)),
        ),
        (
            [{"type": "image_generation_call", "id": "ig_1", "result": IMAGE, "revised_prompt": "Odo"}],
            Draft("", "", ("result\nrevised_prompt\nOdo",)),
        ),
        ([{"type": "tomorrows_item", "note": ["Odo"]}], Draft("", "", ("note\nOdo",))),
        ([{"type": ["Odo"], "id": "Odo sails"}], Draft("", "", ("Odo\nOdo sails\nOdoOdo sails",))),
    ],
)
def test_each_kind_of_item(output: list[dict[str, Any]], said: Draft) -> None:
    assert draft_of({}, reply(*output)) == said


ASKED: dict[str, Any] = {
    "input": "Who?",
    "instructions": "Never speak of Odo.",
    "metadata": {"who": "Odo"},
    "tools": [{"type": "function", "name": "find", "parameters": {"properties": {"Odo": {}}}}],
}


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({}, ()),
        ({"instructions": "Never speak of Odo.", "metadata": {"who": "Odo"}}, ()),
        ({"tools": [{**ASKED["tools"][0], "strict": True}]}, ()),
        ({"instructions": "Odo sails."}, ("Odo sails.",)),
        ({"instructions": [{"role": "system", "content": "Odo sails."}]}, ("role", "system", "content", "Odo sails.")),
        ({"metadata": {"who": "Ilse"}}, ("Ilse",)),
        ({"prompt": {"id": "pmpt_1", "variables": {"x": "Odo sails."}}}, ("variables", "x", "Odo sails.")),
        (
            {"error": {"code": "server_error", "message": "Odo"}},
            ("code", "server_error", "message", "Odo", "server_errorOdo"),
        ),
        ({"output_text": "Odo"}, ("output_text", "Odo")),
        ({"id": "Odo Brackwell"}, ("Odo Brackwell",)),
        ({"usage": {"input_tokens": "Odo sails."}}, ("Odo sails.",)),
    ],
)
def test_what_the_request_said_is_no_answer(fields: dict[str, Any], found: tuple[str, ...]) -> None:
    assert draft_of(ASKED, reply(message("Hello."), **fields)) == Draft("Hello.", "", found)


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"output": None},
        {"output": "Odo"},
        {"output": ["Odo"]},
        {"output": [{"type": "message", "content": "Odo"}]},
        {"output": [{"type": "message", "content": ["Odo"]}]},
        {"output": [{"type": "message", "content": [{"type": "output_text", "text": ["Odo"]}]}]},
        {"output": [{"type": "message", "content": [{"type": "output_text", "text": "a", "logprobs": "Odo"}]}]},
        {"output": [{"type": "reasoning", "summary": "Odo"}]},
        {"output": [{"type": "function_call", "arguments": {"who": "Odo"}}]},
    ],
)
def test_what_is_no_response_is_an_error(told: dict[str, Any]) -> None:
    with pytest.raises(ModelReplyError):
        draft_of({}, told)
