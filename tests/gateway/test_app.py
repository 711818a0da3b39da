"""Routes, ids of requests, and errors in one shape."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from httpx2 import AsyncClient

from expunge.models.scripted import ScriptedChat

Opening = Callable[..., Awaitable[AsyncClient]]
ASK = {"model": "m", "messages": [{"role": "user", "content": "Who sells umbrellas?"}]}


def model() -> ScriptedChat:
    return ScriptedChat(lambda *_: "Brendan Garrow sells umbrellas.", name="m")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v1/chat/completions", 405, "method_not_allowed"),
        ("POST", "/v1/models", 405, "method_not_allowed"),
        ("GET", "/v1/models/other", 404, "model_not_found"),
        ("POST", "/v1/embeddings", 404, "unknown_url"),
        ("GET", "/", 404, "unknown_url"),
        ("DELETE", "/v1/chat/completions/1", 404, "unknown_url"),
    ],
)
async def test_what_is_not_served(over_model: Opening, method: str, path: str, status: int, code: str) -> None:
    client = await over_model(model())
    response = await client.request(method, path)
    assert response.status_code == status
    error = response.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert error["code"] == code
    assert response.headers["x-request-id"].startswith("req_")


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/chat/completions", "/v1/chat/completions"),
        ("/responses/", "/v1/responses"),
        ("/v1/v1/completions", "/v1/completions"),
        ("/api/v1/chat/completions", "/v1/chat/completions"),
        ("/models", "/v1/models"),
    ],
)
async def test_a_base_url_that_does_not_end_in_one_v1_is_hinted_at(over_model: Opening, path: str, route: str) -> None:
    response = await (await over_model(model())).post(path)
    assert response.status_code == 404
    assert f"use {route}: a client's base URL ends in one /v1." in response.json()["error"]["message"]


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b"", 400, "is not JSON"),
        (b"[]", 400, "a JSON object"),
        (b'{"messages": [', 400, "is not JSON"),
        (b'{"messages": "\xff"}', 400, "not UTF-8"),
        (b'{"messages": "\\ud800"}', 400, "surrogate"),
        (b'{"messages": [], "messages": []}', 400, "same key twice"),
        (b'{"n": NaN}', 400, "is not JSON"),
        (b"[" * 100_000, 400, "too deeply"),
        (b'{"x":' * 900 + b"1" + b"}" * 900, 400, "at least one message"),
        (b'{"messages": [{"role": "user", "content": "x"}], "x": ' + b"[" * 300 + b"]" * 300 + b"}", 400, "too deeply"),
        (b'{"messages": []}', 400, "at least one message"),
        (b'{"messages": ["x"]}', 400, "role and a content"),
        (b'{"messages": [{"role": "user", "content": 5}]}', 400, "string or a list"),
        (b'{"messages": [{"role": "user", "content": [5]}]}', 400, "object with a type"),
        (b'{"model": 5, "messages": [{"role": "user", "content": "x"}]}', 400, "must be a string"),
        (b'{"messages": [' + b'{"role":"user","content":"x"},' * 20 + b'{"role":"user"}]}', 400, "over 20 messages"),
        (b'{"messages": "' + b"x" * 20_000 + b'"}', 413, "over 10,000 bytes"),
    ],
)
async def test_bodies_that_are_none(over_model: Opening, body: bytes, status: int, said: str) -> None:
    client = await over_model(model(), max_body=10_000, max_messages=20)
    if status == 400 and len(body) > 10_000:
        client = await over_model(model())
    response = await client.post("/v1/chat/completions", content=body)
    assert response.status_code == status, response.text
    assert said in response.json()["error"]["message"]


@pytest.mark.parametrize(
    ("given", "kept"), [("abc-1.2:3", True), ("a" * 128, True), ("a" * 129, False), ("a b", False), ("", False)]
)
async def test_the_id_of_a_request(over_model: Opening, given: str, kept: bool) -> None:
    client = await over_model(model())
    response = await client.post("/v1/chat/completions", json=ASK, headers={"x-request-id": given})
    assert response.status_code == 200
    assert (response.headers["x-request-id"] == given) is kept
    assert len(response.headers.get_list("x-request-id")) == 1


async def test_an_embedded_model_is_an_upstream(over_model: Opening) -> None:
    client = await over_model(model())
    listed = (await client.get("/v1/models")).json()
    assert [entry["id"] for entry in listed["data"]] == ["m"]
    assert (await client.get("/v1/models/m")).json() == listed["data"][0]
    reply: dict[str, Any] = (await client.post("/v1/chat/completions", json=ASK)).json()
    assert reply["choices"][0]["message"]["content"] == "Brendan Garrow sells umbrellas."
    refused = await client.post("/v1/chat/completions", json={**ASK, "tools": [{"type": "function"}]})
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, "tools")
