"""Messages over streamable HTTP, by the transports of the official `mcp` package (extra `mcp`).

A server at a URL is asked by a session of its own for each client. Clients are served on loopback only: whoever is let
in can ask whatever the server answers.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any
from uuid import uuid4

import httpx2
from anyio import BrokenResourceError, ClosedResourceError
from mcp.client.streamable_http import streamable_http_client
from mcp.server.streamable_http import StreamableHTTPServerTransport
from mcp.server.transport_security import RequestBodyLimitMiddleware, TransportSecuritySettings
from mcp.shared.message import ClientMessageMetadata, ServerMessageMetadata, SessionMessage
from mcp.types.jsonrpc import JSONRPCRequest, JSONRPCResponse, jsonrpc_message_adapter
from mcp.types.version import HANDSHAKE_PROTOCOL_VERSIONS
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from expunge.errors import ExpungeError, ModelUnreachable
from expunge.mcp.channels import Server, first_in, relayed
from expunge.mcp.judging import Judging
from expunge.mcp.messages import INVALID_REQUEST, Id, error
from expunge.mcp.relay import Relay
from expunge.mcp.stdio import MOST

PATH = "/mcp"
_SESSION, _VERSION = "mcp-session-id", "mcp-protocol-version"
_CONNECT, _READ = 30.0, 300.0
"""Seconds until a server must take a connection, and say something where it holds one open."""
_IDLE = 1_800.0
"""Seconds after which a session is closed in which nothing is asked."""
_MOST_SESSIONS = 100
"""Sessions at a time, each with a server of its own."""


def quiet() -> None:
    """Keep the `mcp` package from logging, since it writes messages' texts."""
    log = logging.getLogger("mcp")
    log.handlers, log.propagate = [logging.NullHandler()], False


class UrlServer:
    """A server at a URL."""

    def __init__(self, reading: Any, writing: Any) -> None:
        self._reading, self._writing = reading, writing
        self._version: str | None = None
        self._beginning: Id | None = None

    async def messages(self) -> AsyncIterator[bytes]:
        """Yield each message; what could not be read is left out."""
        async for item in _until_closed(self._reading):
            message = item.message
            if isinstance(message, JSONRPCResponse) and message.id == self._beginning:
                version = message.result.get("protocolVersion")
                self._version = version if version in HANDSHAKE_PROTOCOL_VERSIONS else None
            yield _written(message)

    async def send(self, message: bytes, about: Id | None = None) -> None:
        """Post a message."""
        read = jsonrpc_message_adapter.validate_json(message, by_name=False)
        if isinstance(read, JSONRPCRequest) and read.method == "initialize":
            self._beginning = read.id
        headers = {_VERSION: self._version} if self._version is not None else None
        await self._writing.send(SessionMessage(read, ClientMessageMetadata(headers=headers)))

    async def close(self) -> None:
        """End the session."""
        await self._writing.aclose()


@asynccontextmanager
async def url_server(url: str, headers: Mapping[str, str]) -> AsyncIterator[Server]:
    """Open a session with the server at a URL, and end it.

    Raises:
        ModelUnreachable: if it cannot be reached, or the connection breaks.
    """
    timeout = httpx2.Timeout(_CONNECT, read=_READ)
    try:
        async with (
            httpx2.AsyncClient(headers=dict(headers), timeout=timeout) as client,
            streamable_http_client(url, http_client=client, max_sse_event_size=MOST) as (reading, writing),
        ):
            yield UrlServer(reading, writing)
    except BaseExceptionGroup as group:  # whatever happens inside comes in groups
        found = first_in(group)
        if isinstance(found, httpx2.TransportError):
            raise ModelUnreachable("The MCP server cannot be reached; check --url and that it is running.") from None
        raise found from None


class HttpClient:
    """A client in one session of streamable HTTP."""

    def __init__(self, reading: Any, writing: Any) -> None:
        self._reading, self._writing = reading, writing

    async def messages(self) -> AsyncIterator[bytes]:
        """Yield each message until the session ends."""
        async for item in _until_closed(self._reading):
            yield _written(item.message)

    async def send(self, message: bytes, about: Id | None = None) -> None:
        """Write to the stream of the request that it answers or is about, or else to the session's own."""
        read = jsonrpc_message_adapter.validate_json(message, by_name=False)
        try:
            await self._writing.send(SessionMessage(read, ServerMessageMetadata(related_request_id=about)))
        except (BrokenResourceError, ClosedResourceError):
            return  # it has gone


