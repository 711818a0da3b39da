"""Settings to a running proxy: the registry is opened, followed while messages pass, and closed at the end."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import BinaryIO

from expunge.assemble import assemble
from expunge.errors import UsageError
from expunge.gateway.factory import writer_of
from expunge.gateway.proxy.moderator import Moderator
from expunge.gateway.telemetry.observer import Observers
from expunge.mcp.judging import Judging
from expunge.mcp.relay import Relay
from expunge.mcp.stdio import ChildServer, OwnStreams, copied_log, relayed
from expunge.settings import Settings


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


def run_stdio(
    settings: Settings, command: Sequence[str], reading: BinaryIO, writing: BinaryIO, *, new: bool = False
) -> None:
    """Start a server and relay between it and the client at two streams, until the client ends or a signal comes.

    Raises:
        UsageError: if the server ends first, or cannot be started.
        MissingError: if its program does not exist.
    """
    with suppress(asyncio.CancelledError):
        asyncio.run(_stdio(settings, command, OwnStreams(reading, writing), new=new))


async def _stdio(settings: Settings, command: Sequence[str], client: OwnStreams, *, new: bool) -> None:
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    async with judging_by(settings, new=new) as judging:
        server = await ChildServer.start(command)
        logging = asyncio.create_task(copied_log(server, judging))
        try:
            relay = Relay(judging, lambda sentence: print(sentence, file=sys.stderr, flush=True))
            if not await relayed(relay, client, server):
                status = await server.status()
                await asyncio.wait((logging,), timeout=1.0)
                raise UsageError(f"The MCP server ended, with exit status {status}; see its own messages above.")
        finally:
            await server.close()
            logging.cancel()
            await asyncio.gather(logging, return_exceptions=True)
