"""A relay in this process, between a client and a server that tests play."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from expunge.assemble import Parts, assemble
from expunge.gateway.proxy.moderator import Moderator
from expunge.gateway.telemetry.observer import Decided, Failed
from expunge.mcp.judging import Judging
from expunge.mcp.relay import Relay, Sent
from expunge.models.scripted import ScriptedChat, ScriptedEmbeddings
from expunge.types import Target
from tests.gateway.conftest import settings_of


class Watching:
    """Keeps what was decided."""

    def __init__(self) -> None:
        self.seen: list[Decided] = []

    def decided(self, request: Decided) -> None:
        self.seen.append(request)

    def failed(self, request: Failed) -> None:
        raise AssertionError


class Session:
    """Both sides of a relay."""

    def __init__(self, parts: Parts, moderator: Moderator) -> None:
        self.parts = parts
        self.watching = Watching()
        self.problems: list[str] = []
        self.judging = Judging(parts, moderator, self.watching)
        self.relay = Relay(self.judging, self.problems.append)
        self._number = 0

    async def client(self, **message: Any) -> tuple[Any, Any]:
        """What the client and the server get for a message of the client."""
        return _read(await self.relay.from_client(_written(message)))

    async def server(self, **message: Any) -> tuple[Any, Any]:
        """What the client and the server get for a message of the server."""
        return _read(await self.relay.from_server(_written(message)))

    async def asked(self, method: str, params: Any = None, **reply: Any) -> Any:
        """What the client gets for a request, by what the server replies to it."""
        self._number += 1
        request = {"id": self._number, "method": method} | ({} if params is None else {"params": params})
        answered, passed = await self.client(**request)
        if answered is not None:
            assert passed is None
            return {"refused": True} | {key: answered[key] for key in ("result", "error") if key in answered}
        assert passed["method"] == method
        told, back = await self.server(id=self._number, **reply)
        assert back is None
        assert told["id"] == self._number
        return told.get("result", told)

    async def called(self, result: Any, arguments: Any = None, tool: str = "look") -> Any:
        """What the client gets for a call of a tool, by its result."""
        return await self.asked("tools/call", {"name": tool, "arguments": arguments or {}}, result=result)


@pytest.fixture
async def session(tmp_path: Path) -> AsyncIterator[Session]:
    made = assemble(settings_of(tmp_path), vanilla=ScriptedChat(lambda *_: ""), embeddings=ScriptedEmbeddings())
    made.registry.add(Target("Orla Fenwick", facts=["She carves marionettes.", "She was born in 1931."]))
    moderator = Moderator()
    yield Session(made, moderator)
    await moderator.aclose()
    made.registry.close()


def _written(message: dict[str, Any]) -> bytes:
    return json.dumps({"jsonrpc": "2.0", **message}).encode()


def _read(sent: Sent) -> tuple[Any, Any]:
    both = (sent.to_client, sent.to_server)
    client, server = (None if message is None else json.loads(message) for message in both)
    return client, server
