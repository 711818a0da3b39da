"""Decided texts in a response."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from openai.types.responses import Response

from expunge.gateway.apis.responses.api import ResponsesApi
from expunge.pipeline import Outcome
from expunge.types import Decision, Evidence, EvidenceKind, Step, Strength, Trace
from tests.gateway.apis.responses.replies import CALL, message, reply

API = ResponsesApi()
REFUSAL = "I do not know that."
SECRET = {"id": "rs_1", "type": "reasoning", "summary": [{"type": "summary_text", "text": "Odo"}]}


def outcome(text: str, decision: Decision, channel: Literal["draft", "tool_call"] = "draft") -> Outcome:
    found = Evidence("t", EvidenceKind.NAME, Strength.CERTAIN, channel, 0, 3)
    return Outcome(text, decision, ("t",), Trace((Step("screen", "code", 0.0, evidence=(found,)),)))


def said(text: str) -> dict[str, Any]:
    return message(text)


def test_a_passed_response_stays_as_it_is() -> None:
    told = reply(message("Hello."), aside="x")
    assert API.rewritten({}, told, (Outcome("Hello.", Decision.PASSED, (), Trace()),)) == told


def test_of_a_refused_response_only_the_refusal_stays() -> None:
    asked = {"input": "Who?", "instructions": "Be brief.", "metadata": {"a": "b"}}
    told = reply(
        SECRET,
        message("Odo Brackwell sails.", phase="final_answer", aside="Odo"),
        CALL,
        message("He does."),
        instructions="Odo sails.",
        metadata={"a": "b"},
        aside="Odo",
        status="incomplete",
        incomplete_details={"reason": "max_output_tokens"},
        error={"message": "Odo"},
        model="Odo Brackwell",
    )
    written = API.rewritten(asked, told, (outcome(REFUSAL, Decision.REFUSED),))
    assert "Odo" not in str(written)
    assert written["output"] == [message(REFUSAL, phase="final_answer")]
    assert (written["instructions"], written["metadata"]) == ("Be brief.", {"a": "b"})
    assert (written["status"], written["incomplete_details"], written["error"]) == ("completed", None, None)
    assert list(written) == [key for key in told if key != "aside"]
    Response.model_validate({**written, "model": "stub"}, strict=True)


@pytest.mark.parametrize(
    ("found_in", "kept"),
    [("draft", True), ("tool_call", False)],
)
def test_calls_stay_where_nothing_was_found_in_them(found_in: Literal["draft", "tool_call"], kept: bool) -> None:
    told = reply(SECRET, CALL, message("Odo sails. Tea is ready."), message("Odo."))
    written = API.rewritten({}, told, (outcome("Tea is ready.", Decision.REWRITTEN, found_in),))
    assert written["output"] == ([CALL, message("Tea is ready.")] if kept else [message("Tea is ready.")])
    Response.model_validate(written, strict=True)


def test_a_response_without_a_message_gets_one() -> None:
    written = API.rewritten({}, reply(CALL), (outcome(REFUSAL, Decision.REFUSED),))
    assert written["output"] == [message(REFUSAL)]


@pytest.mark.parametrize(
    ("form", "part", "status", "details"),
    [
        ("text", {"type": "output_text", "annotations": [], "logprobs": [], "text": REFUSAL}, "completed", None),
        ("refusal", {"type": "refusal", "refusal": REFUSAL}, "completed", None),
        (
            "content_filter",
            {"type": "output_text", "annotations": [], "logprobs": [], "text": REFUSAL},
            "incomplete",
            {"reason": "content_filter"},
        ),
    ],
)
def test_the_forms_of_a_refusal(
    form: Literal["text", "refusal", "content_filter"], part: dict[str, Any], status: str, details: Any
) -> None:
    written = ResponsesApi(form).rewritten({}, reply(message("Odo.")), (outcome(REFUSAL, Decision.REFUSED),))
    assert written["output"][0]["content"] == [part]
    assert (written["status"], written["incomplete_details"]) == (status, details)
    Response.model_validate(written, strict=True)


@pytest.mark.parametrize(
    ("form", "decided", "part"),
    [
        ({"type": "json_object"}, (REFUSAL, Decision.REFUSED), '{"answer": "I do not know that."}'),
        (
            {
                "type": "json_schema",
                "name": "who",
                "schema": {
                    "type": "object",
                    "properties": {"who": {"type": "string"}},
                    "required": ["who"],
                    "additionalProperties": False,
                },
            },
            ('{"who": null}', Decision.REWRITTEN),
            '{"who": ""}',
        ),
        ({"type": "json_schema", "schema": "Odo"}, ('{"a": 1}', Decision.REWRITTEN), '{"a": 1}'),
        ({"type": "json_schema", "schema": False}, (REFUSAL, Decision.REFUSED), None),
        ({"type": "text"}, (REFUSAL, Decision.REFUSED), REFUSAL),
    ],
)
def test_json_stays_valid(form: Any, decided: tuple[str, Decision], part: str | None) -> None:
    written = API.rewritten({"text": {"format": form}}, reply(message('{"who": "Odo"}')), (outcome(*decided),))
    (shown,) = written["output"][0]["content"]
    assert shown.get("text") == part
    assert part is not None or shown == {"type": "refusal", "refusal": REFUSAL}


def test_usage_is_that_of_what_is_visible() -> None:
    written = API.rewritten({}, reply(SECRET, message("x" * 77)), (outcome("y" * 16, Decision.REFUSED),))
    assert written["usage"] == {
        "input_tokens": 8,
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens": 2,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": 10,
    }


@pytest.mark.parametrize("usage", [None, {"Odo": 1}, "Odo"])
def test_what_is_no_usage_is_left_out(usage: Any) -> None:
    assert not API.rewritten({}, reply(usage=usage), (outcome(REFUSAL, Decision.REFUSED),))["usage"]
