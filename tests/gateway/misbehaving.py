"""An HTTP endpoint on loopback that does whatever a test writes, byte by byte."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

Script = Callable[["AdminContext"], Awaitable[None]]


class AdminContext:
    """One request, and the connection to answer it on."""

    def __init__(self, head: str, body: bytes, writer: asyncio.StreamWriter) -> None:
        self.head = head
        self.body = body
        self._writer = writer
        self.gone = asyncio.Event()

    async def write(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def head_of(self, status: int = 200, kind: str = "application/json", **headers: str) -> None:
        """The head of an answer whose end is the end of the connection."""
        lines = [f"HTTP/1.1 {status} X", f"content-type: {kind}", "connection: close"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        await self.write("\r\n".join((*lines, "", "")).encode())

    async def answer(self, body: bytes, status: int = 200, kind: str = "application/json", **headers: str) -> None:
        """A whole answer."""
        await self.head_of(status, kind, **headers, content_length=str(len(body)))
        await self.write(body)

    def reset(self) -> None:
        """Break the connection."""
        self._writer.transport.abort()

    async def stall(self) -> None:
        """Say nothing until the other side goes away."""
        await self.gone.wait()


@asynccontextmanager
async def endpoint(script: Script) -> AsyncIterator[str]:
    """Serve a script; yields the base URL."""
    tasks: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            lengths = [
                line.partition(":")[2] for line in head.split("\r\n") if line.lower().startswith("content-length")
            ]
            context = AdminContext(head, await reader.readexactly(int(lengths[0])) if lengths else b"", writer)
            watcher = asyncio.ensure_future(_watch(reader, context))
            try:
                await script(context)
            finally:
                watcher.cancel()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            tasks.discard(task)
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _watch(reader: asyncio.StreamReader, context: AdminContext) -> None:
    try:
        while await reader.read(1024):
            pass
    except ConnectionError:
        pass
    context.gone.set()


def reply(text: str | None = "Tea is ready.", **fields: Any) -> dict[str, Any]:
    """A chat completion."""
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    usage = {"prompt_tokens": 5, "completion_tokens": 9, "total_tokens": 14}
    base = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "stub"}
    return {**base, "choices": [choice], "usage": usage, **fields}


def chunk(delta: Mapping[str, Any] | None, finish: str | None = None, **fields: Any) -> bytes:
    """One event of a streamed chat completion; without a delta, one without choices."""
    choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish}]
    base = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "stub"}
    return f"data: {json.dumps({**base, 'choices': choices, **fields})}\n\n".encode()


def stream(*texts: str, end: bytes = b"data: [DONE]\n\n") -> list[bytes]:
    """The events of a streamed chat completion."""
    first = chunk({"role": "assistant", "content": ""})
    return [first, *(chunk({"content": text}) for text in texts), chunk({}, "stop"), end]
