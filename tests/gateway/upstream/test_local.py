"""A chat model in this process behind every endpoint, as the openai SDK sees it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest
from httpx2 import AsyncClient
from openai.types import Completion
from openai.types.chat import ChatCompletion
from openai.types.responses import Response

from expunge.gateway.sse import EventParser
from expunge.gateway.upstream.local import ModelUpstream
from expunge.models import base
from expunge.models.base import ChatOptions
from expunge.models.scripted import ScriptedChat
from expunge.types import Message, Target
from tests.gateway.test_every_channel import ENDPOINTS

Opening = Callable[..., Awaitable[AsyncClient]]
SAID = "Brendan Garrow sells umbrellas."
ASKED: dict[str, dict[str, Any]] = {
    "chat/completions": {"model": "m", "messages": [{"role": "user", "content": "Who sells umbrellas?"}]},
    "completions": {"model": "m", "prompt": "Who sells umbrellas?"},
    "responses": {"model": "m", "input": "Who sells umbrellas?"},
}
MODELS: dict[str, Any] = {"chat/completions": ChatCompletion, "completions": Completion, "responses": Response}


def said(reply: dict[str, Any]) -> str:
    if "output" in reply:
        return str(reply["output"][-1]["content"][0]["text"])
    choice = reply["choices"][0]
    return str(choice["text"] if "text" in choice else choice["message"]["content"])


@pytest.mark.parametrize("endpoint", ASKED)
async def test_a_whole_answer(over_model: Opening, endpoint: str) -> None:
    asked: list[tuple[Sequence[Message], ChatOptions]] = []

    def answer(messages: Sequence[Message], options: ChatOptions) -> base.Completion:
        asked.append((messages, options))
        return base.Completion(SAID, prompt_tokens=4, completion_tokens=5)

    client = await over_model(ScriptedChat(answer, name="m"))
    limits = {"max_tokens": 7, "max_completion_tokens": 7, "max_output_tokens": 7, "seed": 3, "temperature": 0.5}
    answered = await client.post(f"/v1/{endpoint}", json={**ASKED[endpoint], **limits})
    assert answered.status_code == 200, answered.text
    MODELS[endpoint].model_validate_json(answered.content, strict=True)
    assert said(answered.json()) == SAID
    assert answered.json()["usage"]["total_tokens"] == 9
    (messages, options) = asked[0]
    assert messages == (Message("user", "Who sells umbrellas?"),)
    assert (options.max_tokens, options.seed, options.temperature) == (7, 3, 0.5)


@pytest.mark.parametrize("endpoint", ASKED)
async def test_a_stream(over_model: Opening, endpoint: str) -> None:
    client = await over_model(ScriptedChat(lambda *_: SAID, name="m"))
    answered = await client.post(f"/v1/{endpoint}", json={**ASKED[endpoint], "stream": True})
    assert answered.headers["content-type"].startswith("text/event-stream")
    assert "umbrellas" in answered.text


CALLS = ('find({"what": "umbrellas"})', "close()")
CALLED = [("find", '{"what": "umbrellas"}'), ("close", "")]


def calls_of(reply: dict[str, Any]) -> list[tuple[str, str]]:
    if "output" in reply:
        made = [item for item in reply["output"] if item["type"] == "function_call"]
    else:
        made = [call["function"] for call in reply["choices"][0]["message"]["tool_calls"]]
    return [(call["name"], call["arguments"]) for call in made]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("text", ["", SAID])
@pytest.mark.parametrize("endpoint", ["chat/completions", "responses"])
async def test_the_models_tool_calls_are_passed_on(over_model: Opening, endpoint: str, text: str, stream: bool) -> None:
    client = await over_model(ScriptedChat(lambda *_: base.Completion(text, tool_calls=CALLS), name="m"))
    answered = await client.post(f"/v1/{endpoint}", json={**ASKED[endpoint], "stream": stream})
    assert answered.status_code == 200, answered.text
    if stream:
        reply = ENDPOINTS[endpoint][0].collected(list(EventParser().feed(answered.content))).reply
    else:
        reply = answered.json()
    MODELS[endpoint].model_validate(reply)
    assert calls_of(reply) == CALLED
    if endpoint == "responses":
        assert [item["type"] for item in reply["output"]] == [*(["message"] if text else []), *["function_call"] * 2]
    else:
        assert (reply["choices"][0]["message"]["content"] or "") == text
        assert reply["choices"][0]["finish_reason"] == "tool_calls"


async def test_a_call_in_a_text_completion_is_an_error(over_model: Opening) -> None:
    client = await over_model(ScriptedChat(lambda *_: base.Completion(SAID, tool_calls=CALLS), name="m"))
    answered = await client.post("/v1/completions", json=ASKED["completions"])
    assert (answered.status_code, answered.json()["error"]["code"]) == (502, "upstream_invalid")


@pytest.mark.parametrize("endpoint", ["chat/completions", "responses"])
async def test_a_call_that_tells_of_a_target_does_not_leave(over_upstream: Opening, endpoint: str) -> None:
    told = base.Completion("Saved.", tool_calls=('save({"about": "Orla Maeve Fenwick carved marionettes."})',))
    upstream = ModelUpstream(ScriptedChat(lambda *_: told, name="m"))
    client = await over_upstream(upstream, [Target("Orla Maeve Fenwick")])
    answered = await client.post(f"/v1/{endpoint}", json=ASKED[endpoint])
    assert answered.status_code == 200
    assert "Fenwick" not in answered.text


@pytest.mark.parametrize(
    ("endpoint", "more", "param"),
    [
        ("chat/completions", {"tools": [{}]}, "tools"),
        ("chat/completions", {"n": 2}, "n"),
        ("chat/completions", {"temperature": "hot"}, "temperature"),
        ("completions", {"logprobs": 3}, "logprobs"),
        ("completions", {"echo": True}, "echo"),
        ("completions", {"suffix": "x"}, "suffix"),
        ("completions", {"prompt": ["a", "b"]}, "prompt"),
        ("responses", {"tools": [{}]}, "tools"),
        ("responses", {"previous_response_id": "resp_1"}, "previous_response_id"),
        ("responses", {"max_output_tokens": 1e999}, "max_output_tokens"),
    ],
)
async def test_what_the_model_does_not_take(
    over_model: Opening, endpoint: str, more: dict[str, Any], param: str
) -> None:
    client = await over_model(ScriptedChat(lambda *_: SAID, name="m"))
    content = str({**ASKED[endpoint], **more}).replace("'", '"').replace("True", "true").replace("inf", "1e999")
    answered = await client.post(f"/v1/{endpoint}", content=content)
    assert answered.status_code == 400
    assert answered.json()["error"]["param"] == param


@pytest.mark.parametrize(
    ("endpoint", "form"),
    [
        (
            "chat/completions",
            {"response_format": {"type": "json_schema", "json_schema": {"schema": {"type": "object"}}}},
        ),
        ("responses", {"text": {"format": {"type": "json_schema", "schema": {"type": "object"}}}}),
        ("responses", {"text": {"format": {"type": "json_object"}}}),
    ],
)
async def test_a_schema_reaches_the_model(over_model: Opening, endpoint: str, form: dict[str, Any]) -> None:
    def answer(_: Sequence[Message], options: ChatOptions) -> str:
        assert options.schema == {"type": "object"}
        return '{"sells": "umbrellas"}'

    client = await over_model(ScriptedChat(answer, name="m"))
    answered = await client.post(f"/v1/{endpoint}", json={**ASKED[endpoint], **form})
    assert said(answered.json()) == '{"sells": "umbrellas"}'
