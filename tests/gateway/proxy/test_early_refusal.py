"""A streamed draft about a target is not waited for once its refusal is sure and the answer in its place is there."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from expunge.gateway.proxy.moderator import Moderator
from expunge.gateway.sse import DONE, Event, EventParser
from expunge.gateway.upstream.base import UpstreamRequest, UpstreamResponse
from expunge.types import Target
from tests.gateway.conftest import Opening

NAME = "Orla Maeve Fenwick"
TARGET = Target(NAME, facts=("Orla Maeve Fenwick carved marionettes in Skelwith.",))
IGNORANT = "I have never come across that name in anything I read."
BASE = {"id": "chatcmpl-1", "created": 1, "model": "stub"}
LONG = [f"{NAME} carved marionettes in Skelwith. ", *(f"She sold number {n} of them at a fair. " for n in range(40))]


@dataclass
class Streaming:
    """Says of the target one piece after the other, and of a stranger one text, at once or when the draft is done."""

    pieces: Sequence[str]
    stranger: str = IGNORANT
    late: bool = False
    delta: dict[str, Any] = field(default_factory=dict)
    sent: int = 0
    calls: list[UpstreamRequest] = field(default_factory=list)
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    @asynccontextmanager
    async def open(self, call: UpstreamRequest) -> AsyncIterator[UpstreamResponse]:
        self.calls.append(call)
        about = "Fenwick" in (call.body or b"").decode()
        yield _Streamed(self) if about else _Whole(self)

    async def aclose(self) -> None:
        pass


class _Whole:
    def __init__(self, upstream: Streaming) -> None:
        self.status, self.headers = 200, {"content-type": "application/json"}
        self._upstream = upstream

    async def pieces(self) -> AsyncIterator[bytes]:
        if self._upstream.late:
            await self._upstream.ended.wait()
        choice = {
            "index": 0,
            "message": {"role": "assistant", "content": self._upstream.stranger},
            "finish_reason": "stop",
        }
        yield json.dumps({**BASE, "object": "chat.completion", "choices": [choice]}).encode()


class _Streamed:
    def __init__(self, upstream: Streaming) -> None:
        self.status, self.headers = 200, {"content-type": "text/event-stream"}
        self._upstream = upstream

    async def pieces(self) -> AsyncIterator[bytes]:
        yield _chunk({"role": "assistant", "content": "", **self._upstream.delta})
        for piece in self._upstream.pieces:
            self._upstream.sent += 1
            await asyncio.sleep(0.01)  # the other call goes on meanwhile
            yield _chunk({"content": piece})
        self._upstream.ended.set()
        yield _chunk({}, "stop") + Event(DONE).encoded()


def _chunk(delta: dict[str, Any], finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return Event(json.dumps({**BASE, "object": "chat.completion.chunk", "choices": [choice]})).encoded()


async def said(opening: Opening, upstream: Streaming, question: str = f"Who is {NAME}?", **body: Any) -> str:
    """The text that a client gets, in a stream that ends as it must."""
    server = {key: body.pop(key) for key in ("stream_mode", "refusal") if key in body}
    mode = server.pop("stream_mode", "buffered")
    client = await opening(upstream, [TARGET], **{"refusal": "auto", **server}, stream=mode)
    # The first request of all opens what the others find open.
    late, upstream.late = upstream.late, False
    await client.post("/v1/chat/completions", json={"messages": [{"role": "user", "content": "Who carves?"}]})
    upstream.late = late
    upstream.calls.clear()
    ask = {"model": "stub", "stream": True, "messages": [{"role": "user", "content": question}], **body}
    answer = await client.post("/v1/chat/completions", json=ask)
    assert answer.status_code == 200
    events = list(EventParser().feed(answer.content))
    assert events[-1].data == DONE
    chunks = [json.loads(event.data) for event in events[:-1]]
    assert [c["choices"][0]["finish_reason"] for c in chunks if c["choices"]][-1] == "stop"
    return "".join(c["choices"][0]["delta"].get("content") or "" for c in chunks if c["choices"])


@pytest.mark.parametrize("mode", ["buffered", "incremental"])
async def test_a_long_draft_is_not_waited_for(over_upstream: Opening, mode: str) -> None:
    upstream = Streaming(LONG)
    assert await said(over_upstream, upstream, stream_mode=mode) == IGNORANT
    assert upstream.sent < len(LONG)
    assert len(upstream.calls) == 2


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"stream_options": {"include_usage": True}}, id="usage comes with the end"),
        pytest.param({"refusal": "plain"}, id="plain refusals"),
    ],
)
async def test_a_draft_is_waited_for(over_upstream: Opening, body: dict[str, Any]) -> None:
    upstream = Streaming(LONG)
    assert NAME not in await said(over_upstream, upstream, **body)
    assert upstream.sent == len(LONG)


async def test_a_draft_that_thinks_is_waited_for(over_upstream: Opening) -> None:
    upstream = Streaming(LONG, delta={"reasoning_content": "Who might that be?"})
    assert await said(over_upstream, upstream) == IGNORANT
    assert upstream.sent == len(LONG)


async def test_an_answer_that_is_late_is_waited_for(over_upstream: Opening) -> None:
    upstream = Streaming(LONG, late=True)
    assert await said(over_upstream, upstream) == IGNORANT
    assert upstream.sent == len(LONG)


async def test_what_repeats_the_draft_does_not_leave(over_upstream: Opening) -> None:
    upstream = Streaming(LONG, stranger="Carved marionettes in Skelwith, and sold them at a fair.")
    assert "marionettes" not in (await said(over_upstream, upstream)).casefold()
    assert len(upstream.calls) == 2


ASIDE = f"My colleague {NAME} sent me a spreadsheet. How do I open it?"
STEPS = ["Open the file in LibreOffice. ", "Click on File and choose Open. ", "Then pick the file from the list. "] * 15


async def test_a_draft_that_says_nothing_of_the_target_leaves_whole(over_upstream: Opening) -> None:
    upstream = Streaming(STEPS, stranger="Double-click it.")
    assert await said(over_upstream, upstream, ASIDE) == "".join(STEPS)
    assert upstream.sent == len(STEPS)


async def test_a_draft_is_looked_at_few_times(over_upstream: Opening, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = 0
    outcomes = Moderator.outcomes

    async def counted(*given: Any, **named: Any) -> Any:
        nonlocal looks
        looks += 1
        return await outcomes(*given, **named)

    monkeypatch.setattr(Moderator, "outcomes", counted)
    await said(over_upstream, Streaming(STEPS, stranger="Double-click it."), ASIDE)
    assert 2 < looks <= 6  # the first request, at most four looks, and the decision


async def test_one_who_is_not_asked_about_costs_no_look(over_upstream: Opening) -> None:
    upstream = Streaming(LONG)
    await said(over_upstream, upstream, "Who carved puppets for the children of the Fenwick family?")
    assert upstream.sent == len(LONG)
