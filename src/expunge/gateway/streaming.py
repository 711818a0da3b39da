"""Which way a request is answered, and what a client of a held stream gets to wait by."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from expunge.gateway.asked import Asked
from expunge.gateway.exchange import Exchange
from expunge.gateway.out import Out
from expunge.gateway.progressive import Progressive
from expunge.gateway.services import Services


async def run(services: Services, asked: Asked, out: Out) -> None:
    """Answer one request.

    Raises:
        ExpungeError: if no answer can be given, or not its end; nothing that was not decided has left then.
    """
    every = services.server.keep_alive
    with Exchange(services, asked, out).reflected() as exchange:
        if not asked.streamed:
            await exchange.answer()
        elif services.server.stream == "progressive" and asked.body.get("n") in (None, 1):
            await _held(Progressive(exchange).run(), out, every)
        else:
            await _held(exchange.stream(), out, every)


async def _held(work: Coroutine[Any, Any, None], out: Out, every: float) -> None:
    """Do the work of a stream, and send a comment whenever so many seconds have gone by without anything else."""
    task = asyncio.ensure_future(work)
    try:
        while not (await asyncio.wait({task}, timeout=every))[0]:
            await out.keep_alive(after=every)
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait({task})
    task.result()
