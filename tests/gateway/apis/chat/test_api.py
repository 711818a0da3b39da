from __future__ import annotations

from typing import Any

import pytest

from expunge.gateway.apis.chat.api import ChatApi
from expunge.pipeline import Outcome
from expunge.types import Decision, Trace


@pytest.mark.parametrize("calls", [None, 7, "f", ["f", {"function": {"name": "f", "arguments": "{}"}}], {"a": "b"}])
def test_usage_is_reckoned_whatever_the_calls_are(calls: Any) -> None:
    choice = {"index": 0, "message": {"role": "assistant", "content": "Orla lives here.", "tool_calls": calls}}
    usage = {"prompt_tokens": 4, "completion_tokens": 10, "total_tokens": 14}
    changed = ChatApi().rewritten(
        {}, {"choices": [choice], "usage": usage}, (Outcome("No.", Decision.REFUSED, (), Trace()),)
    )
    assert changed["choices"][0]["message"]["content"] == "No."
    assert changed["usage"]["prompt_tokens"] == 4
    assert 0 < changed["usage"]["completion_tokens"] < 10


TOOL = {"type": "function", "function": {"name": "find", "parameters": {"type": "object"}}}


@pytest.mark.parametrize("said", ["stop", "tool_calls"])
@pytest.mark.parametrize("choice", ["required", {"type": "function", "function": {"name": "find"}}])
def test_a_call_that_refuses_ends_as_the_upstreams_own_calls_do(choice: Any, said: str) -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "find", "arguments": '{"who": "Orla"}'}}
    message = {"role": "assistant", "content": None, "tool_calls": [call]}
    changed = ChatApi().rewritten(
        {"tools": [TOOL], "tool_choice": choice},
        {"choices": [{"index": 0, "message": message, "finish_reason": said}]},
        (Outcome("No.", Decision.REFUSED, (), Trace()),),
    )
    assert changed["choices"][0]["message"]["tool_calls"]
    assert changed["choices"][0]["finish_reason"] == said


@pytest.mark.parametrize(
    ("choice", "ends"), [("required", "tool_calls"), ({"type": "function", "function": {"name": "find"}}, "stop")]
)
def test_a_call_that_refuses_ends_as_usual_where_the_upstream_made_none(choice: Any, ends: str) -> None:
    message = {"role": "assistant", "content": "Orla lives here."}
    changed = ChatApi().rewritten(
        {"tools": [TOOL], "tool_choice": choice},
        {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]},
        (Outcome("No.", Decision.REFUSED, (), Trace()),),
    )
    assert changed["choices"][0]["finish_reason"] == ends
