"""One request, from the upstream's answer to the client's: whole, or as a stream that is held until it is decided."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from expunge.errors import ModelReplyError
from expunge.gateway.access.principal import Denied
from expunge.gateway.apis.usage import counted, taken
from expunge.gateway.http_errors import Problem, Told
from expunge.gateway.json_text import NotReadable, encoded, reply_of
from expunge.gateway.proxy.context import Services
from expunge.gateway.proxy.counterfactual import AskedAgain
from expunge.gateway.proxy.early_embedding import EarlyEmbedding
from expunge.gateway.proxy.egress_check import check_unread
from expunge.gateway.proxy.moderator import beside
from expunge.gateway.proxy.request import Asked
from expunge.gateway.proxy.response import Out
from expunge.gateway.proxy.upstream_errors import told
from expunge.gateway.sse import Event, EventParser
from expunge.gateway.telemetry.observer import Decided
from expunge.gateway.upstream.base import Received, to_client, whole
from expunge.mirror.reflection import Reflection
from expunge.models.base import ChatOptions
from expunge.pipeline import Outcome
from expunge.types import Decision, Draft

_CHARS_A_TOKEN = 4
_SPACED = re.compile(rb'\{"[^"]*": ')
_CHECKED_AFTER = 1.0
"""Seconds after which a caller's key is looked at again before anything leaves."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What the upstream answered: a whole reply, and the bytes or the events that it came in."""

    headers: Mapping[str, str]
    reply: dict[str, Any]
    raw: bytes
    events: tuple[Event, ...]
    seconds: float


