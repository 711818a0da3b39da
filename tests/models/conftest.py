"""A raw HTTP stand-in on loopback that can misbehave in every way."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest


@dataclass
class Request:
    """What a client asked for."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


Handler = Callable[[Request, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class StandIn:
    """A running stand-in: its address, what it was asked, and whether a client hung up on it."""

    root: str
    requests: list[Request] = field(default_factory=list)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    hung_up: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"{self.root}/v1"


Serve = Callable[[Handler], Awaitable[StandIn]]


class Replies:
    """Handlers to serve with."""

    @staticmethod
    def raw(data: bytes, *, hang: bool = False) -> Handler:
        async def handler(request: Request, writer: asyncio.StreamWriter) -> None:
            writer.write(data)
            await writer.drain()
            if hang:
                await asyncio.sleep(30)

        return handler

    @classmethod
    def body(cls, data: bytes | str, *, status: int = 200, kind: str = "application/json", extra: str = "") -> Handler:
        payload = data.encode() if isinstance(data, str) else data
        head = f"HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Type: {kind}\r\n"
        head += f"Content-Length: {len(payload)}\r\n{extra}\r\n"
        return cls.raw(head.encode() + payload)

    @classmethod
    def json(cls, value: object, *, status: int = 200, extra: str = "") -> Handler:
        return cls.body(json.dumps(value), status=status, extra=extra)

    @classmethod
    def chat(cls, text: str = "Hello.", **message: object) -> Handler:
        choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text, **message}}
        return cls.json({"choices": [choice], "usage": {"prompt_tokens": 7, "completion_tokens": 3}})

    @staticmethod
    def in_turn(*handlers: Handler) -> Handler:
        """The first call gets the first handler, and so on; the last one stays."""
        left = list(handlers)

        async def handler(request: Request, writer: asyncio.StreamWriter) -> None:
            await (left.pop(0) if len(left) > 1 else left[0])(request, writer)

        return handler

    @staticmethod
    async def drip(request: Request, writer: asyncio.StreamWriter) -> None:
        """Begins an answer and goes on for ever, a byte at a time."""
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9999999\r\n\r\n{")
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.02)

    @staticmethod
    async def silence(request: Request, writer: asyncio.StreamWriter) -> None:
        """Takes the request and says nothing."""
        await asyncio.sleep(30)

    @staticmethod
    async def reset(request: Request, writer: asyncio.StreamWriter) -> None:
        """Breaks the connection before it answers."""
        writer.transport.abort()


@pytest.fixture
def replies() -> type[Replies]:
    return Replies


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Start a stand-in with a handler; one connection a request."""
    servers: list[asyncio.Server] = []
    tasks: set[asyncio.Task[None]] = set()

    async def start(handler: Handler) -> StandIn:
        stand_in = StandIn("")

        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            tasks.add(task)
            try:
                request = await _read(reader)
                stand_in.requests.append(request)
                stand_in.asked.set()
                answer = asyncio.ensure_future(handler(request, writer))
                gone = asyncio.ensure_future(reader.read(1))
                await asyncio.wait({answer, gone}, return_when=asyncio.FIRST_COMPLETED)
                if not answer.done():
                    stand_in.hung_up.set()
                for part in (answer, gone):
                    part.cancel()
                await asyncio.gather(answer, gone, return_exceptions=True)
            except asyncio.IncompleteReadError:
                pass
            finally:
                tasks.discard(task)
                writer.close()

        server = await asyncio.start_server(talk, "127.0.0.1", 0)
        servers.append(server)
        stand_in.root = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        return stand_in

    yield start
    for server in servers:
        server.close()
    for task in list(tasks):
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _read(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.split("\r\n")
    method, path, _ = first.split(" ", 2)
    headers = {key.lower(): value.strip() for key, _, value in (line.partition(":") for line in lines if line)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Request(method, path, headers, body)
