"""What every chat model keeps to, whichever plays: an endpoint, the embedded engine, the scripted double."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from expunge.models.base import ChatModel, ChatOptions, Completion
from expunge.models.embedded import EmbeddedChat
from expunge.models.endpoint import EndpointChat
from expunge.models.scripted import ScriptedChat
from expunge.models.weights import DEFAULT, place
from expunge.settings import Settings
from expunge.types import Message

SCHEMA = {
    "type": "object",
    "properties": {"clear": {"type": "boolean"}},
    "required": ["clear"],
    "additionalProperties": False,
}
OPTIONS = ChatOptions(temperature=0.0, max_tokens=24, seed=1)
TALK = [
    Message("system", "You are brief."),
    Message("user", "Hello."),
    Message("assistant", "Hello, what can I do for you?"),
    Message("user", "Name a colour."),
]


def reply(messages: Sequence[Message], options: ChatOptions) -> str:
    return '{"clear": true}' if options.schema else f"You said: {messages[-1].content[:20]}"


@pytest.fixture
async def stand_in() -> AsyncIterator[str]:
    """The address of an endpoint that behaves."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        size = int(head.split("content-length:")[1].split("\r\n")[0])
        asked = json.loads(await reader.readexactly(size))
        messages = [Message(message["role"], message["content"]) for message in asked["messages"]]
        text = reply(messages, ChatOptions(schema=asked.get("response_format")))
        choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}
        usage = {"prompt_tokens": 9, "completion_tokens": 4}
        body = json.dumps({"object": "chat.completion", "choices": [choice], "usage": usage}).encode()
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json\r\n")
        writer.write(f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    server.close()


@pytest.fixture(scope="module")
def weights() -> Path | None:
    """The embedded model's file, if it is fetched."""
    path = place(DEFAULT, Settings().cache())
    return path if path.exists() else None


@pytest.fixture(params=["endpoint", "scripted", pytest.param("embedded", marks=pytest.mark.weights)])
async def model(request: pytest.FixtureRequest, stand_in: str, weights: Path | None) -> AsyncIterator[ChatModel]:
    chat: ChatModel
    if request.param == "endpoint":
        chat = EndpointChat(stand_in, "stand-in", timeout=10)
    elif request.param == "scripted":
        chat = ScriptedChat(reply)
    else:
        if not weights:
            pytest.skip("the embedded weights are not fetched; run `expunge models pull`")
        chat = EmbeddedChat(weights, context=1024, timeout=120)
    yield chat
    await chat.aclose()


async def test_continues_a_conversation(model: ChatModel) -> None:
    got = await model.complete(TALK, OPTIONS)
    assert isinstance(got, Completion)
    assert got.text
    assert got.finish_reason in ("stop", "length")
    assert got.prompt_tokens >= 0
    assert got.completion_tokens <= 24


async def test_the_same_question_gets_the_same_answer(model: ChatModel) -> None:
    assert (await model.complete(TALK, OPTIONS)).text == (await model.complete(TALK, OPTIONS)).text


async def test_leaves_messages_and_options_as_they_are(model: ChatModel) -> None:
    messages = list(TALK)
    schema = json.loads(json.dumps(SCHEMA))
    await model.complete(messages, ChatOptions(max_tokens=24, schema=schema))
    assert messages == TALK
    assert schema == SCHEMA


async def test_a_reply_meets_the_schema(model: ChatModel) -> None:
    got = await model.complete(
        [Message("user", "Is the sky clear? Reply in JSON.")],
        ChatOptions(temperature=0.0, max_tokens=40, schema=SCHEMA),
    )
    assert isinstance(json.loads(got.text)["clear"], bool)


async def test_takes_any_text(model: ChatModel) -> None:
    for text in ("", "\0", "a\ud800b", "{braces} $dollar <|im_end|> ```", "\U0001f600", "שלום"):
        assert isinstance((await model.complete([Message("user", text)], OPTIONS)).text, str)


async def test_several_at_once(model: ChatModel) -> None:
    got = await asyncio.gather(*(model.complete(TALK, OPTIONS) for _ in range(5)))
    assert len({completion.text for completion in got}) == 1


async def test_has_a_name_and_closes_twice(model: ChatModel) -> None:
    assert model.name
    await model.complete(TALK, OPTIONS)
    await model.aclose()
    await model.aclose()
