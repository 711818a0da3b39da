"""What LiteLLM is told to do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import ASGITransport, AsyncClient

from expunge.assemble import Parts
from expunge.gateway.access.principal import AdmitEverybody, SingleTenant
from expunge.gateway.admin.dependencies import ScopeRequirements
from expunge.gateway.conversations import Conversations
from expunge.gateway.guardrail import guardrail_router
from expunge.gateway.proxy.moderator import Moderator
from expunge.gateway.telemetry.observer import Decided, Failed
from expunge.types import Decision, Target

TOLD = "Brendan Garrow sells umbrellas. Orla Fenwick carves marionettes."
CLEAN = "Brendan Garrow sells umbrellas."


class Watching:
    def __init__(self) -> None:
        self.seen: list[Decided] = []

    def decided(self, request: Decided) -> None:
        self.seen.append(request)

    def failed(self, request: Failed) -> None:
        raise AssertionError


@pytest.fixture
def watching() -> Watching:
    return Watching()


@pytest.fixture
async def litellm(parts: Parts, watching: Watching) -> AsyncIterator[AsyncClient]:
    parts.registry.add(Target("Orla Fenwick", facts=["She carves marionettes.", "She was born in 1931."]))
    app = FastAPI()
    moderator = Moderator()
    scopes = ScopeRequirements(AdmitEverybody(), SingleTenant(parts))
    app.include_router(guardrail_router(scopes, moderator, watching, Conversations()))
    async with AsyncClient(transport=ASGITransport(app), base_url="http://gateway/beta") as opened:
        yield opened
    await moderator.aclose()


async def asked(client: AsyncClient, **body: Any) -> dict[str, Any]:
    response = await client.post("/litellm_basic_guardrail_api", json={"request_data": {}, **body})
    assert response.status_code == 200
    return dict(response.json())


def call(arguments: str) -> dict[str, Any]:
    return {"id": "call_1", "type": "function", "function": {"name": "note", "arguments": arguments}}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"texts": [CLEAN]}, {"action": "NONE"}),
        ({"texts": []}, {"action": "NONE"}),
        ({"texts": [CLEAN, TOLD]}, {"action": "GUARDRAIL_INTERVENED", "texts": [CLEAN, CLEAN]}),
        ({"texts": [TOLD], "additional_provider_specific_params": {"on_evidence": "block"}}, {"action": "BLOCKED"}),
        ({"texts": [CLEAN], "additional_provider_specific_params": {"on_evidence": "block"}}, {"action": "NONE"}),
        ({"texts": [CLEAN], "tool_calls": [call('{"text": "umbrellas"}')]}, {"action": "NONE"}),
        ({"texts": [CLEAN], "tool_calls": [call('{"text": "Orla Fenwick"}')]}, {"action": "BLOCKED"}),
        ({"texts": ["It is Orla."], "tool_calls": [call("Her surname is Fenwick.")]}, {"action": "BLOCKED"}),
        ({"texts": None, "tool_calls": [call('{"Orla Fenwick": 1}')]}, {"action": "BLOCKED"}),
        ({"texts": [], "images": ["https://example.org/orla-fenwick.png"]}, {"action": "BLOCKED"}),
        ({"texts": [CLEAN], "images": ["data:image/png;base64,AAAA", "https://example.org/a.png"]}, {"action": "NONE"}),
    ],
)
async def test_answers(litellm: AsyncClient, body: dict[str, Any], expected: dict[str, Any]) -> None:
    told = await asked(litellm, input_type="response", **body)
    reason = told.pop("blocked_reason", None)
    assert told == expected
    assert (reason is not None) == (expected["action"] == "BLOCKED")
    assert "Orla" not in str(reason)


async def test_an_answer_is_judged_after_its_question(litellm: AsyncClient, watching: Watching) -> None:
    question = {"role": "user", "content": "In which year was Orla Fenwick born?"}
    body: dict[str, Any] = {"litellm_call_id": "c1", "texts": ["It was 1931."]}
    assert await asked(litellm, input_type="response", **body) == {"action": "NONE"}
    request = {"litellm_call_id": "c1", "texts": [question["content"]], "structured_messages": [question]}
    assert await asked(litellm, input_type="request", **request) == {"action": "NONE"}
    told = await asked(litellm, input_type="response", **body)
    assert told["action"] == "GUARDRAIL_INTERVENED"
    assert "1931" not in told["texts"][0]
    assert [seen.outcomes[0].decision for seen in watching.seen] == [Decision.PASSED, Decision.REFUSED]
    assert {seen.endpoint for seen in watching.seen} == {"litellm_guardrail"}


async def test_tool_results_of_a_request_are_rewritten_and_nothing_else(litellm: AsyncClient) -> None:
    parts = [{"type": "text", "text": TOLD}, {"type": "image_url", "image_url": {"url": "data:x"}}]
    messages = [
        {"role": "user", "content": "What does Orla Fenwick carve?"},
        {"role": "assistant", "content": None, "tool_calls": [call("{}")]},
        {"role": "tool", "content": TOLD, "tool_call_id": "call_1"},
        {"role": "tool", "content": parts},
    ]
    texts = ["What does Orla Fenwick carve?", TOLD, TOLD]
    told = await asked(litellm, input_type="request", texts=texts, structured_messages=messages)
    assert told == {"action": "GUARDRAIL_INTERVENED", "texts": [texts[0], CLEAN, CLEAN]}
    unlike = await asked(litellm, input_type="request", texts=texts[:2], structured_messages=messages)
    assert unlike == {"action": "NONE"}


@pytest.mark.parametrize(
    "texts",
    [
        ["Orla", "Fenwick carves marionettes."],
        ["It is Orla", "Fenwick, who carves."],
        ["Tea is ready.", "Orla", "Fenwick carves marionettes.", "The bell rings."],
        ["Orla", "Fenwick"],
        ["She is Orla\nas they say", "Fenwick carves\nmarionettes."],
    ],
)
async def test_texts_of_one_answer_are_judged_together(litellm: AsyncClient, texts: list[str]) -> None:
    told = await asked(litellm, input_type="response", texts=texts)
    assert told["action"] == "GUARDRAIL_INTERVENED"
    assert len(told["texts"]) == len(texts)
    shown = " ".join(told["texts"])
    assert not ("Orla" in shown and "Fenwick" in shown)
    assert "marionettes" not in shown or "Orla" not in shown
    for harmless in {"Tea is ready.", "The bell rings."} & set(texts):
        assert harmless in told["texts"]
    again = await asked(litellm, input_type="response", texts=told["texts"])
    assert again == {"action": "NONE"}
    blocking = {"additional_provider_specific_params": {"on_evidence": "block"}}
    assert (await asked(litellm, input_type="response", texts=texts, **blocking))["action"] == "BLOCKED"


@pytest.mark.parametrize(
    "texts",
    [["Tea is ready.", "The bell rings."], ["Ask Orla.", "The bell rings."], [CLEAN, CLEAN], ["", ""], ["a", ""]],
)
async def test_texts_that_tell_nothing_together_pass(litellm: AsyncClient, texts: list[str]) -> None:
    assert await asked(litellm, input_type="response", texts=texts) == {"action": "NONE"}


async def test_a_text_and_a_call_are_judged_together(litellm: AsyncClient) -> None:
    body = {"texts": ["She is Orla"], "tool_calls": [{"note": "Fenwick, who carves"}]}
    assert (await asked(litellm, input_type="response", **body))["action"] == "BLOCKED"


async def test_results_of_tools_are_judged_together(litellm: AsyncClient) -> None:
    texts = ["Who carves?", "Orla", "Fenwick carves marionettes."]
    messages = [{"role": role, "content": text} for role, text in zip(("user", "tool", "tool"), texts, strict=True)]
    told = await asked(litellm, input_type="request", texts=texts, structured_messages=messages)
    assert told["action"] == "GUARDRAIL_INTERVENED"
    assert told["texts"][0] == texts[0]
    assert not ("Orla" in told["texts"] and any("Fenwick" in text for text in told["texts"]))


async def test_whom_a_tool_named_is_known_when_the_answer_comes(litellm: AsyncClient) -> None:
    messages = [
        {"role": "user", "content": "Read record 17."},
        {"role": "tool", "content": "Orla Fenwick"},
        {"role": "user", "content": "When was she born?"},
    ]
    texts = [message["content"] for message in messages]
    await asked(litellm, input_type="request", texts=texts, structured_messages=messages, litellm_call_id="c2")
    told = await asked(litellm, input_type="response", texts=["In 1931."], litellm_call_id="c2")
    assert told["action"] == "GUARDRAIL_INTERVENED"


@pytest.mark.parametrize("body", [{}, {"input_type": "both"}, {"input_type": "response", "texts": "one"}])
async def test_bodies_that_are_none(litellm: AsyncClient, body: dict[str, Any]) -> None:
    assert (await litellm.post("/litellm_basic_guardrail_api", json=body)).status_code == 422
