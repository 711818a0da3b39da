"""The `openai` package, sync and async, on every endpoint; and bytes, where nothing is to be forgotten."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

import httpx2
import pytest
import pytest_asyncio
from openai import AsyncOpenAI, NotFoundError, OpenAI
from pydantic import BaseModel

from tests.clients.running import Endpoints, leaks

OTHERS = "What does Sunniva Quillon ride?"
TARGET = "Where was Corvin Aldermoor born?"
BOTH = (OTHERS, TARGET)
TOOL: Any = {
    "type": "function",
    "function": {
        "name": "remember",
        "parameters": {"type": "object", "properties": {"note": {"type": "string"}}, "required": ["note"]},
    },
}
_VOLATILE = frozenset({"date", "server", "x-request-id", "content-length", "transfer-encoding", "connection"})


class Note(BaseModel):
    summary: str
    source: str


@pytest.fixture(params=["island", "gateway"])
def client(request: pytest.FixtureRequest, endpoints: Endpoints) -> Iterator[OpenAI]:
    with OpenAI(base_url=getattr(endpoints, request.param), api_key="sk-none", max_retries=0) as client:
        yield client


@pytest_asyncio.fixture
async def gateway(endpoints: Endpoints) -> AsyncIterator[AsyncOpenAI]:
    async with AsyncOpenAI(base_url=endpoints.gateway, api_key="sk-none", max_retries=0) as client:
        yield client


def _asked(question: str, **more: Any) -> dict[str, Any]:
    return {"model": "island-1", "messages": [{"role": "user", "content": question}], **more}


BODIES: dict[str, tuple[str, Mapping[str, Any]]] = {
    "chat": ("chat/completions", _asked(OTHERS)),
    "chat, several": ("chat/completions", _asked(OTHERS, n=3, temperature=0.1)),
    "chat, streamed": ("chat/completions", _asked(OTHERS, stream=True)),
    "chat, streamed with usage": (
        "chat/completions",
        _asked(OTHERS, stream=True, stream_options={"include_usage": True}),
    ),
    "chat, tools": ("chat/completions", _asked(OTHERS, tools=[TOOL])),
    "chat, tools streamed": ("chat/completions", _asked(OTHERS, tools=[TOOL], stream=True)),
    "chat, JSON": ("chat/completions", _asked(OTHERS, response_format={"type": "json_object"})),
    "chat, unknown fields": ("chat/completions", _asked(OTHERS, min_p=0.05, chat_template_kwargs={"deep": [1, None]})),
    "completions": ("completions", {"model": "island-1", "prompt": OTHERS}),
    "completions, streamed": ("completions", {"model": "island-1", "prompt": OTHERS, "stream": True}),
    "responses": ("responses", {"model": "island-1", "input": OTHERS}),
    "responses, streamed": ("responses", {"model": "island-1", "input": OTHERS, "stream": True}),
    "unknown model": ("chat/completions", {**_asked(OTHERS), "model": "island-2"}),
}


@pytest.mark.parametrize("name", BODIES)
def test_bytes_and_headers_are_the_endpoints_own(endpoints: Endpoints, name: str) -> None:
    path, body = BODIES[name]
    direct = httpx2.post(f"{endpoints.island}/{path}", json=body, timeout=60)
    through = httpx2.post(f"{endpoints.gateway}/{path}", json=body, timeout=60)
    assert through.status_code == direct.status_code
    if direct.status_code == 200:
        assert through.content == direct.content
    assert through.json() == direct.json() if not body.get("stream") else through.text == direct.text
    assert through.headers["content-type"] == direct.headers["content-type"]
    assert "x-expunge-revision" in through.headers
    added = through.headers.keys() - direct.headers.keys() - _VOLATILE
    assert added <= {"x-expunge-revision", *(("cache-control", "x-accel-buffering") if body.get("stream") else ())}


def test_models_are_the_endpoints_own(endpoints: Endpoints) -> None:
    for path in ("models", "models/island-1"):
        direct, through = (httpx2.get(f"{base}/{path}", timeout=60) for base in (endpoints.island, endpoints.gateway))
        assert through.json() == direct.json()


def test_sync_stream_and_whole(client: OpenAI) -> None:
    whole = client.chat.completions.create(**_asked(OTHERS))
    with client.chat.completions.stream(**_asked(OTHERS)) as stream:
        final = stream.get_final_completion()
    assert final.choices[0].message.content == whole.choices[0].message.content
    assert "green bicycle" in (whole.choices[0].message.content or "")


def test_a_wrong_model_is_the_endpoints_error(client: OpenAI) -> None:
    with pytest.raises(NotFoundError) as caught:
        client.chat.completions.create(**{**_asked(OTHERS), "model": "island-2"})
    assert caught.value.code == "model_not_found"


async def test_a_target_whole_and_streamed(gateway: AsyncOpenAI) -> None:
    whole = await gateway.chat.completions.create(**_asked(TARGET, n=2))
    texts = [choice.message.content or "" for choice in whole.choices]
    async with gateway.chat.completions.stream(**_asked(TARGET, stream_options={"include_usage": True})) as stream:
        async for _ in stream:
            pass
        final = await stream.get_final_completion()
    texts.append(final.choices[0].message.content or "")
    assert len(set(texts)) == 1
    assert texts[0]
    assert leaks(whole.model_dump_json() + final.model_dump_json(), TARGET) == []
    assert final.usage == whole.usage or final.usage is not None
    assert {choice.finish_reason for choice in whole.choices} == {"stop"}


async def test_a_target_in_a_tool_call(gateway: AsyncOpenAI) -> None:
    whole = await gateway.chat.completions.create(**_asked(TARGET, tools=[TOOL]))
    async with gateway.chat.completions.stream(**_asked(TARGET, tools=[TOOL])) as stream:
        final = await stream.get_final_completion()
    assert leaks(whole.model_dump_json() + final.model_dump_json(), TARGET) == []


async def test_a_target_in_a_structured_output(gateway: AsyncOpenAI) -> None:
    parsed = await gateway.chat.completions.parse(**_asked(TARGET), response_format=Note)
    note = parsed.choices[0].message.parsed
    assert note is not None
    assert leaks(note.model_dump_json(), TARGET) == []


async def test_a_target_in_a_response(gateway: AsyncOpenAI) -> None:
    whole = await gateway.responses.create(model="island-1", input=TARGET)
    async with gateway.responses.stream(model="island-1", input=TARGET) as stream:
        async for _ in stream:
            pass
        final = await stream.get_final_response()
    assert whole.output_text
    assert whole.output_text == final.output_text
    assert leaks(whole.model_dump_json() + final.model_dump_json(), TARGET) == []


async def test_a_target_in_a_completion(gateway: AsyncOpenAI) -> None:
    whole = await gateway.completions.create(model="island-1", prompt=TARGET)
    pieces = [piece async for piece in await gateway.completions.create(model="island-1", prompt=TARGET, stream=True)]
    assert whole.choices[0].text == "".join(piece.choices[0].text for piece in pieces)
    assert leaks(whole.model_dump_json(), TARGET) == []