class Sessions:
    """The application: serves each client in a session of its own, with a server of its own."""

    def __init__(
        self,
        judging: Judging,
        server: Callable[[], AbstractAsyncContextManager[Server]],
        port: int,
        on_problem: Callable[[str], None],
    ) -> None:
        """Serve on a port of loopback; `server` opens a session with the server, `on_problem` is told sentences."""
        self._judging, self._server, self._problem = judging, server, on_problem
        self._open: dict[str, StreamableHTTPServerTransport] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        hosts = [f"{name}:{port}" for name in ("127.0.0.1", "localhost", "[::1]")]
        # Otherwise any page that somebody visits could ask, by a name that it has resolve to loopback.
        self._security = TransportSecuritySettings(
            allowed_hosts=hosts, allowed_origins=[f"http://{host}" for host in hosts]
        )
        self._app = RequestBodyLimitMiddleware(self._answer, MOST)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        if scope["type"] == "http":
            await self._app(scope, receive, send)

    async def aclose(self) -> None:
        """End all sessions."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        session = request.headers.get(_SESSION)
        if request.url.path.rstrip("/") != PATH:
            await _refusal(404, f"There is nothing here; the address ends in {PATH}.")(scope, receive, send)
        elif request.headers.get(_VERSION, HANDSHAKE_PROTOCOL_VERSIONS[0]) not in HANDSHAKE_PROTOCOL_VERSIONS:
            await _refusal(400, "This version of the protocol is not served.")(scope, receive, send)
        elif session is not None and session not in self._open:
            await _refusal(404, "There is no such session; begin a new one.")(scope, receive, send)
        elif session is not None:
            await self._open[session].handle_request(scope, receive, send)
        elif len(self._open) >= _MOST_SESSIONS:
            await _refusal(503, "Too many sessions are open; end one first.")(scope, receive, send)
        else:
            await self._begin(scope, receive, send)

    async def _begin(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Begin a session by its first request; end it at once if that is refused."""
        transport = StreamableHTTPServerTransport(uuid4().hex, security_settings=self._security, idle_timeout=_IDLE)
        ready = asyncio.Event()
        task = asyncio.create_task(self._run(transport, ready))
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        statuses: list[int] = []

        async def watched(message: Message) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])
            await send(message)

        await ready.wait()
        await transport.handle_request(scope, receive, watched)
        if statuses != [200]:
            await transport.terminate()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (found := task.exception()) is not None:
            self._problem(f"A session ended by an internal error: {type(found).__name__}.")

    async def _run(self, transport: StreamableHTTPServerTransport, ready: asyncio.Event) -> None:
        """Relay in one session until either side ends it, or nothing is asked for long."""
        number = transport.mcp_session_id
        assert number is not None
        try:
            async with transport.connect() as (reading, writing):
                self._open[number] = transport
                ready.set()
                assert transport.idle_scope is not None
                with transport.idle_scope:
                    async with self._server() as server:
                        await relayed(Relay(self._judging, self._problem), HttpClient(reading, writing), server)
                await transport.terminate()
        except ExpungeError as found:
            self._problem(str(found))
        except BaseExceptionGroup as group:
            if not isinstance(own := first_in(group), ExpungeError):
                raise own from None
            self._problem(str(own))
        finally:
            self._open.pop(number, None)
            ready.set()


async def _until_closed(stream: Any) -> AsyncIterator[SessionMessage]:
    try:
        async for item in stream:
            if isinstance(item, SessionMessage):
                yield item
    except (BrokenResourceError, ClosedResourceError):
        return


def _written(message: Any) -> bytes:
    written: str = message.model_dump_json(by_alias=True, exclude_unset=True)
    return written.encode()


def _refusal(status: int, sentence: str) -> Response:
    return Response(error(None, INVALID_REQUEST, sentence), status, media_type="application/json")
