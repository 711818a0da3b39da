"""Everything that an upstream may do wrong: none of it leaks, hangs or goes unsaid."""

from __future__ import annotations

import asyncio
import gzip
import json
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from httpx2 import ASGITransport, AsyncClient

from expunge.gateway.factory import build
from expunge.settings import ModelSettings, ModelsSettings
from expunge.types import Target
from tests.gateway.conftest import settings_of
from tests.gateway.misbehaving import AdminContext, Script, chunk, endpoint, reply, stream

Opening = Callable[..., Awaitable[AsyncClient]]
NAME = "Orla Maeve Fenwick"
TOLD = f"{NAME} carved marionettes."
ASK: dict[str, Any] = {"model": "stub", "messages": [{"role": "user", "content": "Who carves?"}]}
QUICK = {"connect": 1.0, "first_byte": 0.4, "idle": 0.4, "total": 5.0}
EVENTS = "text/event-stream"
OK = json.dumps(reply()).encode()
QUOTING = {"message": f"Bad prompt: {TOLD}", "type": "invalid_request_error", "param": None, "code": None}
CLEAN = {"message": "Too many tokens.", "type": "invalid_request_error", "param": "max_tokens", "code": "x"}


def whole(body: bytes, status: int = 200, kind: str = "application/json", **headers: str) -> Script:
    return lambda context: context.answer(body, status, kind, **headers)


def error(status: int, error: Any, **headers: str) -> Script:
    return whole(json.dumps({"error": error}).encode(), status, **headers)


def events(*pieces: bytes) -> Script:
    async def script(context: AdminContext) -> None:
        await context.head_of(kind=EVENTS)
        for piece in pieces:
            await context.write(piece)

    return script


def raw(*pieces: bytes, then: str = "") -> Script:
    async def script(context: AdminContext) -> None:
        for piece in pieces:
            await context.write(piece)
        if then == "stall":
            await context.stall()
        elif then == "reset":
            context.reset()

    return script


HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n"
STREAM_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"
OPENED = chunk({"role": "assistant", "content": TOLD})
BOMB = gzip.compress(b" " * 17 * 2**20, mtime=0)
CASES: dict[str, tuple[Script, bool, int, str | None]] = {
    "resets": (raw(then="reset"), False, 502, "upstream_unavailable"),
    "closes without a word": (raw(), False, 502, "upstream_unavailable"),
    "stalls before it answers": (raw(then="stall"), False, 504, "upstream_timeout"),
    "stalls after the head": (raw(HEAD, then="stall"), False, 504, "upstream_timeout"),
    "stalls within the body": (raw(HEAD, TOLD.encode(), then="stall"), False, 504, "upstream_timeout"),
    "resets within the body": (raw(HEAD, TOLD.encode(), then="reset"), False, 502, None),
    "ends within the body": (raw(HEAD, TOLD.encode()), False, 502, None),
    "speaks no HTTP": (raw(b"SSH-2.0-x\r\n\r\n"), False, 502, None),
    "sends headers without end": (raw(b"HTTP/1.1 200 OK\r\nx: " + b"y" * 200_000 + b"\r\n\r\n"), False, 502, None),
    "answers garbage": (whole(b"\x00\xff" + TOLD.encode()), False, 502, "upstream_invalid"),
    "answers nothing": (whole(b""), False, 502, "upstream_invalid"),
    "answers a list": (whole(b"[]"), False, 502, "upstream_invalid"),
    "answers a page": (whole(f"<p>{TOLD}</p>".encode(), kind="text/html"), False, 502, "upstream_invalid"),
    "answers JSON as a page": (whole(OK, kind="text/html"), False, 200, None),
    "answers without choices": (whole(json.dumps(reply(choices=[])).encode()), False, 502, "upstream_invalid"),
    "answers with no choice": (whole(json.dumps(reply(choices=None)).encode()), False, 502, "upstream_invalid"),
    "answers with an error within": (
        whole(json.dumps(reply(error={"message": TOLD})).encode()), False, 502, "upstream_invalid",
    ),
    "has a key twice": (
        whole(OK.replace(b'"id"', b'"id": "' + TOLD.encode() + b'", "id"')), False, 502, "upstream_invalid",
    ),
    "answers in gzip": (whole(gzip.compress(OK, mtime=0), content_encoding="gzip"), False, 200, None),
    "answers in broken gzip": (whole(gzip.compress(OK, mtime=0)[:20], content_encoding="gzip"), False, 502, None),
    "answers in an unknown code": (whole(OK, content_encoding="x-secret"), False, 200, None),
    "answers 10 MB": (whole(json.dumps(reply("tea " * 2_600_000)).encode()), False, 502, "upstream_invalid"),
    "answers 17 MB": (whole(b" " * 17 * 2**20 + OK), False, 502, "upstream_invalid"),
    "answers 17 MB in 17 kB": (whole(BOMB, content_encoding="gzip"), False, 502, None),
    "answers 204": (raw(b"HTTP/1.1 204 No\r\n\r\n"), False, 502, "upstream_invalid"),
    "redirects": (whole(b"", 307, location="http://127.0.0.1:9/"), False, 502, "upstream_invalid"),
    "says 400": (error(400, CLEAN), False, 400, "x"),
    "says 400 and quotes": (error(400, QUOTING), False, 400, "upstream_error"),
    "says 400 and more": (error(400, {**CLEAN, "prompt": TOLD}), False, 400, "upstream_error"),
    "says 400 in a page": (whole(f"<p>{TOLD}</p>".encode(), 400, "text/html"), False, 400, "upstream_error"),
    "says 401": (error(401, CLEAN), False, 502, "upstream_unauthorized"),
    "says 404": (error(404, CLEAN), False, 404, "x"),
    "says 429": (error(429, CLEAN, retry_after="7", x_should_retry="true"), False, 429, "x"),
    "says 500": (error(500, TOLD), False, 500, "upstream_error"),
    "says 503": (whole(b"", 503, retry_after="3"), False, 503, "upstream_error"),
    "streams": (events(*stream("Tea ", "is ready.")), True, 200, None),
    "streams in one piece": (events(b"".join(stream("Tea is ready."))), True, 200, None),
    "streams byte by byte": (events(*(bytes([b]) for b in b"".join(stream("Tea.")))), True, 200, None),
    "streams without the last line": (events(*stream("Tea.", end=b"")), True, 200, None),
    "streams an event without choices": (events(chunk(None), *stream("Tea.")), True, 200, None),
    "answers a stream whole": (whole(OK), True, 200, None),
    "breaks a stream off": (events(OPENED), True, 502, "upstream_invalid"),
    "breaks an event off": (events(OPENED, b'data: {"id'), True, 502, "upstream_invalid"),
    "resets within a stream": (raw(STREAM_HEAD, OPENED, then="reset"), True, 502, None),
    "stalls before the first event": (raw(STREAM_HEAD, then="stall"), True, 504, "upstream_timeout"),
    "stalls within a stream": (raw(STREAM_HEAD, OPENED, then="stall"), True, 504, "upstream_timeout"),
    "streams garbage": (events(OPENED, b"data: \xff{\n\n"), True, 502, "upstream_invalid"),
    "streams a list": (events(OPENED, b"data: []\n\n"), True, 502, "upstream_invalid"),
    "streams an error": (
        events(OPENED, f'data: {{"error": {{"message": "{TOLD}"}}}}\n\n'.encode()), True, 502, "upstream_invalid",
    ),
    "streams a line of 10 MB": (events(*stream("tea " * 2_600_000)), True, 502, "upstream_invalid"),
    "streams a line of 17 MB": (events(b"data: " + b"x" * 17 * 2**20), True, 502, "upstream_invalid"),
    "streams nothing": (events(), True, 502, "upstream_invalid"),
    "streams with status 500": (whole(b"".join(stream(TOLD)), 500, EVENTS), True, 500, "upstream_error"),
}  # fmt: skip


