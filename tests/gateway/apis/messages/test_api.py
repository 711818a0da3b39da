"""Decided texts in a message."""

from __future__ import annotations

import json
from typing import Any, Literal

import pytest
from anthropic.types import Message

from expunge.gateway.apis.messages.api import MessagesApi
from expunge.pipeline import Outcome
from expunge.types import Decision, Evidence, EvidenceKind, Step, Strength, Trace
from tests.gateway.apis.messages.replies import USAGE, call, reply, text, thinking

API = MessagesApi()
REFUSAL = "I do not know that."
SEARCH = {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {"query": "tea"}}


def outcome(said: str, decision: Decision, channel: Literal["draft", "tool_call"] = "draft", **more: Any) -> Outcome:
    found = Evidence("t", EvidenceKind.NAME, Strength.CERTAIN, channel, 0, 3)
    return Outcome(said, decision, ("t",), Trace((Step("screen", "code", 0.0, evidence=(found,)),)), **more)


def test_a_passed_message_stays_as_it_is() -> None:
    told = reply(text("Hello."), aside="x")
    assert API.rewritten({}, told, (Outcome("Hello.", Decision.PASSED, (), Trace()),)) == told


def test_of_a_refused_message_only_the_refusal_stays() -> None:
    told = reply(
        thinking("Odo"),
        text("Odo ", citations=[{"cited_text": "Odo"}]),
        call({"who": "Odo"}),
        text("sails."),
        stop_reason="stop_sequence",
        stop_sequence="Odo",
        stop_details={"type": "refusal", "explanation": "Odo"},
        container={"id": "c", "skills": ["Odo sails"]},
        model="Odo Brackwell",
        aside="Odo",
    )
    written = API.rewritten({}, told, (outcome(REFUSAL, Decision.REFUSED),))
    assert "Odo" not in str(written)
    assert written["content"] == [{"citations": None, "type": "text", "text": REFUSAL}]
    assert (written["stop_reason"], written["stop_sequence"], written["stop_details"]) == ("end_turn", None, None)
    assert list(written) == [key for key in told if key != "aside"]
    Message.model_validate({**written, "model": "stub"})


@pytest.mark.parametrize(("found_in", "kept"), [("draft", True), ("tool_call", False)])
def test_calls_stay_where_nothing_was_found_in_them(found_in: Literal["draft", "tool_call"], kept: bool) -> None:
    told = reply(thinking("Odo"), SEARCH, text("Odo sails. Tea is ready."), call(), stop_reason="tool_use")
    written = API.rewritten({}, told, (outcome("Tea is ready.", Decision.REWRITTEN, found_in),))
    assert written["content"] == ([SEARCH, text(), call()] if kept else [text()])
    assert written["stop_reason"] == ("tool_use" if kept else "end_turn")
    Message.model_validate(written)


def test_calls_that_stand_without_a_text() -> None:
    told = reply(thinking("Odo"), text("Odo."), call(), stop_reason="tool_use")
    written = API.rewritten({}, told, (outcome("", Decision.REWRITTEN, "tool_call"),))
    assert written["content"] == [call()]
    assert written["stop_reason"] == "tool_use"


@pytest.mark.parametrize(
    ("reason", "sequence", "after"),
    [
        ("end_turn", None, ("end_turn", None)),
        ("max_tokens", None, ("max_tokens", None)),
        ("stop_sequence", "END", ("stop_sequence", "END")),
        ("stop_sequence", "Odo", ("stop_sequence", None)),
        ("tool_use", None, ("end_turn", None)),
        ("refusal", None, ("end_turn", None)),
        ("Odo sails", None, ("end_turn", None)),
    ],
)
def test_why_a_rewritten_message_ended(reason: str, sequence: str | None, after: tuple[str, str | None]) -> None:
    told = reply(text("Odo sails. Tea."), stop_reason=reason, stop_sequence=sequence)
    written = API.rewritten({"stop_sequences": ["END"]}, told, (outcome("Tea.", Decision.REWRITTEN),))
    assert (written["stop_reason"], written["stop_sequence"]) == after


@pytest.mark.parametrize("form", ["refusal", "content_filter"])
def test_a_refusal_that_may_be_told(form: Literal["refusal", "content_filter"]) -> None:
    written = MessagesApi(form).rewritten({}, reply(text("Odo.")), (outcome(REFUSAL, Decision.REFUSED),))
    assert (written["content"], written["stop_reason"]) == ([text(REFUSAL)], "refusal")


def test_a_call_that_must_be_made_is_made() -> None:
    schema = {"type": "object", "properties": {"answer": {"type": "string"}}, "required": ["answer"]}
    body = {"tools": [{"name": "say", "input_schema": schema}], "tool_choice": {"type": "tool", "name": "say"}}
    told = reply(call({"answer": "Odo"}, name="say", caller={"type": "direct"}), stop_reason="tool_use")
    written = API.rewritten(body, told, (outcome(REFUSAL, Decision.REFUSED),))
    (made,) = written["content"]
    assert (made["name"], made["input"], made["caller"]) == ("say", {"answer": REFUSAL}, {"type": "direct"})
    assert list(made) == list(told["content"][0])
    assert written["stop_reason"] == "tool_use"
    Message.model_validate(written)


def test_json_stays_valid() -> None:
    schema = {"type": "object", "properties": {"who": {"type": "string"}}, "required": ["who"]}
    body = {"output_config": {"format": {"type": "json_schema", "schema": schema}}}
    written = API.rewritten(body, reply(text('{"who": "Odo"}')), (outcome(REFUSAL, Decision.REFUSED),))
    assert json.loads(written["content"][0]["text"]) == {"who": REFUSAL}


def test_usage_is_that_of_what_is_visible() -> None:
    usage = {
        **USAGE,
        "output_tokens": 30,
        "output_tokens_details": {"thinking_tokens": 10},
        "server_tool_use": {"web_search_requests": 2, "Odo": 1},
        "cache_creation": {"ephemeral_5m_input_tokens": 3, "Odo_input_tokens": 1},
        "service_tier": "standard",
        "inference_geo": "Odo Brackwell",
        "iterations": [{"type": "message", "output_tokens": 20}],
    }
    written = API.rewritten({}, reply(text("x" * 80), usage=usage), (outcome("y" * 16, Decision.REFUSED),))
    assert written["usage"] == {
        "input_tokens": 8,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "output_tokens": 6,
        "output_tokens_details": {"thinking_tokens": 0},
        "server_tool_use": {"web_search_requests": 0},
        "cache_creation": {"ephemeral_5m_input_tokens": 3},
        "service_tier": "standard",
        "inference_geo": None,
    }


def test_a_counterfactual_refusal_is_the_models_own_message() -> None:
    own = reply(
        thinking("Who is that?"), text("I know nobody so called."), id="msg_2", usage={**USAGE, "input_tokens": 11}
    )
    written = API.rewritten({}, reply(text("Odo.")), (outcome("", Decision.REFUSED, counterfactual=own),))
    assert written["content"] == own["content"]
    assert written["id"] == "msg_1"
    assert written["usage"]["input_tokens"] == USAGE["input_tokens"]
