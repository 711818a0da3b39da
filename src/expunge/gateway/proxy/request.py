"""One request to an endpoint, read and checked."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Any

from starlette.types import Receive, Scope

from expunge.assemble import Parts
from expunge.gateway.access.principal import Principal
from expunge.gateway.apis.base import Api
from expunge.gateway.errors import ClientGone, InvalidBody
from expunge.gateway.json_text import NotReadable, parsed
from expunge.gateway.upstream.base import UpstreamRequest
from expunge.settings import ServerSettings
from expunge.types import Message, Snapshot

_LEAST_A_SECOND = 64 * 2**10
"""Bytes of a body for which a client may take a second."""
_VALUES = 250_000
"""Values in the JSON of a request: so many are read in a fifth of a second, in which nothing else can be done."""


@dataclass(frozen=True, slots=True)
class ProxyRequest:
    """A request, its sender, and the targets in force for it. `began` is on the clock of `time.perf_counter`."""

    request_id: str
    began: float
    api: Api
    principal: Principal
    parts: Parts
    snapshot: Snapshot
    body: dict[str, Any]
    messages: tuple[Message, ...]
    call: UpstreamRequest
    spoken: tuple[Message, ...] | None = None
    """The messages without what tools, schemas and unknown fields say; None where these say nothing."""

    @property
    def streamed(self) -> bool:
        """Whether the answer is to be a stream."""
        return self.body.get("stream") is True

    @property
    def model(self) -> str:
        """The model that was asked for, "" if none was."""
        return str(self.body.get("model") or "")

    @property
    def said(self) -> bytes:
        """All that was sent to the upstream, which may give it back: the body, and the values of headers."""
        values = (value.encode("latin-1", "replace") for value in self.call.headers.values())
        return b"\n".join((self.call.body or b"", *values))

    @property
    def seconds(self) -> float:
        """Seconds since it came."""
        return time.perf_counter() - self.began


async def read_body(scope: Scope, receive: Receive, server: ServerSettings) -> bytes:
    """The body of a request.

    Raises:
        InvalidBody: if it is over `max_body` bytes, compressed, or comes too slowly.
        ClientGone: if the client went away before its end.
    """
    most = server.max_body
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit() and int(value) > most:
            raise _too_large(most)
        if name == b"content-encoding" and value.strip().lower() not in (b"", b"identity"):
            raise InvalidBody("A compressed body is not taken; send it as it is.", status=415)
    pieces: list[bytes] = []
    length = 0
    began = asyncio.get_running_loop().time()
    try:
        async with asyncio.timeout_at(began + server.body_timeout) as limit:
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise ClientGone
                pieces.append(message.get("body", b""))
                length += len(pieces[-1])
                if length > most:
                    raise _too_large(most)
                if not message.get("more_body", False):
                    return b"".join(pieces)
                limit.reschedule(began + server.body_timeout + length / _LEAST_A_SECOND)
    except TimeoutError:
        raise InvalidBody("The body came too slowly; send it at once.", status=408, code="request_timeout") from None


def object_of(raw: bytes) -> dict[str, Any]:
    """The JSON object in a body.

    Raises:
        InvalidBody: if there is none, or another reader may read it otherwise.
    """
    try:
        body = parsed(raw, _VALUES)
    except NotReadable as error:
        raise InvalidBody(f"The body {error}; send one JSON object in UTF-8.") from None
    if not isinstance(body, dict):
        raise InvalidBody("The body must be a JSON object.")
    return body


def _too_large(most: int) -> InvalidBody:
    return InvalidBody(f"The body is over {most:,} bytes; send less.", status=413, code="request_too_large")
