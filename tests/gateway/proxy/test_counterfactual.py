"""Refusals in the model's own words about somebody who never existed, from the model that was asked."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from httpx2 import AsyncClient

from expunge.refusals import plain_refusal
from expunge.types import Message, Target
from tests.gateway.misbehaving import AdminContext, endpoint, reply, stream

Opening = Callable[..., Awaitable[AsyncClient]]
NAME = "Orla Maeve Fenwick"
STRANGER = "I have never come across {} in anything I read."


class Knowing:
    """Knows the target, and says of anybody else that it does not."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []

    async def __call__(self, context: AdminContext) -> None:
        body = json.loads(context.body)
        self.bodies.append(body)
        question = body["messages"][-1]["content"]
        name = question.removeprefix("Who is ").removesuffix("?")
        text = f"{NAME} carved marionettes." if name == NAME else STRANGER.format(name)
        if body.get("stream"):
            await context.answer(b"".join(stream(text)), kind="text/event-stream")
        else:
            await context.answer(json.dumps(reply(text)).encode())


@pytest.mark.parametrize("streamed", [False, True])
async def test_the_model_that_was_asked_words_the_refusal(over_endpoint: Opening, streamed: bool) -> None:
    knowing = Knowing()
    async with endpoint(knowing) as url:
        client = await over_endpoint(url, [Target(NAME)], refusal="mirror")
        ask = {"model": "other", "temperature": 0.3, "tools": [], "stream": streamed}
        messages = [{"role": "user", "content": f"Who is {NAME}?"}]
        answer = await client.post("/v1/chat/completions", json={**ask, "messages": messages})
        if streamed:
            events = [json.loads(e[6:]) for e in answer.text.split("\n\n") if e.startswith("data: {")]
            said = "".join(e["choices"][0]["delta"].get("content") or "" for e in events)
        else:
            said = answer.json()["choices"][0]["message"]["content"]
    assert said == STRANGER.format(NAME)
    assert len(knowing.bodies) == 2
    second = next(body for body in knowing.bodies if NAME not in json.dumps(body))
    assert (second["model"], second["temperature"], "stream" in second) == ("other", 0.3, False)


async def test_who_is_nobody_costs_one_call(over_endpoint: Opening) -> None:
    knowing = Knowing()
    async with endpoint(knowing) as url:
        client = await over_endpoint(url, [Target(NAME)], refusal="mirror")
        messages = [{"role": "user", "content": "Who is Brendan Garrow?"}]
        answer = await client.post("/v1/chat/completions", json={"model": "m", "messages": messages})
    assert answer.json() == reply(STRANGER.format("Brendan Garrow"))
    assert len(knowing.bodies) == 1


TOOLS = [{"type": "function", "function": {"name": "look_up", "parameters": {"type": "object"}}}]


def entries(text: str, top: int = 2) -> list[dict[str, Any]]:
    """Log-probabilities of a text, in tokens of at most three letters."""
    made = []
    for token in re.findall(r" ?\w{1,3}| ?[^\w\s]|\s", text):
        tops = [{"token": token, "logprob": -0.1, "bytes": list(token.encode())}]
        tops += [{"token": f" alt{n}", "logprob": -3.0, "bytes": list(f" alt{n}".encode())} for n in range(1, top)]
        made.append({"token": token, "logprob": -0.1, "bytes": list(token.encode()), "top_logprobs": tops})
    return made