class Exchange:
    """Answers one request."""

    def __init__(self, services: Services, asked: Asked, out: Out) -> None:
        self.services = services
        self.asked = asked
        self.out = out
        self.drafts: tuple[Draft, ...] = ()
        self.early: EarlyEmbedding | None = None
        """Embeds the answer as it comes, where anything is compared by meaning."""
        self._reflection: Reflection | None = None
        self._size = len(asked.call.body or b"")
        """Bytes of the request, and of the answer when it is there."""

    @contextmanager
    def reflected(self) -> Iterator[Exchange]:
        """Within the block, refusals are worded by the model itself, if the tenant's policy says so, and what the
        screen will compare by meaning is embedded as it comes."""
        asked = self.asked
        screen = asked.parts.screen
        if screen.remembers and screen.semantic.in_use:
            self.early = EarlyEmbedding(self.services.deciding, asked.parts)
            self.early.ask(asked.messages)
        self._reflection = asked.parts.pipeline.reflection(
            asked.snapshot,
            asked.messages,
            ChatOptions(),
            AskedAgain(self.services.upstream, self.services.deciding, asked),
            spoken=asked.spoken,
            promised=asked.api.promises_form(asked.body),
        )
        try:
            yield self
        finally:
            if self.early is not None:
                self.early.close()
            if self._reflection is not None:
                self._reflection.close()

    async def answer(self) -> None:
        """Ask, decide, and answer whole.

        Raises:
            ExpungeError: if no answer can be given; nothing of a draft has left then.
        """
        answered = await self.ask()
        outcomes = await self.decide(answered.reply)

        def written() -> tuple[bytes, Mapping[str, Any]]:
            content, shown = answered.raw, answered.reply
            if not all_passed(outcomes):
                shown = self.asked.api.rewritten(self.asked.body, answered.reply, outcomes)
                content = styled_like(answered.raw, shown)
            self.look_at(content, answered.headers, outcomes)
            return content, shown

        content, shown = await beside(self._size, written)
        await self.admit_answer(answered, outcomes, shown)
        await self.out.whole(content, answered.headers)

    async def stream(self) -> None:
        """Ask, hold the answer until it is decided, and stream it; raises as `answer`."""
        await self.deliver(await self.ask())

    async def deliver(self, answered: Answered) -> None:
        """Decide an answer of which nothing has left, and send it as a stream."""
        api, body = self.asked.api, self.asked.body
        outcomes = await self.decide(answered.reply)

        def written() -> tuple[bytes, Mapping[str, Any]]:
            shown = answered.reply
            if not all_passed(outcomes):
                shown = api.rewritten(body, answered.reply, outcomes)
                events: Sequence[Event] = self.alike(answered, tuple(api.streamed(body, shown)))
            else:
                events = answered.events or tuple(api.streamed(body, answered.reply))
            content = b"".join(event.encoded() for event in events)
            self.look_at(content, answered.headers, outcomes)
            return content, shown

        content, shown = await beside(self._size, written)
        await self.admit_answer(answered, outcomes, shown)
        await self.out.begin(answered.headers)
        await self.out.end(content)

    def look_at(self, content: bytes, headers: Mapping[str, str], outcomes: Sequence[Outcome] | None = None) -> None:
        """The last look at what is to leave, of which `decide` has read the texts.

        Raises:
            ModelReplyError: if a name stands where nobody has read.
        """
        asked = self.asked
        read = [outcome.text for outcome in outcomes or ()]
        for draft, outcome in zip(self.drafts, outcomes or (None,) * len(self.drafts), strict=True):
            if outcome is None or outcome.decision is Decision.PASSED:
                read += [draft.text, draft.reasoning, *draft.tool_calls]
        leaving = b"\n".join((content, *(value.encode("latin-1", "replace") for value in headers.values())))
        check_unread(asked.parts.screen, asked.snapshot, leaving, read, asked.said)

    def alike(self, answered: Answered, events: Sequence[Event]) -> Sequence[Event]:
        """Events of ours, written as the upstream writes its own, so that their form tells nothing."""
        like = next((event.data for event in answered.events if event.data.startswith("{")), "").encode()
        ours = (event.raw or not event.data.startswith("{") for event in events)
        return [
            event if kept else Event(styled_like(like, json.loads(event.data)).decode(), event.name)
            for event, kept in zip(events, ours, strict=True)
        ]

    async def ask(self) -> Answered:
        """The upstream's whole answer.

        Raises:
            Told: if it answers with an error.
            ModelError: if it fails, or what it sends is no answer.
        """
        began = time.perf_counter()
        async with self.services.upstream.open(self.asked.call) as received:
            if not 200 <= received.status < 300:
                raise Told(await self.problem_of(received))
            headers = to_client(received.headers)
            if self.asked.streamed and is_stream(received):
                parser = EventParser()
                events: list[Event] = []
                async for piece in received.pieces():
                    begun = len(events)
                    events += parser.feed(piece)
                    if self.early is not None:
                        self.early.hear(events[begun:])
                check_whole(parser)
                self._size += sum(len(event.raw) for event in events)
                reply = await beside(self._size, lambda: self.asked.api.collected(events))
                return Answered(headers, reply, b"", tuple(events), time.perf_counter() - began)
            return await self.whole_of(received, began)

    async def whole_of(self, received: Received, began: float) -> Answered:
        """An answer that is no stream.

        Raises:
            ModelError: if it breaks off, or is no answer.
        """
        raw = await whole(received)
        self._size += len(raw)
        reply = await beside(self._size, lambda: reply_of(raw))
        return Answered(to_client(received.headers), reply, raw, (), time.perf_counter() - began)

    async def problem_of(self, received: Received) -> Problem:
        """What is told of an error status."""
        own_key = self.services.server.authorization == "own"
        raw = await whole(received)
        return told(received.status, raw, to_client(received.headers, received.status), own_key=own_key)

    async def decide(self, reply: Mapping[str, Any]) -> tuple[Outcome, ...]:
        """One outcome for each choice of a reply."""
        asked = self.asked
        self.drafts = await beside(self._size, lambda: asked.api.drafts(asked.body, reply))
        decide = self.services.deciding.outcomes
        return await decide(asked.parts, asked.snapshot, asked.messages, self.drafts, self._reflection, asked.spoken)

    async def admit_answer(self, answered: Answered, outcomes: tuple[Outcome, ...], shown: Mapping[str, Any]) -> None:
        """What comes before an answer leaves: its place in the log, and the least time that it takes.

        `shown` is the reply as the caller sees it. The caller is charged by it, and not by the draft, whose length the
        next `retry-after` would tell.

        Raises:
            Denied: if the caller's key no longer holds.
        """
        asked = self.asked
        await self.check_caller()
        self.services.gatekeeper.spend(asked.caller, self._cost_of(shown, outcomes))
        if asked.api.threaded:
            visible = "\n\n".join(outcome.text for outcome in outcomes)
            self.services.threads.remember(asked.caller.tenant, asked.body, answered.reply, asked.messages, visible)
        self.services.observer.decided(
            Decided(
                asked.request_id,
                asked.caller,
                asked.api.path,
                asked.model,
                asked.streamed,
                asked.snapshot.revision,
                outcomes,
                asked.seconds,
                answered.seconds,
                *self._taken(answered.reply),
            )
        )
        await self.wait_for_floor()

    def _cost_of(self, shown: Mapping[str, Any], outcomes: Sequence[Outcome]) -> int:
        """Tokens of a reply: what its usage says, else by the length of what was said and is shown."""
        read, written = counted(shown)
        if written:
            return read + written
        said = sum(len(message.content) for message in self.asked.messages)
        return (said + sum(len(outcome.text) for outcome in outcomes)) // _CHARS_A_TOKEN

    def _taken(self, reply: Mapping[str, Any]) -> tuple[int, int]:
        """The tokens that the upstream read and wrote."""
        asked = sum(len(message.content) for message in self.asked.messages)
        drafts = self.drafts
        return taken(reply, asked, sum(len(d.text) + len(d.reasoning) + sum(map(len, d.tool_calls)) for d in drafts))

    async def wait_for_floor(self) -> None:
        """Wait until the least time that an answer takes is over."""
        if (left := self.services.server.floor - self.asked.seconds) > 0:
            await asyncio.sleep(left)

    async def check_caller(self) -> None:
        """Look whether the caller's key still holds, where some time has gone by.

        Raises:
            Denied: if it does not.
        """
        asked = self.asked
        if asked.seconds > _CHECKED_AFTER and not await self.services.gatekeeper.valid(asked.caller):
            raise Denied("The key was revoked; use another.", status=401, kind="authentication_error", code="revoked")


def is_stream(received: Received) -> bool:
    """Whether an answer comes as events."""
    return received.headers.get("content-type", "").strip().lower().startswith("text/event-stream")


def styled_like(raw: bytes, reply: Mapping[str, Any]) -> bytes:
    """The bytes of a changed answer, with the white space and the escapes that the upstream's own has.

    Raises:
        ModelReplyError: if what stays of the upstream's answer cannot be written.
    """
    try:
        return encoded(reply, spaced=_SPACED.match(raw) is not None, escaped=raw.isascii() and b"\\u" in raw)
    except NotReadable as error:
        raise ModelReplyError(f"The upstream's answer {error}; check that it is an OpenAI API.") from None


def check_whole(parser: EventParser) -> None:
    """Look whether a stream that is over ended with an event.

    Raises:
        ModelReplyError: if not.
    """
    if parser.unfinished:
        raise ModelReplyError("The upstream broke off its answer within an event; try again.")


def all_passed(outcomes: Sequence[Outcome]) -> bool:
    """Whether no choice was changed."""
    return all(outcome.decision is Decision.PASSED for outcome in outcomes)
