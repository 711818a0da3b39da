"""A chat model behind Anthropic's Messages API."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from expunge.errors import ContextTooLong, ModelRefused, ModelReplyError
from expunge.models.anthropic import AnthropicChat
from expunge.models.base import ChatOptions, Completion
from expunge.types import Message

ANSWER = {
    "type": "message",
    "content": [
        {"type": "thinking", "thinking": "Hm.", "signature": "s"},
        {"type": "text", "text": "Tea "},
        {"type": "text", "text": "is ready."},
        {"type": "tool_use", "id": "t", "name": "note", "input": {"a": 1}},
    ],
    "stop_reason": "max_tokens",
    "usage": {"input_tokens": 9, "output_tokens": 4},
}


@dataclass
class Endpoint:
    url: str = ""
    answers: list[tuple[int, Any]] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        self.heads.append(head)
        self.bodies.append(json.loads(await reader.readexactly(int(head.split("content-length:")[1].split("\r\n")[0]))))
        status, answer = self.answers.pop(0)
        body = json.dumps(answer).encode()
        writer.write(f"HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
        await writer.drain()
        writer.close()


@pytest.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    made = Endpoint()
    server = await asyncio.start_server(made.talk, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    yield made
    server.close()


async def ask(endpoint: Endpoint, model: AnthropicChat | None = None, **options: Any) -> Completion:
    chat = model or AnthropicChat(endpoint.url, "m", api_key="sk-ant-1", timeout=5.0, retries=0)
    try:
        talk = [Message("system", "Be brief."), Message("user", "What is ready?"), Message("tool", "Tea.")]
        return await chat.complete(talk, ChatOptions(**options))
    finally:
        await chat.aclose()


async def test_a_question_and_its_answer(endpoint: Endpoint) -> None:
    endpoint.answers = [(200, ANSWER)]
    told = await ask(endpoint, max_tokens=24, schema={"type": "object"})
    assert told == Completion("Tea is ready.", "Hm.", ('note({"a": 1})',), "length", 9, 4)
    (head,) = endpoint.heads
    assert head.startswith("post /v1/messages ")
    assert "x-api-key: sk-ant-1" in head
    assert "anthropic-version: 2023-06-01" in head
    assert "authorization" not in head
    assert endpoint.bodies == [
        {
            "model": "m",
            "max_tokens": 24,
            "messages": [{"role": "user", "content": "What is ready?"}, {"role": "user", "content": "Tea."}],
            "system": "Be brief.",
            "output_config": {"format": {"type": "json_schema", "schema": {"type": "object"}}},
        }
    ]


async def test_a_model_that_takes_no_temperature_is_asked_without(endpoint: Endpoint) -> None:
    wrong = {"type": "error", "error": {"type": "invalid_request_error", "message": "temperature: not taken"}}
    endpoint.answers = [(400, wrong), (200, ANSWER), (200, ANSWER)]
    model = AnthropicChat(endpoint.url, "m", timeout=5.0, retries=0)
    for _ in range(2):
        await ask(endpoint, model, temperature=0.0)
    assert ["temperature" in body for body in endpoint.bodies] == [True, False, False]


@pytest.mark.parametrize(
    ("status", "answer", "error"),
    [
        (401, {"type": "error", "error": {"type": "authentication_error", "message": "no"}}, ModelRefused),
        (400, {"type": "error", "error": {"message": "prompt is too long: 9 tokens > 8 maximum"}}, ContextTooLong),
        (200, {"content": "Tea."}, ModelReplyError),
        (200, ["Tea."], ModelReplyError),
    ],
)
async def test_failures(endpoint: Endpoint, status: int, answer: Any, error: type[Exception]) -> None:
    endpoint.answers = [(status, answer)]
    with pytest.raises(error):
        await ask(endpoint, temperature=0.5)