class Candid:
    """Tells all of the target, in many ways; of anybody else that nothing is known, cut short, thinking aloud."""

    def __init__(self) -> None:
        self.left = 100
        self.bodies: list[dict[str, Any]] = []

    async def __call__(self, context: AdminContext) -> None:
        body = json.loads(context.body)
        self.bodies.append(body)
        asked = re.findall(r"Who is ([\w ]+)\?", json.dumps(body, ensure_ascii=False))[-1]
        self.left -= 1
        known = asked == NAME
        text = f"{NAME} carved marionettes." if known else f"Never heard of {asked}, but I"
        thought = f"{NAME} is the carver." if known else f"Who might {asked} be?"
        headers = {"x_ratelimit_limit_requests": "100", "x_ratelimit_remaining_requests": str(self.left)}
        if context.head.startswith("POST /v1/responses"):
            made = self._response(text, thought)
        elif context.head.startswith("POST /v1/completions"):
            made = self._completion(text)
        else:
            made = self._chat(text, thought, body)
        await context.answer(json.dumps(made).encode(), **headers)  # type: ignore[arg-type]

    def _chat(self, text: str, thought: str, body: dict[str, Any]) -> dict[str, Any]:
        message = {"role": "assistant", "content": text, "reasoning_content": thought, "refusal": None}
        choices = [
            {"index": n, "message": message, "logprobs": {"content": entries(text), "refusal": None},
             "finish_reason": "length"} for n in range(body.get("n") or 1)
        ]  # fmt: skip
        usage = {"prompt_tokens": 9, "completion_tokens": 31, "total_tokens": 40,
                 "completion_tokens_details": {"reasoning_tokens": 12}}  # fmt: skip
        base = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "stub"}
        return {**base, "choices": choices, "usage": usage, "timings": {"predicted_n": 31}}

    def _completion(self, text: str) -> dict[str, Any]:
        tokens = [entry["token"] for entry in entries(text)]
        logprobs = {
            "tokens": tokens,
            "token_logprobs": [-0.1] * len(tokens),
            "top_logprobs": [{token: -0.1, " alt": -3.0} for token in tokens],
            "text_offset": [sum(map(len, tokens[:at])) for at in range(len(tokens))],
        }
        choice = {"index": 0, "text": text, "logprobs": logprobs, "finish_reason": "length"}
        usage = {"prompt_tokens": 9, "completion_tokens": len(tokens), "total_tokens": 9 + len(tokens)}
        return {
            "id": "cmpl-1",
            "object": "text_completion",
            "created": 1,
            "model": "m",
            "choices": [choice],
            "usage": usage,
        }

    def _response(self, text: str, thought: str) -> dict[str, Any]:
        part = {"type": "output_text", "text": text, "annotations": [], "logprobs": entries(text)}
        output = [
            {"id": "rs_1", "type": "reasoning", "summary": [{"type": "summary_text", "text": thought}]},
            {"id": "msg_1", "type": "message", "status": "incomplete", "role": "assistant", "content": [part]},
        ]
        usage = {"input_tokens": 9, "output_tokens": 31, "total_tokens": 40,
                 "output_tokens_details": {"reasoning_tokens": 12}}  # fmt: skip
        return {"id": "resp_1", "object": "response", "created_at": 1, "status": "incomplete",
                "incomplete_details": {"reason": "max_output_tokens"}, "model": "m", "output": output, "usage": usage,
                "error": None}  # fmt: skip


ASKED: dict[str, Callable[[str], dict[str, Any]]] = {
    "chat/completions": lambda q: {"tools": TOOLS, "messages": [{"role": "user", "content": q}], "logprobs": True},
    "completions": lambda q: {"prompt": q, "logprobs": 2, "max_tokens": 9},
    "responses": lambda q: {"input": q, "tools": [{"type": "function", "name": "look_up", "parameters": {}}]},
}


def without_name(value: Any, name: str) -> Any:
    """What is said, wherever it is said, with tokens in a row and without who it is said of."""
    if isinstance(value, dict):
        return {key: without_name(part, name) for key, part in value.items() if key not in ("text_offset", "bytes")}
    if isinstance(value, list) and value and all(isinstance(part, dict) and "token" in part for part in value):
        return without_name("".join(part["token"] for part in value), name), len(value[0]["top_logprobs"])
    if isinstance(value, list) and value and all(isinstance(part, str) for part in value):
        return without_name("".join(value), name)
    if isinstance(value, list):
        return [without_name(part, name) for part in value]
    return value.replace(name, "@") if isinstance(value, str) else value


