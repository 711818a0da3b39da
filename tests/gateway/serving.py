"""A gateway that listens on a port of loopback, in this process, so that real clients reach it, and may go away."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI

from expunge.gateway.access.connections import protocol_of
from expunge.settings import ServerSettings


@asynccontextmanager
async def served(app: FastAPI, server_settings: ServerSettings | None = None) -> AsyncIterator[str]:
    """Serve an app as `expunge serve` does; yields its address."""
    http = protocol_of(server_settings or ServerSettings())
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, http=http, log_config=None, access_log=False, lifespan="on"))
    task = asyncio.ensure_future(server._serve([listening]))
    try:
        while not server.started:  # noqa: ASYNC110 - it has no event to wait for
            await asyncio.sleep(0.005)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task
        listening.close()
