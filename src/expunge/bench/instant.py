"""An upstream that answers at once, in a process of its own: `python -m expunge.bench.instant`.

Prints its port, then answers every POST with a chat completion of some 700 characters whose sentences are new each
time, so that nothing about them can be remembered, and every GET with a list of one model.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from typing import cast

import httptools

from expunge.bench.world import numbered, prose

_LENGTH = 600
_TEXTS = prose(25, _LENGTH)


class Instant(asyncio.Protocol):
    """One connection."""

    _numbers = itertools.count()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to read."""
        self._transport = cast(asyncio.Transport, transport)
        self._parser = httptools.HttpRequestParser(self)

    def data_received(self, data: bytes) -> None:
        """Take what came; whoever speaks anything but HTTP is hung up on."""
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self._transport.close()

    def on_message_complete(self) -> None:
        """Answer."""
        body = _MODELS if self._parser.get_method() == b"GET" else completion(next(self._numbers))
        head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        self._transport.write(head.encode() + body)


_MODELS = json.dumps({"object": "list", "data": [{"id": "instant", "object": "model", "created": 0}]}).encode()


def completion(number: int) -> bytes:
    """The chat completion of a number: each sentence holds it."""
    text = numbered(_TEXTS[number % len(_TEXTS)], "note", number)
    message = {"role": "assistant", "content": text, "refusal": None}
    return json.dumps(
        {
            "id": f"chatcmpl-{number}",
            "object": "chat.completion",
            "created": 1_750_000_000,
            "model": "instant",
            "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 50, "completion_tokens": 150, "total_tokens": 200},
        }
    ).encode()


async def serve() -> None:
    """Listen on a free loopback port until cancelled; the port is printed first."""
    server = await asyncio.get_running_loop().create_server(Instant, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    import uvloop

    uvloop.run(serve())
