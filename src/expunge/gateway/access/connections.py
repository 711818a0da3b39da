"""Limits on the time that a client may take over a connection: uvicorn bounds idle ones only.

A head must come within `head_timeout`, and must not be long. A body is the app's to wait for (`read_body` in
`proxy.request`); what is left of one after its answer was given is waited for a moment. An answer that nobody
takes is given up after `idle`.
"""

from __future__ import annotations

import asyncio
from asyncio import TimerHandle
from collections.abc import Callable
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from expunge.settings import ServerSettings

MOST_HEAD = 64 * 2**10
"""Bytes of a request line and headers."""
_LEFT = 5.0
"""Seconds for what a client still sends, or has still to take, when nothing more is read or said."""
_SLOW = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
_LONG = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


def protocol_of(server: ServerSettings) -> type[HttpToolsProtocol]:
    """The protocol of connections under these limits, for uvicorn's `http`."""

    class Limited(BoundedHttp):
        head_timeout = server.head_timeout
        idle = server.idle

    return Limited


class BoundedHttp(HttpToolsProtocol):
    """A connection that nobody holds open by saying or taking too little."""

    head_timeout = 10.0
    idle = 60.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a head."""
        super().connection_made(transport)
        self._timers: dict[str, TimerHandle] = {}
        self._in_head, self._in_body = True, False
        self._length = 0
        self._ended = False
        self._start("head", self.head_timeout, self._head_is_late)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        for name in tuple(self._timers):
            self._stop(name)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what came."""
        if self.transport.is_closing() or self._ended:
            return
        if self._in_head:
            self._start("head", self.head_timeout, self._head_is_late)
            self._length += len(data)
        super().data_received(data)
        if self._in_head and self._length > MOST_HEAD:
            if self._is_idle:
                self._end(_LONG)
            else:
                self.transport.abort()

    def on_message_begin(self) -> None:
        """A head begins, perhaps in the same piece in which the request before it ended."""
        super().on_message_begin()
        self._in_head, self._length = True, max(1, self._length)
        self._start("head", self.head_timeout, self._head_is_late)

    def on_headers_complete(self) -> None:
        """The head is there."""
        self._stop("head")
        self._in_head, self._in_body, self._length = False, True, 0
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """So is the body."""
        self._stop("rest")
        self._in_head, self._in_body = True, False
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """The answer is given."""
        super().on_response_complete()
        if self.transport.is_closing():
            self._start("close", _LEFT, self.transport.abort)
        elif self._in_body:
            self._start("rest", _LEFT, self._end)

    def timeout_keep_alive_handler(self) -> None:
        """Nothing came for a while."""
        self._end()

    def shutdown(self) -> None:
        """The server ends."""
        super().shutdown()
        if self.transport.is_closing():
            self._start("close", _LEFT, self.transport.abort)

    def pause_writing(self) -> None:
        """The client does not take what it is sent."""
        super().pause_writing()
        self._start("write", self.idle, self.transport.abort)

    def resume_writing(self) -> None:
        """It does again."""
        self._stop("write")
        super().resume_writing()

    @property
    def _is_idle(self) -> bool:
        """Whether no answer is under way."""
        return self.cycle is None or self.cycle.response_complete

    def _head_is_late(self) -> None:
        if not self._is_idle:
            # The answer to the request before is under way, and comes first.
            self._start("head", self.head_timeout, self._head_is_late)
            return
        self._end(_SLOW if self._length else b"")

    def _end(self, answer: bytes = b"") -> None:
        """Close the connection, whether or not the client takes what it was sent."""
        if self.transport.is_closing() or self._ended:
            return
        self._ended = True
        if answer:
            # Closed at once it would be reset where the client still sends, and the answer would be lost.
            self.transport.write(answer)
            if self.transport.can_write_eof():
                self.transport.write_eof()
        else:
            self.transport.close()
        self._start("close", _LEFT, self.transport.abort)

    def _start(self, name: str, seconds: float, then: Callable[[], Any]) -> None:
        """Have something done after so many seconds, unless it is waited for already."""
        if name not in self._timers:
            self._timers[name] = self.loop.call_later(seconds, self._over, name, then)

    def _over(self, name: str, then: Callable[[], Any]) -> None:
        self._timers.pop(name, None)
        then()

    def _stop(self, name: str) -> None:
        if (timer := self._timers.pop(name, None)) is not None:
            timer.cancel()
