"""An upstream in this process that gives prepared answers, cut as a test wants them; and what a client can see."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from expunge.gateway.sse import Event, EventParser
from expunge.gateway.upstream.base import UpstreamRequest, UpstreamResponse


@dataclass
class Canned:
    """Gives the same answer to every request; `pieces` are its bytes as they come."""

    pieces: Sequence[bytes] = ()
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    calls: list[UpstreamRequest] = field(default_factory=list)

    def reply(self, reply: object) -> None:
        """Answer with JSON."""
        self.pieces = [json.dumps(reply).encode()]
        self.headers = {"content-type": "application/json"}

    def events(self, events: Sequence[Event]) -> None:
        """Answer with a stream, an event at a time."""
        self.pieces = [event.encoded() for event in events]
        self.headers = {"content-type": "text/event-stream"}

    @asynccontextmanager
    async def open(self, call: UpstreamRequest) -> AsyncIterator[UpstreamResponse]:
        self.calls.append(call)
        yield _Received(self.status, self.headers, self.pieces)

    async def aclose(self) -> None:
        pass


@dataclass(frozen=True)
class _Received:
    status: int
    headers: Mapping[str, str]
    _pieces: Sequence[bytes]

    async def pieces(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            yield piece


def seen(headers: Mapping[str, str], content: bytes) -> str:
    """All that a client sees of an answer, escapes undone, and the texts of a stream both as they came and in a row,
    in lower case."""
    raw = content.decode("utf-8", "replace")
    values: list[Any] = []
    if headers.get("content-type", "").startswith("text/event-stream"):
        for event in EventParser().feed(content):
            values.append(event.name)
            values.append(json.loads(event.data) if event.data.startswith("{") else event.data)
    elif content:
        values.append(json.loads(content))
    texts = list(_texts(values))
    rows: dict[str, list[str]] = {}
    _by_key(values, "", rows)
    joined = map("".join, rows.values())
    return "\n".join((raw, *headers, *headers.values(), *texts, "".join(texts), *joined)).casefold()


def _by_key(value: Any, key: str, rows: dict[str, list[str]]) -> None:
    """Put the texts under each key in a row, as a client does that shows a stream."""
    if isinstance(value, str):
        rows.setdefault(key, []).append(value)
    elif isinstance(value, list):
        for item in value:
            _by_key(item, key, rows)
    elif isinstance(value, dict):
        for name, part in value.items():
            _by_key(part, str(name), rows)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        if value and all(type(item) is int and 0 <= item < 256 for item in value):
            yield bytes(value).decode("utf-8", "replace")
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        for key, part in value.items():
            yield str(key)
            yield from _texts(part)
