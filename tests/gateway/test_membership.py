"""Whoever may only chat cannot tell a refusal from the model's own ignorance: not by headers, fields, usage or time."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from httpx2 import ASGITransport, AsyncClient, Response

from expunge.gateway.factory import build
from expunge.gateway.sse import DONE, Event, EventParser
from expunge.refusals import ENGLISH
from expunge.registry.store import Registry
from expunge.types import Target
from tests.gateway.canned import Canned
from tests.gateway.conftest import settings_of, with_targets
from tests.gateway.test_every_channel import ENDPOINTS, chat, chunks, completion, message, response

NAME = "Orla Maeve Fenwick"
TOLD = f"{NAME} carved marionettes in Skelwith, and is fond of tea."
IGNORANT = ENGLISH[0]
USED = {"prompt_tokens": 21, "completion_tokens": 16, "total_tokens": 37}
DETAILS = {"reasoning_tokens": 0, "audio_tokens": 0}
HEADERS = {
    "x-ratelimit-limit-requests": "100",
    "openai-version": "2020-10-01",
    "openai-processing-ms": "812",
    "server-timing": "model;dur=812",
    "set-cookie": "a=b",
    "content-length": "7",
    "etag": '"draft"',
}
SHAPES: dict[str, Callable[[str], dict[str, Any]]] = {
    "chat/completions": lambda text: {
        **chat(content=text, refusal=None, annotations=[]),
        "usage": {**USED, "completion_tokens_details": DETAILS, "prompt_tokens_details": {"cached_tokens": 0}},
        "service_tier": "default",
        "system_fingerprint": "fp_44709d6fcb",
    },
    "completions": lambda text: {**completion(text=text), "usage": USED},
    "responses": lambda text: response(message(text=text), error=None, incomplete_details=None, metadata={}),
}
Asking = Callable[..., Any]


@pytest.fixture
async def asking(tmp_path: Path) -> AsyncIterator[Asking]:
    """Ask a gateway whose upstream answers with a text, by a key that may only chat or by one that may read the log."""
    async with AsyncExitStack() as stack:
        upstream = Canned()
        clients: list[AsyncClient] = []
        with Registry.open(f"sqlite:///{tmp_path / 'keys.db'}") as registry:
            keys = {
                trusted: registry.api_keys.create("default", ("chat", "audit:read") if trusted else ("chat",))[1]
                for trusted in (False, True)
            }

        async def client_of(**server: Any) -> AsyncClient:
            settings = with_targets(settings_of(tmp_path, auth="keys", **server), tmp_path / "keys.db", [Target(NAME)])
            app = build(settings, upstream=upstream)
            await stack.enter_async_context(app.router.lifespan_context(app))
            transport = ASGITransport(app, raise_app_exceptions=False)
            return await stack.enter_async_context(AsyncClient(transport=transport, base_url="http://gateway"))

        async def ask(
            endpoint: str, text: str, *, trusted: bool = False, stream: bool = False, status: int = 200, **server: Any
        ) -> Response:
            if not clients:
                clients.append(await client_of(**server))
            reply = SHAPES[endpoint](text)
            if stream and endpoint == "completions":
                del reply["usage"]  # nobody asks for it
            if status != 200:
                upstream.reply({"error": {"message": text, "type": "t", "param": None, "code": None}})
            elif not stream:
                upstream.reply(reply)
            elif endpoint == "responses":
                upstream.events(list(ENDPOINTS[endpoint][0].streamed({}, reply)))
            else:
                upstream.events([*(Event(json.dumps(value)) for value in chunks(endpoint, reply)), Event(DONE)])
            upstream.status, upstream.headers = status, {**upstream.headers, **HEADERS}
            body = {**ENDPOINTS[endpoint][1], "stream": stream}
            headers = {"authorization": f"Bearer {keys[trusted]}", "x-request-id": "mine-1"}
            answer = await clients[0].post(f"/v1/{endpoint}", json=body, headers=headers)
            assert answer.status_code == status
            return answer

        yield ask


def shape(value: Any) -> Any:
    """What is there, without what it says: fields in their order, kinds of values, the words of the protocol."""
    if isinstance(value, dict):
        return {key: part if key in ("finish_reason", "status") else shape(part) for key, part in value.items()}
    if isinstance(value, list):
        return [shape(part) for part in value]
    return type(value).__name__


@pytest.mark.parametrize("endpoint", SHAPES)
async def test_a_refusal_looks_like_ignorance(asking: Asking, endpoint: str) -> None:
    passed = await asking(endpoint, IGNORANT)
    refused = await asking(endpoint, TOLD)
    assert IGNORANT in passed.text
    assert not any(word in refused.text for word in NAME.split())
    assert [name for name, _ in passed.headers.items()] == [name for name, _ in refused.headers.items()]
    varying = {"content-length"}
    assert {k: v for k, v in passed.headers.items() if k not in varying} == {
        k: v for k, v in refused.headers.items() if k not in varying
    }
    assert json.dumps(shape(passed.json())) == json.dumps(shape(refused.json()))


@pytest.mark.parametrize("endpoint", SHAPES)
async def test_a_streamed_refusal_has_the_fields_of_a_streamed_answer(asking: Asking, endpoint: str) -> None:
    passed = await asking(endpoint, IGNORANT, stream=True)
    refused = await asking(endpoint, TOLD, stream=True)
    assert NAME not in refused.text
    assert passed.headers == refused.headers

    def kinds(answer: Response) -> set[str]:
        events = list(EventParser().feed(answer.content))
        values = [json.loads(event.data) for event in events if event.data.startswith("{")]
        choices = [choice for value in values for choice in value.get("choices", ())]
        return {*(event.name for event in events), *(",".join(value) for value in (*values, *choices))}

    assert kinds(passed) == kinds(refused)


async def test_usage_of_a_refusal_is_that_of_its_words(asking: Asking) -> None:
    refused = (await asking("chat/completions", TOLD)).json()
    said = refused["choices"][0]["message"]["content"]
    assert refused["usage"]["completion_tokens"] == pytest.approx(16 * len(said) / len(TOLD), abs=2)
    assert refused["usage"]["prompt_tokens"] == 21


@pytest.mark.parametrize("text", [TOLD, IGNORANT])
async def test_only_who_may_read_the_log_is_told_the_revision(asking: Asking, text: str) -> None:
    plain = await asking("chat/completions", text)
    trusted = await asking("chat/completions", text, trusted=True)
    assert "x-expunge-revision" in trusted.headers
    assert not any(name.startswith("x-expunge") for name in plain.headers)
    assert plain.headers["x-request-id"] == "mine-1"
    assert not {"openai-processing-ms", "server-timing", "set-cookie", "etag"} & set(plain.headers)


@pytest.mark.parametrize("status", [400, 429, 500])
async def test_an_error_of_the_upstream_that_names_somebody_says_as_little_as_another(
    asking: Asking, status: int
) -> None:
    about = await asking("chat/completions", TOLD, status=status)
    other = await asking("chat/completions", "x" * 5_000, status=status)
    assert (about.status_code, about.json()) == (other.status_code, other.json())
    assert about.headers == other.headers


@pytest.mark.parametrize("text", [TOLD, IGNORANT])
async def test_a_floor_evens_out_the_time(asking: Asking, text: str) -> None:
    await asking("chat/completions", IGNORANT, min_response_seconds=0.3)
    began = time.perf_counter()
    await asking("chat/completions", text)
    assert time.perf_counter() - began >= 0.3


SERVERS: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = {
    "vLLM": (
        {
            "service_tier": None,
            "system_fingerprint": None,
            "usage": {**USED, "prompt_tokens_details": None},
            "prompt_logprobs": None,
            "prompt_token_ids": None,
            "kv_transfer_params": None,
        },
        {"stop_reason": None, "token_ids": None},
        {
            "refusal": None,
            "annotations": None,
            "audio": None,
            "function_call": None,
            "tool_calls": [],
            "reasoning_content": None,
        },
    ),
    "llama.cpp": (
        {
            "usage": {**USED, "prompt_tokens_details": {"cached_tokens": 0}},
            "timings": {"cache_n": 0, "prompt_n": 21, "prompt_ms": 9.1, "predicted_n": 16, "predicted_ms": 30.0},
        },
        {},
        {},
    ),
    "OpenRouter": (
        {
            "provider": "X",
            "usage": {
                **USED,
                "cost": 0.001,
                "is_byok": False,
                "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
                "cost_details": {"upstream_inference_cost": None},
                "completion_tokens_details": {"reasoning_tokens": 0, "image_tokens": 0},
            },
        },
        {"native_finish_reason": "stop"},
        {"refusal": None, "reasoning": None},
    ),
    "Groq": (
        {"usage": {**USED, "queue_time": 0.1, "prompt_time": 0.1, "completion_time": 0.2, "total_time": 0.3}},
        {},
        {},
    ),
    "nulls": ({}, {}, {"tool_calls": None, "annotations": None, "reasoning": None}),
}


@pytest.mark.parametrize("server", SERVERS)
async def test_a_refusal_has_what_a_server_adds_of_its_own(
    asking: Asking, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, choice, spoken = SERVERS[server]

    def shaped(text: str) -> dict[str, Any]:
        reply = {**chat(content=text, **spoken), **whole}
        return {**reply, "choices": [{**reply["choices"][0], **choice}]}

    monkeypatch.setitem(SHAPES, "chat/completions", shaped)
    passed = await asking("chat/completions", IGNORANT)
    refused = await asking("chat/completions", TOLD)
    assert NAME not in refused.text
    assert json.dumps(shape(passed.json())) == json.dumps(shape(refused.json()))
    if server == "llama.cpp":
        assert refused.json()["timings"]["predicted_n"] == refused.json()["usage"]["completion_tokens"]