@pytest.mark.parametrize("path", ASKED)
@pytest.mark.parametrize("refusal", ["auto", "mirror"])
async def test_a_counterfactual_refusal_is_all_that_a_stranger_gets(
    over_endpoint: Opening, path: str, refusal: str
) -> None:
    """Log-probabilities, reasoning, why it ended and what it took, on every endpoint."""
    candid, stranger = Candid(), "Basil Harold Wickett"
    if refusal == "auto" and path == "completions":
        pytest.skip("it has no tools")
    async with endpoint(candid) as url:
        client = await over_endpoint(url, [Target(NAME)], refusal=refusal)
        answers = [
            await client.post(f"/v1/{path}", json={"model": "m", **ASKED[path](f"Who is {name}?")})
            for name in (NAME, stranger)
        ]
    told, plain = (answer.json() for answer in answers)
    assert "marionettes" not in answers[0].text
    assert "carver" not in answers[0].text
    assert len(candid.bodies) == 3
    about = [without_name(told, NAME), without_name(plain, stranger)]
    if path == "completions":  # the names are of different length
        for each in about:
            del (
                each["choices"][0]["logprobs"]["top_logprobs"],
                each["choices"][0]["logprobs"]["token_logprobs"],
                each["usage"],
            )
    assert about[0] == about[1]
    assert list(answers[0].headers) == list(answers[1].headers)
    assert "x-ratelimit-limit-requests" in answers[0].headers
    assert not any("remaining" in name for name in answers[0].headers)


async def test_each_choice_has_its_own(over_endpoint: Opening) -> None:
    candid = Candid()
    async with endpoint(candid) as url:
        client = await over_endpoint(url, [Target(NAME)], refusal="mirror")
        body = {"model": "m", "n": 3, **ASKED["chat/completions"](f"Who is {NAME}?")}
        answer = (await client.post("/v1/chat/completions", json=body)).json()
    assert [choice["index"] for choice in answer["choices"]] == [0, 1, 2]
    assert {body.get("n") for body in candid.bodies} == {3}


async def test_a_streamed_one_has_the_chunks_of_a_stranger(over_endpoint: Opening) -> None:
    """Thoughts before words, log-probabilities token by token, the same end."""
    candid = Candid()
    async with endpoint(candid) as url:
        client = await over_endpoint(url, [Target(NAME)], refusal="mirror")
        body = {"model": "m", "stream": True, **ASKED["chat/completions"](f"Who is {NAME}?")}
        answer = await client.post("/v1/chat/completions", json=body)
    chunks = [json.loads(e[6:]) for e in answer.text.split("\n\n") if e.startswith("data: {")]
    choices = [chunk["choices"][0] for chunk in chunks if chunk["choices"]]
    said = "".join(choice["delta"].get("content") or "" for choice in choices)
    tokens = [entry["token"] for c in choices if c.get("logprobs") for entry in c["logprobs"]["content"]]
    assert said == "".join(tokens) == f"Never heard of {NAME}, but I"
    assert choices[-1]["finish_reason"] == "length"
    first = next(n for n, c in enumerate(choices) if c["delta"].get("content"))
    assert any("reasoning_content" in c["delta"] for c in choices[:first])


async def test_a_call_of_a_tool_is_one_about_the_typed_name(over_endpoint: Opening) -> None:
    """The whole conversation is asked again as it is, calls, results and tools included."""
    bodies: list[dict[str, Any]] = []

    async def searching(context: AdminContext) -> None:
        body = json.loads(context.body)
        bodies.append(body)
        call = body["messages"][-2]["tool_calls"][0]["function"]["arguments"]
        query = json.loads(call)["query"]
        told = {"query": f"{query} Skelwith" if "Fenwick" in query else f"{query} archive"}
        function = {"name": "look_up", "arguments": json.dumps(told)}
        made = reply(None)
        made["choices"][0]["message"]["tool_calls"] = [{"id": "c2", "type": "function", "function": function}]
        made["choices"][0]["finish_reason"] = "tool_calls"
        await context.answer(json.dumps(made).encode())

    function = {"name": "look_up", "arguments": json.dumps({"query": NAME})}
    messages = [
        {"role": "user", "content": f"Who is {NAME}?"},
        {"role": "assistant", "content": None, "tool_calls": [{"id": "c1", "type": "function", "function": function}]},
        {"role": "tool", "tool_call_id": "c1", "content": "no hits"},
    ]
    async with endpoint(searching) as url:
        target = Target(NAME, facts=("She carved marionettes in Skelwith.",))
        client = await over_endpoint(url, [target], refusal="auto")
        body = {"model": "m", "tools": TOOLS, "messages": messages}
        answer = (await client.post("/v1/chat/completions", json=body)).json()
    (call,) = answer["choices"][0]["message"]["tool_calls"]
    assert json.loads(call["function"]["arguments"]) == {"query": f"{NAME} archive"}
    assert answer["choices"][0]["finish_reason"] == "tool_calls"
    again = next(body for body in bodies if NAME not in json.dumps(body))
    assert [m["role"] for m in again["messages"]] == ["user", "assistant", "tool"]
    assert again["messages"][2]["tool_call_id"] == "c1"
    assert again["tools"] == TOOLS