@pytest.mark.parametrize("mode", ["buffered", "incremental"])
@pytest.mark.parametrize("case", CASES)
async def test_a_fault_of_the_upstream(over_endpoint: Opening, case: str, mode: str) -> None:
    script, streamed, status, code = CASES[case]
    if mode == "incremental" and not streamed:
        return
    async with endpoint(script) as url:
        client = await over_endpoint(url, [Target(NAME)], stream=mode, **QUICK)
        began = time.monotonic()
        answer = await client.post("/v1/chat/completions", json={**ASK, "stream": streamed}, timeout=8)
    assert time.monotonic() - began < 4
    assert answer.status_code == status, answer.text[:300]
    assert not any(word in answer.text for word in (*NAME.split(), "marionettes"))
    assert not any(word in answer.text for word in ("127.0.0.1", url, url.split(":")[-1].removesuffix("/v1")))
    if status != 200:
        told = answer.json()["error"]
        assert set(told) == {"message", "type", "param", "code"}
        assert code is None or told["code"] == code
    if case == "says 429":
        assert (answer.headers["retry-after"], answer.headers["x-should-retry"]) == ("7", "true")


async def test_an_upstream_that_refuses(over_endpoint: Opening) -> None:
    async with endpoint(raw()) as url:
        pass
    client = await over_endpoint(url, **QUICK)
    for streamed in (False, True):
        answer = await client.post("/v1/chat/completions", json={**ASK, "stream": streamed})
        assert (answer.status_code, answer.json()["error"]["code"]) == (502, "upstream_unavailable")
        assert "127.0.0.1" not in answer.text
    assert (await client.get("/v1/models")).status_code == 502


async def test_a_request_that_takes_too_long_as_a_whole(over_endpoint: Opening) -> None:
    async def drip(context: AdminContext) -> None:
        await context.head_of(kind=EVENTS)
        while not context.gone.is_set():
            await context.write(chunk({"content": "tea "}))
            await asyncio.sleep(0.05)

    async with endpoint(drip) as url:
        client = await over_endpoint(url, **{**QUICK, "total": 0.5})
        answer = await client.post("/v1/chat/completions", json={**ASK, "stream": True})
    assert (answer.status_code, answer.json()["error"]["code"]) == (504, "upstream_timeout")


async def test_an_error_in_mid_stream_is_an_event(over_endpoint: Opening) -> None:
    async def script(context: AdminContext) -> None:
        await context.head_of(kind=EVENTS)
        await context.write(chunk({"content": "Tea is ready. "}))
        await asyncio.sleep(0.25)
        context.reset()

    async with endpoint(script) as url:
        client = await over_endpoint(url, **QUICK, keep_alive=0.1)
        answer = await client.post("/v1/chat/completions", json={**ASK, "stream": True})
    assert answer.status_code == 200
    assert answer.text.startswith(": keep-alive\n\n")
    last = answer.text.removesuffix("\n\n").rpartition("\n\n")[2]
    assert set(json.loads(last.removeprefix("data: "))["error"]) == {"message", "type", "param", "code"}
    assert "Tea" not in answer.text


async def test_no_answer_names_an_address(tmp_path: Path) -> None:
    """Of any model behind the gateway: here the embeddings' endpoint does not answer, nor does the model."""
    async with endpoint(raw()) as url:
        pass
    settings = settings_of(tmp_path, url)
    gone = ModelSettings(base_url=url, model="stub", retries=0)
    settings = settings.model_copy(update={"embeddings": gone, "models": ModelsSettings(default=gone)})
    policy = settings.policy.model_copy(update={"elicit": True})
    app = build(settings.model_copy(update={"policy": policy}))
    transport = ASGITransport(app, raise_app_exceptions=False)
    async with app.router.lifespan_context(app), AsyncClient(transport=transport, base_url="http://gateway") as client:
        told = [
            await client.post("/api/targets", json={"name": NAME, "facts": [{"text": TOLD}]}),
            await client.post("/api/targets", json={"name": "Perry Quillan", "elicit": True}),
            await client.post("/api/check", json={"text": TOLD}),
            await client.post("/v1/chat/completions", json=ASK),
            await client.get("/readyz"),
        ]
    assert any(answer.status_code >= 500 for answer in told)
    for answer in told:
        assert not any(word in answer.text for word in ("127.0.0.1", url.split(":")[-1].removesuffix("/v1")))
