"""`/v1/messages` before an upstream of Anthropic's API: headers, errors, counts, and what is not served."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from httpx2 import AsyncClient

from expunge.gateway.factory import upstream_of
from expunge.gateway.sse import Event
from expunge.gateway.upstream.base import UpstreamRequest
from expunge.gateway.upstream.http import HttpUpstream
from expunge.settings import ModelSettings, ServerSettings
from expunge.types import Target
from tests.gateway.apis.messages.replies import reply, text, thinking
from tests.gateway.canned import Canned, seen
from tests.gateway.conftest import settings_of
from tests.gateway.upstream.test_http import Server, serving

Opening = Callable[..., Awaitable[AsyncClient]]
NAME = "Ilse Brackwell"
TARGET = Target(NAME)
ASKED = {"model": "stub", "max_tokens": 64, "messages": [{"role": "user", "content": "What is there to do?"}]}
OPENAI = ("chat/completions", "responses", "completions")


def error_of(answer: Any) -> tuple[int, str]:
    """The status and the type of an error, whose form is checked."""
    body = answer.json()
    assert list(body) == ["type", "error", "request_id"]
    assert body["type"] == "error"
    assert list(body["error"]) == ["type", "message"]
    assert body["request_id"] == answer.headers["request-id"] == answer.headers["x-request-id"]
    return answer.status_code, body["error"]["type"]


@pytest.mark.parametrize("path", ["messages", "messages/count_tokens"])
async def test_messages_are_not_served_before_another_api(over_upstream: Opening, path: str) -> None:
    upstream = Canned()
    client = await over_upstream(upstream)
    answer = await client.post(f"/v1/{path}", json=ASKED)
    assert error_of(answer) == (404, "not_found_error")
    assert "models.vanilla.api" in answer.json()["error"]["message"]
    assert upstream.calls == []


@pytest.mark.parametrize("path", OPENAI)
async def test_other_routes_are_not_served_before_anthropics_api(over_upstream: Opening, path: str) -> None:
    upstream = Canned()
    client = await over_upstream(upstream, api="anthropic")
    answer = await client.post(f"/v1/{path}", json=ASKED)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "api_not_served")
    assert "models.vanilla.api" in answer.json()["error"]["message"]
    assert upstream.calls == []


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        ({}, 400, "invalid_request_error"),
        ({"messages": [{"role": "user", "content": "x" * 9_000_000}]}, 413, "request_too_large"),
    ],
)
async def test_what_is_no_request(over_upstream: Opening, body: Any, status: int, kind: str) -> None:
    client = await over_upstream(Canned(), api="anthropic")
    assert error_of(await client.post("/v1/messages", json=body)) == (status, kind)


async def test_without_a_key_and_by_another_method(over_upstream: Opening) -> None:
    client = await over_upstream(Canned(), api="anthropic", auth="keys")
    assert error_of(await client.post("/v1/messages", json=ASKED)) == (401, "authentication_error")
    assert error_of(await client.get("/v1/messages")) == (405, "invalid_request_error")
    assert error_of(await client.post("/v1/messages/batches", json=ASKED)) == (404, "not_found_error")


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "invalid_request_error"),
        (404, "not_found_error"),
        (429, "rate_limit_error"),
        (500, "api_error"),
        (529, "overloaded_error"),
    ],
)
async def test_an_error_of_the_upstream_names_nobody(over_upstream: Opening, status: int, kind: str) -> None:
    upstream = Canned(status=status)
    upstream.reply({"type": "error", "error": {"type": "invalid_request_error", "message": f"model: {NAME}"}})
    client = await over_upstream(upstream, [TARGET], api="anthropic")
    for path in ("messages", "messages/count_tokens"):
        answer = await client.post(f"/v1/{path}", json=ASKED)
        assert error_of(answer) == (status, kind)
        assert NAME not in answer.text


async def test_an_error_in_mid_stream_is_an_event(over_upstream: Opening) -> None:
    upstream = Canned()
    sentence = "The ferry Grey Heron leaves the harbour at nine. "
    begun: dict[str, Any] = {"type": "message_start", "message": {**reply(), "content": []}}
    block = {"type": "content_block_start", "index": 0, "content_block": text("")}
    delta = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": sentence}}
    broken = {"type": "error", "error": {"type": "overloaded_error", "message": NAME}}
    values = [begun, block, *[delta] * 30, broken]
    upstream.events([Event(json.dumps(value), str(value["type"])) for value in values])
    for mode in ("incremental", "buffered"):
        client = await over_upstream(upstream, [TARGET], api="anthropic", stream=mode)
        answer = await client.post("/v1/messages", json={**ASKED, "stream": True})
        assert NAME.casefold() not in seen(answer.headers, answer.content)
        if mode == "buffered":
            assert error_of(answer) == (502, "api_error")
            continue
        last = answer.text.rstrip().rpartition("\n\n")[2]
        assert last.startswith("event: error\ndata: ")
        assert json.loads(last.partition("data: ")[2])["error"]["type"] == "api_error"


async def test_counting_tokens(over_upstream: Opening) -> None:
    upstream = Canned()
    client = await over_upstream(upstream, [TARGET], api="anthropic")
    upstream.reply({"input_tokens": 14})
    body = {**ASKED, "messages": [{"role": "user", "content": f"Who is {NAME}?"}]}
    answer = await client.post("/v1/messages/count_tokens", json=body)
    assert answer.content == b'{"input_tokens": 14}'
    (asked,) = upstream.calls
    assert (asked.path, json.loads(asked.body or b"")) == ("messages/count_tokens", body)
    upstream.reply({"input_tokens": 14, "context_management": {"original_input_tokens": 20, "aside": NAME}, "a": NAME})
    answer = await client.post("/v1/messages/count_tokens", json=body)
    assert answer.json() == {"input_tokens": 14, "context_management": {"original_input_tokens": 20}}
    for wrong in ({"input_tokens": NAME}, {"input_tokens": True}, {}, [NAME]):
        upstream.reply(wrong)
        answer = await client.post("/v1/messages/count_tokens", json=body)
        assert error_of(answer) == (502, "api_error")
        assert NAME not in answer.text


@pytest.mark.parametrize("own_key", [True, False])
async def test_the_headers_that_the_upstream_gets(own_key: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THEIR_KEY", "sk-ant-1")
    server = Server([b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"] * 2)
    async with serving(server) as url:
        model = ModelSettings(base_url=url, model="m", api="anthropic", api_key_env="THEIR_KEY")
        upstream = HttpUpstream(model, ServerSettings(), own_key=own_key)
        for given in ({}, {"anthropic-version": "2024-01-01", "anthropic-beta": "tea-2026-01-01"}):
            async with upstream.open(UpstreamRequest("messages", b"{}", given)) as received:
                assert [piece async for piece in received.pieces()] == [b"{}"]
        await upstream.aclose()
    plain, named = (asked.decode().lower() for asked in server.asked)
    assert ("x-api-key: sk-ant-1" in plain) is own_key
    assert "authorization" not in plain
    assert "anthropic-version: 2023-06-01" in plain
    assert "anthropic-version: 2024-01-01" in named
    assert "anthropic-version: 2023-06-01" not in named
    assert "anthropic-beta: tea-2026-01-01" in named


async def test_a_callers_own_key_reaches_the_upstream(over_upstream: Opening) -> None:
    upstream = Canned()
    upstream.reply(reply())
    for api, path in (("anthropic", "messages"), ("openai", "chat/completions")):
        client = await over_upstream(upstream, [TARGET], api=api, authorization="upstream")
        await client.post(f"/v1/{path}", json=ASKED, headers={"x-api-key": "sk-ant-2", "anthropic-beta": "b"})
    theirs, none = (call.headers for call in upstream.calls)
    assert (theirs["x-api-key"], theirs["anthropic-beta"]) == ("sk-ant-2", "b")
    assert "x-api-key" not in none


async def test_the_list_of_models(over_upstream: Opening) -> None:
    upstream = Canned()
    entry = {"type": "model", "id": "claude-x", "display_name": "Claude X", "created_at": "2026-01-01T00:00:00Z"}
    upstream.reply({"data": [{**entry, "aside": "x"}, {**entry, "id": NAME}], "has_more": False})
    client = await over_upstream(upstream, [TARGET], api="anthropic")
    answer = await client.get("/v1/models")
    assert answer.json() == {"data": [entry], "has_more": False, "first_id": "claude-x", "last_id": "claude-x"}
    assert (await client.get("/v1/models/claude-x")).json() == entry
    assert (await client.get("/v1/models/other")).json()["error"]["type"] == "not_found_error"


async def test_a_mirrored_refusal_forges_no_signature(over_upstream: Opening) -> None:
    """The model is asked about a stranger; a thought that names the stranger goes, since it was signed as it was."""

    class Answers(Canned):
        def open(self, call: UpstreamRequest) -> Any:
            asked = json.loads(call.body or b"")["messages"][-1]["content"]
            who = asked.removeprefix("Who is ").removesuffix("?")
            told = text(f"I have no information about {who}.")
            self.reply(reply(thinking(f"Somebody asks about {who}."), thinking("Nothing comes to mind."), told))
            return super().open(call)

    upstream = Answers()
    client = await over_upstream(upstream, [TARGET], api="anthropic", refusal="auto")
    body = {**ASKED, "messages": [{"role": "user", "content": f"Who is {NAME}?"}]}
    answer = await client.post("/v1/messages", json=body)
    assert answer.status_code == 200
    assert len(upstream.calls) == 2
    stranger = json.loads(upstream.calls[1].body or b"")["messages"][-1]["content"]
    content = answer.json()["content"]
    assert [block.get("thinking") for block in content if block["type"] == "thinking"] in (
        [],
        ["Nothing comes to mind."],
    )
    assert stranger.removeprefix("Who is ").removesuffix("?") not in answer.text


def test_the_upstream_of_the_settings(tmp_path: Path) -> None:
    from expunge.assemble import assemble

    settings = settings_of(tmp_path, "http://127.0.0.1:9/v1", api="anthropic")
    parts = assemble(settings)
    try:
        assert parts.vanilla.name == "stub"
        assert isinstance(upstream_of(settings, parts), HttpUpstream)
    finally:
        parts.registry.close()