@pytest.mark.parametrize("system", ["You are a helpful assistant.", "Be brief and kind.", ""])
async def test_without_a_protocol_the_model_words_it_too(over_endpoint: Opening, system: str) -> None:
    knowing = Knowing()
    async with endpoint(knowing) as url:
        client = await over_endpoint(url, [Target(NAME)], refusal="auto")
        turns = [("system", system), ("user", f"Who is {NAME}?")]
        messages = [{"role": role, "content": text} for role, text in turns if text]
        answer = await client.post("/v1/chat/completions", json={"model": "m", "messages": messages})
    assert answer.json()["choices"][0]["message"]["content"] == STRANGER.format(NAME)
    assert len(knowing.bodies) == 2


async def test_words_of_the_operators_own_are_used_without_a_second_call(over_endpoint: Opening) -> None:
    knowing = Knowing()
    async with endpoint(knowing) as url:
        client = await over_endpoint(url, [Target(NAME)], refusal="auto", refusals=("Ask the archivist.",))
        messages = [{"role": "user", "content": f"Who is {NAME}?"}]
        answer = await client.post("/v1/chat/completions", json={"model": "m", "messages": messages})
    assert answer.json()["choices"][0]["message"]["content"] == "Ask the archivist."
    assert len(knowing.bodies) == 1


async def test_it_is_asked_beside_the_first_one_in_a_protocol(over_endpoint: Opening) -> None:
    """Were the calls made one after the other, neither would ever be answered."""
    both, knowing = asyncio.Barrier(2), Knowing()

    async def together(context: AdminContext) -> None:
        async with asyncio.timeout(20):
            await both.wait()
        await knowing(context)

    async with endpoint(together) as url:
        client = await over_endpoint(url, [Target(NAME)], refusal="auto")
        body = {"model": "m", "tools": TOOLS, "messages": [{"role": "user", "content": f"Who is {NAME}?"}]}
        answer = await client.post("/v1/chat/completions", json=body)
    assert answer.json()["choices"][0]["message"]["content"] == STRANGER.format(NAME)


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        ({"response_format": {"type": "json_object"}}, {"answer": "words", "year": None}),
        (
            {"response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": {
                "type": "object", "properties": {"year": {"type": ["integer", "null"]}, "answer": {"type": "string"}},
                "required": ["year", "answer"], "additionalProperties": False}}}},
            {"year": None, "answer": "words"},
        ),
    ],
)  # fmt: skip
async def test_a_plain_refusal_has_the_keys_that_are_told(
    over_endpoint: Opening, extra: dict[str, Any], said: dict[str, Any]
) -> None:
    """Plain, since the model says the same of everybody."""

    async def stubborn(context: AdminContext) -> None:
        told = {"answer": "She carved marionettes of limewood.", "year": 1911}
        await context.answer(json.dumps(reply(json.dumps(told))).encode())

    system = 'Answer in JSON: {"answer": "...", "year": number}.'
    turns = [("system", system), ("user", f"Who is {NAME}?")]
    async with endpoint(stubborn) as url:
        client = await over_endpoint(url, [Target(NAME)], refusal="auto")
        messages = [{"role": role, "content": text} for role, text in turns]
        answer = await client.post("/v1/chat/completions", json={"model": "m", "messages": messages, **extra})
    told = json.loads(answer.json()["choices"][0]["message"]["content"])
    words = plain_refusal([Message(r, t) for r, t in turns])  # type: ignore[arg-type]
    assert told.keys() == said.keys()
    assert told["year"] is None
    assert told["answer"] == words or "response_format" in extra
