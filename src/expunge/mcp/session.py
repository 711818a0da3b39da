"""Settings to a running proxy: the registry is opened, followed while messages pass, and closed at the end."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, BinaryIO

from expunge.assemble import assemble
from expunge.errors import MissingError, UsageError
from expunge.gateway.factory import writer_of
from expunge.gateway.proxy.moderator import Moderator
from expunge.gateway.telemetry.observer import Observers
from expunge.mcp.channels import Server, relayed
from expunge.mcp.judging import Judging
from expunge.mcp.relay import Relay
from expunge.mcp.stdio import ChildServer, OwnStreams, copied_log
from expunge.settings import Settings


@dataclass(frozen=True, slots=True)
class Place:
    """The server to reach: a command that starts it, or its URL with the headers to send."""

    command: Sequence[str] = ()
    url: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


def run_stdio(settings: Settings, place: Place, reading: BinaryIO, writing: BinaryIO, *, new: bool = False) -> None:
    """Relay between a server and the client at two streams, until the client ends or a signal comes.

    Raises:
        UsageError: if the server ends first, or cannot be started or reached.
        MissingError: if its program or the extra `mcp` is not there.
    """

    async def relay(judging: Judging) -> None:
        async with _opening(place, judging)() as server:
            if await relayed(Relay(judging, _problem), OwnStreams(reading, writing), server):
                return
            if not isinstance(server, ChildServer):
                raise UsageError("The MCP server ended the session.")
            status = await server.status()
        raise UsageError(f"The MCP server ended, with exit status {status}; see its own messages above.")

    _run(settings, relay, new=new)


def run_http(
    settings: Settings,
    place: Place,
    listening: socket.socket,
    on_ready: Callable[[str], None],
    *,
    new: bool = False,
) -> None:
    """Serve clients over streamable HTTP at a socket on loopback, each with a server of its own, until a signal comes.

    `on_ready` is given the address once clients are accepted.

    Raises:
        MissingError: if the extra `mcp` is not there.
    """

    async def serve(judging: Judging) -> None:
        import uvicorn

        with _extra():
            from expunge.mcp.http import PATH, Sessions, quiet
        quiet()
        address, port = listening.getsockname()[:2]
        sessions = Sessions(judging, _opening(place, judging), port, _problem)
        config = uvicorn.Config(
            sessions, ws="none", lifespan="off", log_config=None, access_log=False, timeout_graceful_shutdown=1
        )
        server = uvicorn.Server(config)
        host = f"[{address}]" if ":" in address else address
        on_ready(f"http://{host}:{port}{PATH}")
        try:
            await server.serve(sockets=[listening])
        finally:
            await sessions.aclose()

    _run(settings, serve, new=new)


def _run(settings: Settings, work: Callable[[Judging], Coroutine[Any, Any, None]], *, new: bool) -> None:
    async def judged() -> None:
        task = asyncio.current_task()
        assert task is not None
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        async with judging_by(settings, new=new) as judging:
            await work(judging)

    with suppress(asyncio.CancelledError):
        asyncio.run(judged())


@asynccontextmanager
async def judging_by(settings: Settings, *, new: bool = False) -> AsyncIterator[Judging]:
    """Judge by the configured registry, and write decisions to its audit log as configured.

    Raises:
        ConfigError: if the settings cannot be met.
        RegistryError: if the registry cannot be opened.
    """
    parts = assemble(settings, new=new)
    try:
        parts.registry.watch()
        writer = writer_of(settings, parts, None)
        moderator = Moderator()
        try:
            yield Judging(parts, moderator, Observers(() if writer is None else (writer,)))
        finally:
            await moderator.aclose()
            if writer is not None:
                await writer.aclose()
    finally:
        await parts.aclose()


def _opening(place: Place, judging: Judging) -> Callable[[], AbstractAsyncContextManager[Server]]:
    """The opening of a session with the server."""
    if not place.url:
        return partial(_child_server, place.command, judging)
    with _extra():
        from expunge.mcp.http import quiet, url_server
    quiet()
    return partial(url_server, place.url, place.headers)


@asynccontextmanager
async def _child_server(command: Sequence[str], judging: Judging) -> AsyncIterator[Server]:
    """Start a server, copy what it logs, and end it."""
    server = await ChildServer.start(command)
    logging = asyncio.create_task(copied_log(server, judging))
    try:
        yield server
    finally:
        await server.close()
        await asyncio.wait((logging,), timeout=1.0)
        logging.cancel()
        await asyncio.gather(logging, return_exceptions=True)


class _extra:
    """Say what to install where the extra is missing."""

    def __enter__(self) -> None:
        return

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None and issubclass(kind, ModuleNotFoundError):
            raise MissingError(
                'MCP over HTTP needs the extra mcp; install it with `pip install "expunge[mcp]"`.'
            ) from None


def _problem(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
