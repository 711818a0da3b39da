"""The two sides of a session, and the loop that relays between them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any, Protocol

from expunge.errors import ExpungeError
from expunge.mcp.messages import Id
from expunge.mcp.relay import Relay, Sent

GRACE = 5.0
"""Seconds that a server has to end by itself once its input ends, and then once it is told to."""
_AT_ONCE = 16
"""Messages of one side that are judged at a time."""


class Channel(Protocol):
    """One side of a session."""

    def messages(self) -> AsyncIterator[bytes]:
        """Yield its messages until it ends."""
        ...

    async def send(self, message: bytes, about: Id | None = None) -> None:
        """Send it one; `about` is its own request, if any, that a request or notice belongs to."""
        ...


class Server(Channel, Protocol):
    """The side that this process ends when the other one has ended."""

    async def close(self) -> None:
        """End it."""
        ...


async def relayed(relay: Relay, client: Channel, server: Server) -> bool:
    """Relay messages until one side ends; return whether the client was it.

    When the client ends, so does the server, and what it still has to say is passed on.

    Raises:
        ModelReplyError: if a message is too long.
    """

    async def deliver(sent: Sent) -> None:
        if sent.to_client is not None:
            await client.send(sent.to_client, sent.about)
        if sent.to_server is not None:
            await server.send(sent.to_server)

    reading = asyncio.create_task(_in_order(client, relay.from_client, deliver))
    answering = asyncio.create_task(_in_order(server, relay.from_server, deliver))
    try:
        await asyncio.wait((reading, answering), return_when=asyncio.FIRST_COMPLETED)
        client_ended = reading.done()
        if client_ended:
            await reading
            await server.close()
            await asyncio.wait((answering,), timeout=GRACE)
        if answering.done():
            await answering
        return client_ended
    finally:
        for task in (reading, answering):
            task.cancel()
        await asyncio.gather(reading, answering, return_exceptions=True)


async def _in_order(
    channel: Channel,
    handle: Callable[[bytes], Coroutine[Any, Any, Sent]],
    deliver: Callable[[Sent], Awaitable[None]],
) -> None:
    """Judge the messages of one side, several at a time, and deliver in the order in which they came."""
    waiting: asyncio.Queue[asyncio.Task[Sent] | None] = asyncio.Queue(_AT_ONCE)

    async def take() -> None:
        async for message in channel.messages():
            await waiting.put(group.create_task(handle(message)))
        await waiting.put(None)

    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(take())
            while (task := await waiting.get()) is not None:
                await deliver(await task)
    except BaseExceptionGroup as found:
        raise first_in(found) from None


def first_in(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return what a group is about: the first of our own errors in it, or else the first of any."""
    found: BaseException = group.subgroup(ExpungeError) or group
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    return found
