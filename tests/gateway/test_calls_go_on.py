"""A step whose text or reasoning tells of a target, and whose calls do not, leaves as calls alone."""

from __future__ import annotations

from typing import Any

import pytest

from expunge.types import Target
from tests.gateway.canned import Canned
from tests.gateway.conftest import Opening
from tests.gateway.test_every_channel import chat, message, response, tool

NAME = "Orla Maeve Fenwick"
TOLD = f"{NAME} carved marionettes."
ASKED = "Read all pages."
CALL = {"type": "function_call", "id": "fc_1", "call_id": "c", "name": "read_page", "arguments": '{"topic": "ferry"}'}
THOUGHT = {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": TOLD}]}


async def chatted(over_upstream: Opening, **said: Any) -> dict[str, Any]:
    upstream = Canned()
    upstream.reply(chat({"finish_reason": "tool_calls" if "tool_calls" in said else "stop"}, **said))
    client = await over_upstream(upstream, [Target(NAME)])
    turns = [{"role": "user", "content": ASKED}, {"role": "tool", "tool_call_id": "b", "content": TOLD}]
    answer = await client.post("/v1/chat/completions", json={"model": "stub", "messages": turns})
    assert answer.status_code == 200
    assert "Fenwick" not in answer.text
    choice: dict[str, Any] = answer.json()["choices"][0]
    return choice


@pytest.mark.parametrize("said", [{"content": TOLD}, {"content": None, "reasoning_content": TOLD}])
async def test_chat_completions(over_upstream: Opening, said: dict[str, Any]) -> None:
    calls = tool(name="read_page", arguments='{"topic": "ferry"}')
    choice = await chatted(over_upstream, **said, tool_calls=calls)
    assert (choice["message"]["tool_calls"], choice["message"]["content"]) == (calls, None)
    assert choice["finish_reason"] == "tool_calls"


async def test_a_field_of_the_upstreams_own_is_no_call(over_upstream: Opening) -> None:
    choice = await chatted(over_upstream, content=TOLD, aside="one of many")
    assert choice["message"]["content"]


@pytest.mark.parametrize("output", [(THOUGHT, CALL), (message(text=TOLD), CALL)])
async def test_responses(over_upstream: Opening, output: tuple[dict[str, Any], ...]) -> None:
    upstream = Canned()
    upstream.reply(response(*output))
    client = await over_upstream(upstream, [Target(NAME)])
    answer = await client.post("/v1/responses", json={"model": "stub", "input": ASKED})
    assert "Fenwick" not in answer.text
    assert answer.json()["output"] == [CALL]
