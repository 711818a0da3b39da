"""The response to the client of one request."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Mapping
from typing import Any, TypeVar

from starlette.types import Send

from expunge.gateway.http_errors import ErrorForm, Problem, openai_error
from expunge.gateway.sse import KEEP_ALIVE

T = TypeVar("T")
_STREAM = {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-cache",
    "x-accel-buffering": "no",
}


class ClientResponse:
    """Sends one answer: whole, or as a stream that is begun as late as possible, so that errors have their status.

    `also` holds headers of ours that go with whatever is sent; `form` is that of errors, which may tell `request_id`.
    """

    def __init__(self, send: Send, form: ErrorForm = openai_error, request_id: str = "") -> None:
        self._sending = send
        self._form = form
        self._request_id = request_id
        self.also: dict[str, str] = {}
        self.status = 0
        self.ended = False
        self._sent_at = 0.0

    @property
    def started(self) -> bool:
        """Whether the head was sent."""
        return bool(self.status)

    async def send(self, content: bytes, headers: Mapping[str, str] | None = None, status: int = 200) -> None:
        """A whole answer of JSON."""
        head = {"content-type": "application/json", **(headers or {}), "content-length": str(len(content))}
        await self._start(status, head)
        await self._body(content, last=True)

    async def begin(self, headers: Mapping[str, str] | None = None) -> None:
        """The head of a stream, unless it was sent."""
        if not self.started:
            await self._start(200, {**(headers or {}), **_STREAM})

    async def piece(self, content: bytes) -> None:
        """More of a stream."""
        if content:
            await self._body(content, last=False)

    async def keep_alive(self, *, after: float) -> None:
        """A comment that clients ignore, so that nobody on the way takes the silence for an end, if nothing was sent
        within so many seconds."""
        if self.ended or time.monotonic() - self._sent_at < after * 0.9:
            return
        await self.begin()
        await self._body(KEEP_ALIVE, last=False)

    async def kept_alive(self, work: Coroutine[Any, Any, None], *, every: float) -> None:
        """Do the work of a stream, and send a comment after each `every` seconds in which nothing else was sent."""
        await alongside(self._keep_alive_forever(every), work)

    async def _keep_alive_forever(self, every: float) -> None:
        while True:
            await asyncio.sleep(every)
            await self.keep_alive(after=every)

    async def end(self, content: bytes = b"") -> None:
        """The last piece of a stream."""
        await self._body(content, last=True)

    async def problem(self, problem: Problem) -> None:
        """An error: with its status, or, within a stream, as an event."""
        event = self._form(problem, self._request_id)
        if self.ended:
            return
        if self.started:
            await self.end(event.encoded())
        else:
            await self.send(event.data.encode(), problem.headers, problem.status)

    async def _start(self, status: int, headers: dict[str, str]) -> None:
        self.status = status
        raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in (headers | self.also).items()]
        await self._sending({"type": "http.response.start", "status": status, "headers": raw})

    async def _body(self, content: bytes, *, last: bool) -> None:
        self.ended = last
        self._sent_at = time.monotonic()
        await self._sending({"type": "http.response.body", "body": content, "more_body": not last})


async def alongside(companion: Coroutine[Any, Any, None], work: Coroutine[Any, Any, T]) -> T:
    """Return the result of work, with a companion that runs as long as the work does.

    The companion is cancelled when the work ends. An error of either cancels the other and is raised as it is.
    """
    try:
        async with asyncio.TaskGroup() as group:
            task = group.create_task(companion)
            result = await work
            task.cancel()
    except BaseExceptionGroup as group_of_errors:
        raise group_of_errors.exceptions[0] from None
    return result
