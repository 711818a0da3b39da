"""The seam to the model behind the gateway, as raw HTTP, so that what nobody has to change passes byte for byte."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlsplit

from expunge.errors import ConfigError, ExpungeError, ModelReplyError, ModelUnreachable
from expunge.gateway.errors import UpstreamSlow
from expunge.gateway.http_client import (
    Broken,
    ConnectFailed,
    Disconnected,
    HttpClient,
    HttpResponse,
    ProtocolViolated,
)
from expunge.settings import ModelSettings, ServerSettings

MAX_REPLY = 16 * 2**20
"""Longest answer that is read, in bytes after decompression."""
_LABEL = "The upstream"
"""What it is called in errors: they go to callers, whom its address does not concern."""
_KEPT_ALIVE = 4.0
"""Seconds that an idle connection is kept: less than the five after which uvicorn, and so vLLM, closes it."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request to the upstream; `path` is the route below its base URL."""

    path: str
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


class Received(Protocol):
    """The upstream's answer, of which the head has come."""

    @property
    def status(self) -> int:
        """The HTTP status."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers, by names in lower case."""
        ...

    def pieces(self) -> AsyncIterator[bytes]:
        """The body, decompressed, as it comes.

        Raises:
            ModelUnreachable: if the connection breaks; UpstreamSlow if nothing comes in time.
            ModelReplyError: if the body is too long, or cannot be decompressed.
        """
        ...


class Upstream(Protocol):
    """Whoever answers: an endpoint, or a model in this process."""

    def open(self, call: Call) -> AbstractAsyncContextManager[Received]:
        """Send a request; leaving the block before the answer has ended breaks it off.

        Raises:
            ModelUnreachable: if it cannot be reached; UpstreamSlow if it does not answer in time.
        """
        ...

    async def aclose(self) -> None:
        """Close all connections."""
        ...


async def whole(received: Received) -> bytes:
    """The whole body."""
    pieces = [piece async for piece in received.pieces()]
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


class HttpUpstream:
    """An OpenAI-compatible endpoint.

    Args:
        model: its address and key.
        server: the limits of time.
        own_key: whether the configured key is sent; otherwise the caller's `authorization` stays.

    Raises:
        ConfigError: if the address is none, or the key cannot stand in a header.
    """

    def __init__(self, model: ModelSettings, server: ServerSettings, *, own_key: bool = True) -> None:
        url = urlsplit(model.base_url or "")
        if not url.hostname:
            raise ConfigError("The base_url of a model is not a valid URL; it looks like http://127.0.0.1:8080/v1.")
        self._base = (model.base_url or "").rstrip("/")
        # A proxy is of no use to reach this machine, and would see what is sent.
        self._proxied = url.hostname not in ("127.0.0.1", "::1", "localhost")
        self._server = server
        self._key: dict[str, str] = {}
        if own_key and model.api_key_env is not None:
            key = model.api_key()
            if not (key.isascii() and key.isprintable() and key.strip() == key):
                raise ConfigError("The API key of a model holds spaces or characters that no key has; set it again.")
            self._key = {"authorization": f"Bearer {key}"}
        self._client: HttpClient | None = None

    @asynccontextmanager
    async def open(self, call: Call) -> AsyncIterator[Received]:
        """Send a request. Redirects are not followed, and nothing is tried twice."""
        headers = {**call.headers, **self._key, "accept-encoding": "identity"}
        deadline = asyncio.get_running_loop().time() + self._server.first_byte
        failure: ExpungeError | None = None
        response: HttpResponse | None = None
        try:
            async with asyncio.timeout_at(deadline):
                response = await self._opened().request(
                    "GET" if call.body is None else "POST", call.path, headers, call.body
                )
        except ConnectFailed:
            failure = ModelUnreachable(
                f"{_LABEL} cannot be reached; whoever runs the gateway can check base_url with `expunge doctor`."
            )
        except TimeoutError:
            failure = UpstreamSlow(f"{_LABEL} did not begin to answer in time; try again.")
        except (ProtocolViolated, ValueError):
            failure = ModelReplyError(
                f"{_LABEL} does not speak HTTP as it should; whoever runs the gateway must check base_url."
            )
        except (Disconnected, OSError):
            failure = ModelUnreachable(f"{_LABEL} broke the connection before it answered; try again.")
        if response is None:
            # Raised outside of the handlers, so that no cause carries the request and its texts along.
            raise failure or ModelUnreachable(f"{_LABEL} cannot be reached.")
        try:
            yield _Response(response, deadline, self._server.idle)
        finally:
            # Without effect where the answer was read to its end; else the connection is closed, and the work stops.
            response.close()

    async def aclose(self) -> None:
        """Close all connections."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    def _opened(self) -> HttpClient:
        if self._client is None:
            self._client = HttpClient(
                self._base, connect=self._server.connect, kept_alive=_KEPT_ALIVE, proxied=self._proxied
            )
        return self._client


class _Response:
    def __init__(self, response: HttpResponse, deadline: float, idle: float) -> None:
        self._response = response
        self._deadline = deadline
        self._idle = idle
        self.status = response.status
        self.headers: Mapping[str, str] = response.headers

    async def pieces(self) -> AsyncIterator[bytes]:
        loop = asyncio.get_running_loop()
        length = 0
        # Some endpoints send the head at once, and begin to think then.
        deadline = max(self._deadline, loop.time() + self._idle)
        while True:
            failure: ExpungeError | None = None
            piece = b""
            try:
                async with asyncio.timeout_at(deadline):
                    piece = await self._response.read()
            except TimeoutError:
                failure = UpstreamSlow(f"{_LABEL} did not go on with its answer in time; try again.")
            except (Broken, ProtocolViolated):
                failure = ModelReplyError(f"{_LABEL} broke off its answer, or cannot be read; try again.")
            except OSError:
                failure = ModelUnreachable(f"{_LABEL} broke the connection within its answer; try again.")
            if failure is not None:
                raise failure
            if not piece:
                return
            length += len(piece)
            if length > MAX_REPLY:
                raise ModelReplyError(f"{_LABEL} sent an answer of over {MAX_REPLY // 2**20} MiB; check it.")
            yield piece
            deadline = loop.time() + self._idle
