"""Who is served over HTTP, and what is said where the other side, or the package for it, is missing."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from httpx2 import ASGITransport, AsyncClient

from expunge.cli.main import main
from expunge.errors import ModelUnreachable
from expunge.mcp.channels import Server
from expunge.mcp.http import Sessions, url_server
from expunge.mcp.messages import Id
from tests.clients.running import free_port
from tests.mcp.conftest import Session

ACCEPT = {"accept": "application/json, text/event-stream", "host": "127.0.0.1:8765"}
INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "c", "version": "1"}},
}


class Echo:
    """A server that answers every request at once."""

    def __init__(self) -> None:
        self._answers: asyncio.Queue[bytes | None] = asyncio.Queue()

    async def messages(self) -> AsyncIterator[bytes]:
        while (answer := await self._answers.get()) is not None:
            yield answer

    async def send(self, message: bytes, about: Id | None = None) -> None:
        body = json.loads(message)
        said = "Brendan Garrow sells umbrellas. Orla Fenwick carves marionettes."
        result = {"content": [{"type": "text", "text": said}]} if body["method"] == "tools/call" else {}
        await self._answers.put(json.dumps({"jsonrpc": "2.0", "id": body.get("id"), "result": result}).encode())

    async def close(self) -> None:
        await self._answers.put(None)


@pytest.fixture
async def client(session: Session) -> AsyncIterator[AsyncClient]:
    @asynccontextmanager
    async def server() -> AsyncIterator[Server]:
        yield Echo()

    sessions = Sessions(session.judging, server, 8765, session.problems.append)
    async with AsyncClient(transport=ASGITransport(sessions), base_url="http://127.0.0.1:8765") as client:
        yield client
    await sessions.aclose()


async def test_a_session_begins_serves_and_ends(client: AsyncClient, session: Session) -> None:
    begun = await client.post("/mcp", json=INITIALIZE, headers=ACCEPT)
    assert begun.status_code == 200
    number = {"mcp-session-id": begun.headers["mcp-session-id"]}
    call = {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "x", "arguments": {}}}
    called = await client.post("/mcp", json=call, headers={**ACCEPT, **number})
    (data,) = (line.removeprefix("data: ") for line in called.text.splitlines() if line.startswith("data: "))
    assert json.loads(data)["result"]["content"] == [{"type": "text", "text": "Brendan Garrow sells umbrellas."}]
    assert (await client.delete("/mcp", headers={**ACCEPT, **number})).status_code == 200
    assert (await client.post("/mcp", json=call, headers={**ACCEPT, **number})).status_code == 404
    assert session.problems == []


@pytest.mark.parametrize(
    ("path", "body", "headers", "status"),
    [
        ("/", INITIALIZE, {}, 404),
        ("/mcp", INITIALIZE, {"mcp-session-id": "nobodys"}, 404),
        ("/mcp", INITIALIZE, {"mcp-protocol-version": "2026-07-28"}, 400),
        ("/mcp", {**INITIALIZE, "method": "tools/list"}, {}, 400),
        ("/mcp", ["no message"], {}, 400),
        # Another site, or a name that somebody else has resolve to loopback.
        ("/mcp", INITIALIZE, {"origin": "http://evil.example"}, 403),
        ("/mcp", INITIALIZE, {"host": "evil.example:8765"}, 421),
    ],
)
async def test_who_is_not_served(
    client: AsyncClient, path: str, body: Any, headers: dict[str, str], status: int
) -> None:
    assert (await client.post(path, json=body, headers={**ACCEPT, **headers})).status_code == status


async def test_a_server_that_cannot_be_reached() -> None:
    async def asked() -> list[bytes]:
        async with url_server(f"http://127.0.0.1:{free_port()}/mcp", {}) as server:
            await server.send(json.dumps(INITIALIZE).encode())
            return [message async for message in server.messages()]

    with pytest.raises(ModelUnreachable, match="cannot be reached"):
        await asked()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ((), 2, "Give either the command"),
        (("--url", "http://127.0.0.1:1/mcp", "--", "python"), 2, "Give either the command"),
        (("--header", "A: b", "--", "python"), 2, "--header needs --url"),
        (("--url", "http://127.0.0.1:1/mcp", "--header", "nothing"), 2, "NAME: VALUE"),
        (("--url", "http://127.0.0.1:1/mcp", "--header", "A: ${NOT_SET_HERE}"), 2, "not set"),
        (("--listen", "0.0.0.0:8765", "--", "python"), 2, "listens on 127.0.0.1"),
        (("--listen", "127.0.0.1:http", "--", "python"), 2, "HOST:PORT"),
    ],
)
def test_wrong_use(capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], code: int, said: str) -> None:
    assert main(["mcp", *arguments]) == code
    assert said in capsys.readouterr().err


def test_without_the_extra(tmp_path: Any) -> None:
    script = "import sys; sys.modules['mcp'] = None; from expunge.cli.main import run; run()"
    command = [sys.executable, "-c", script, "mcp", "--url", "http://127.0.0.1:1/mcp"]
    run = subprocess.run(command, input=b"", capture_output=True, timeout=120, check=False, cwd=tmp_path)
    assert run.returncode == 3
    assert b"needs the extra mcp" in run.stderr
    assert b'"expunge[mcp]"' in run.stderr
