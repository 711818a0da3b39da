"""Clients that say too little, too slowly, or take nothing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import uvicorn
from uvicorn.server import ServerState

from expunge.gateway.access import connections
from expunge.gateway.factory import build
from expunge.models.scripted import ScriptedChat
from expunge.registry.store import Registry
from expunge.settings import RegistrySettings, ServerSettings
from tests.gateway.conftest import settings_of
from tests.gateway.serving import served

SOON = 8.0
QUICK = {"head_timeout": 0.2, "body_timeout": 0.3, "idle": 0.3}
POST = b"POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
BODY = json.dumps({"model": "m", "messages": [{"role": "user", "content": "Hello?"}]}).encode()
WHOLE = POST + b"content-length: %d\r\n\r\n" % len(BODY) + BODY


@asynccontextmanager
async def gateway(tmp_path: Path, said: str = "Hello.", **server: Any) -> AsyncIterator[tuple[str, int]]:
    settings = settings_of(tmp_path, **{**QUICK, **server})
    if settings.server.auth == "keys":
        settings = settings.model_copy(update={"registry": RegistrySettings(url=f"sqlite:///{tmp_path / 'keys.db'}")})
    app = build(settings, vanilla=ScriptedChat(lambda *_: said, name="m"))
    async with served(app, settings.server) as address:
        url = urlsplit(address)
        yield str(url.hostname), int(url.port or 0)


@asynccontextmanager
async def connected(address: tuple[str, int]) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection(*address)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def until_closed(reader: asyncio.StreamReader) -> bytes:
    """All that comes before the gateway closes the connection."""
    came = b""
    with suppress(ConnectionError):
        while piece := await asyncio.wait_for(reader.read(4096), SOON):
            came += piece
    return came


def nothing(writer: asyncio.StreamWriter) -> None:
    pass


def half_a_head(writer: asyncio.StreamWriter) -> None:
    writer.write(b"POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0")


def empty_lines(writer: asyncio.StreamWriter) -> None:
    writer.write(b"\r\n")


def a_second_head_in_halves(writer: asyncio.StreamWriter) -> None:
    writer.write(WHOLE + POST)


@pytest.mark.parametrize("begun", [nothing, half_a_head, empty_lines, a_second_head_in_halves])
async def test_a_head_that_does_not_end(tmp_path: Path, begun: Callable[[asyncio.StreamWriter], None]) -> None:
    async with gateway(tmp_path) as address, connected(address) as (reader, writer):
        begun(writer)
        answer = await until_closed(reader)
        assert (b" 408 " in answer) is (begun not in (nothing,))
        assert (b"Hello." in answer) is (begun is a_second_head_in_halves)


@pytest.mark.parametrize("part", ["head", "body"])
async def test_what_trickles_is_cut(tmp_path: Path, part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "_LEFT", 0.2)
    async with gateway(tmp_path) as address, connected(address) as (reader, writer):
        writer.write(POST + (b"content-length: 400000\r\n\r\n" if part == "body" else b"x-slow: "))

        async def trickle() -> None:
            while not writer.is_closing():
                writer.write(b" ")
                await asyncio.sleep(0.02)

        task = asyncio.ensure_future(trickle())
        answer = await until_closed(reader)
        task.cancel()
        assert b" 408 " in answer
        assert part == "head" or b"request_timeout" in answer


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/api/targets", "/api/targets/import", "/api/check"])
async def test_a_body_that_stops_is_told_so(tmp_path: Path, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "_LEFT", 0.2)
    async with gateway(tmp_path) as address, connected(address) as (reader, writer):
        writer.write(POST.replace(b"/v1/chat/completions", path.encode()) + b"content-length: 40\r\n\r\n{")
        answer = await until_closed(reader)
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert b'"code": "request_timeout"' in answer


async def test_a_long_head(tmp_path: Path) -> None:
    async with gateway(tmp_path, head_timeout=30.0) as address, connected(address) as (reader, writer):
        writer.write(POST + b"x: y\r\n" * 30_000)
        assert b" 431 " in await until_closed(reader)


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/api/targets", "/beta/litellm_basic_guardrail_api"])
async def test_whoever_has_no_key_is_not_read(tmp_path: Path, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "_LEFT", 0.2)
    async with gateway(tmp_path, auth="keys", body_timeout=30.0) as address, connected(address) as (reader, writer):
        writer.write(POST.replace(b"/v1/chat/completions", path.encode()) + b"content-length: 4000\r\n\r\n{")
        # The answer comes though the body does not, and the connection does not stay.
        answer = await until_closed(reader)
        assert answer.startswith(b"HTTP/1.1 401 ")


async def test_a_client_that_takes_nothing() -> None:
    aborted = asyncio.Event()

    class Full(asyncio.Transport):
        def abort(self) -> None:
            aborted.set()

        def is_closing(self) -> bool:
            return aborted.is_set()

        def close(self) -> None:
            """Waits for the client to take what was written, for good."""

        def get_extra_info(self, name: str, default: Any = None) -> Any:
            return default

    config = uvicorn.Config(lambda *_: None, lifespan="off", log_config=None)
    made = connections.protocol_of(ServerSettings(idle=0.05))(config, ServerState(), {})
    made.connection_made(Full())
    made.pause_writing()
    made.resume_writing()
    made.pause_writing()
    await asyncio.wait_for(aborted.wait(), SOON)
    made.connection_lost(None)


async def test_patient_clients_are_served(tmp_path: Path) -> None:
    async with gateway(tmp_path) as address, connected(address) as (reader, writer):
        for _ in range(3):
            cut = len(WHOLE) // 2
            writer.write(WHOLE[:cut])
            await writer.drain()
            writer.write(WHOLE[cut:])
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), SOON)
            assert head.startswith(b"HTTP/1.1 200 ")
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            assert b"Hello." in await reader.readexactly(length)


async def test_a_secret_is_asked_for_before_a_body_is_read(tmp_path: Path) -> None:
    with Registry.open(f"sqlite:///{tmp_path / 'keys.db'}") as registry:
        chat = registry.api_keys.create("default", ["chat"])[1]
    async with gateway(tmp_path, auth="keys", max_body=2048, body_timeout=30.0) as address:
        for key, length, status in ((chat, 40, b"403"), ("none", 10**9, b"401")):
            head = POST.replace(b"/v1/chat/completions", b"/api/targets")
            async with connected(address) as (reader, writer):
                writer.write(head + f"authorization: Bearer {key}\r\ncontent-length: {length}\r\n\r\n".encode())
                assert (await asyncio.wait_for(reader.readline(), SOON)).split()[1] == status
