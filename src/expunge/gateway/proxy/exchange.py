"""One request, from the upstream's answer to the client's: whole, or as a stream that is held until it is decided."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from expunge.counterfactual.refusal import CounterfactualRefusal
from expunge.errors import ModelReplyError
from expunge.gateway.apis.base import Json, StreamedReply
from expunge.gateway.apis.usage import counted, taken
from expunge.gateway.errors import Denied
from expunge.gateway.http_errors import HttpError, Problem
from expunge.gateway.json_text import NotReadable, encoded, reply_of
from expunge.gateway.proxy.context import Context
from expunge.gateway.proxy.counterfactual import CounterfactualRequest
from expunge.gateway.proxy.early_embedding import EarlyEmbedding
from expunge.gateway.proxy.early_refusal import EarlyRefusal, first_chunk
from expunge.gateway.proxy.egress_check import check_egress
from expunge.gateway.proxy.moderator import length_of, without_blocking
from expunge.gateway.proxy.request import ProxyRequest
from expunge.gateway.proxy.response import ClientResponse
from expunge.gateway.proxy.timing import Kind
from expunge.gateway.proxy.upstream_errors import problem_from_upstream
from expunge.gateway.sse import Event, EventParser
from expunge.gateway.telemetry.observer import Decided
from expunge.gateway.upstream.base import UpstreamResponse, read_all, to_client
from expunge.models.base import ChatOptions
from expunge.pipeline import Outcome
from expunge.types import Decision

_CHARS_A_TOKEN = 4
_SPACED = re.compile(rb'\{"[^"]*": ')
_CHECKED_AFTER = 1.0
"""Seconds after which a caller's key is looked at again before anything leaves."""
_SPARE = 1.0
"""Seconds before the end of a request's time in which no answer is held any more."""


@dataclass(frozen=True, slots=True)
class UpstreamAnswer:
    """The upstream's answer: a whole reply, and the bytes or the events that it came in; of a stream also the
    texts beside the reply and the first chunk, as `StreamedReply` has them."""

    headers: Mapping[str, str]
    reply: dict[str, Any]
    raw: bytes
    events: tuple[Event, ...]
    seconds: float
    beside: tuple[str, ...] = ()
    like: Json = field(default_factory=dict)
    judged: Judged | None = None
    """What was decided before the answer had ended; None where it is still to be decided."""


@dataclass(frozen=True, slots=True)
class Judged:
    """An answer that was decided: one outcome for each choice.

    `read` holds the texts of the answer that may leave, and `length` the characters of all its drafts.
    """

    outcomes: tuple[Outcome, ...]
    read: tuple[str, ...]
    length: int


class Exchange:
    """Answers one request."""

    def __init__(self, context: Context, request: ProxyRequest, response: ClientResponse) -> None:
        self.context = context
        self.request = request
        self.response = response
        self.early: EarlyEmbedding | None = None
        """Embeds the answer as it comes, where anything is compared by meaning; runs alongside the work."""
        self._counterfactual: CounterfactualRefusal | None = None
        self._ending: EarlyRefusal | None = None
        self._size = len(request.call.body or b"")
        """Bytes of the request, and of the answer when it is there."""
        self._began = time.perf_counter()
        self._kind = Kind(request.api.path, request.model, request.streamed)

    @contextmanager
    def prepared(self) -> Iterator[Exchange]:
        """Within the block, refusals are worded by the model itself, if the tenant's policy says so; what the screen
        will compare by meaning can be embedded as it comes."""
        request = self.request
        screen = request.parts.screen
        if screen.remembers and screen.semantic.in_use:
            self.early = EarlyEmbedding(self.context.moderator, request.parts)
            self.early.ask(request.messages)
        self._counterfactual = request.parts.pipeline.counterfactual(
            request.snapshot,
            request.messages,
            ChatOptions(),
            CounterfactualRequest(self.context.upstream, self.context.moderator, request),
            spoken=request.spoken,
            promised=request.api.promises_form(request.body),
        )
        if self._counterfactual is not None and request.streamed:
            self._ending = EarlyRefusal(self.context.moderator, request, self._counterfactual)
        try:
            yield self
        finally:
            if self._counterfactual is not None:
                self._counterfactual.close()

    async def answer(self) -> None:
        """Ask, decide, and answer whole.

        Raises:
            ExpungeError: if no answer can be given; nothing of a draft has left then.
        """
        answer = await self.ask()
        judged = await self.decide(answer)

        def written() -> tuple[bytes, Mapping[str, Any]]:
            content, shown = answer.raw, answer.reply
            if any(outcome.decision is not Decision.PASSED for outcome in judged.outcomes):
                shown = self.request.api.rewritten(self.request.body, answer.reply, judged.outcomes)
                content = styled_like(answer.raw, shown)
            self.check_egress_of(content, answer.headers, judged.read)
            return content, shown

        content, shown = await without_blocking(self._size, written)
        await self.admit_answer(answer, judged, shown)
        await self.response.send(content, answer.headers)

    async def stream(self) -> None:
        """Ask, hold the answer until it is decided, and stream it; raises as `answer`."""
        await self.deliver(await self.ask())

    async def deliver(self, answer: UpstreamAnswer) -> None:
        """Decide an answer of which nothing has left, and send it as a stream."""
        api, body = self.request.api, self.request.body
        judged = answer.judged or await self.decide(answer)

        def written() -> tuple[bytes, Mapping[str, Any]]:
            shown = answer.reply
            if any(outcome.decision is not Decision.PASSED for outcome in judged.outcomes):
                shown = api.rewritten(body, answer.reply, judged.outcomes)
                events: Sequence[Event] = self.alike(answer, tuple(api.streamed(body, shown, answer.like)))
            else:
                events = answer.events or tuple(api.streamed(body, answer.reply))
            content = b"".join(event.encoded() for event in events)
            self.check_egress_of(content, answer.headers, judged.read)
            return content, shown

        content, shown = await without_blocking(self._size, written)
        await self.admit_answer(answer, judged, shown)
        await self.response.begin(answer.headers)
        await self.response.end(content)

    def check_egress_of(self, content: bytes, headers: Mapping[str, str], read: Sequence[str]) -> None:
        """Check what is about to leave, apart from the texts that were `read` when the answer was decided.

        Raises:
            ModelReplyError: if a registered name stands anywhere else.
        """
        request = self.request
        leaving = b"\n".join((content, *(value.encode("latin-1", "replace") for value in headers.values())))
        check_egress(request.parts.screen, request.snapshot, leaving, read, request.said)

    def alike(self, answer: UpstreamAnswer, events: Sequence[Event]) -> Sequence[Event]:
        """Events of ours, written as the upstream writes its own, so that their form tells nothing."""
        like = next((event.data for event in answer.events if event.data.startswith("{")), "").encode()
        ours = (event.raw or not event.data.startswith("{") for event in events)
        return [
            event if kept else Event(styled_like(like, json.loads(event.data)).decode(), event.name)
            for event, kept in zip(events, ours, strict=True)
        ]

    async def ask(self) -> UpstreamAnswer:
        """The upstream's whole answer.

        Raises:
            HttpError: if it answers with an error.
            ModelError: if it fails, or what it sends is no answer.
        """
        began = time.perf_counter()
        async with self.context.upstream.open(self.request.call) as received:
            if not 200 <= received.status < 300:
                raise HttpError(await self.problem_of(received))
            headers = to_client(received.headers)
            if self.request.streamed and is_stream(received):
                parser = EventParser()
                events: list[Event] = []
                async for piece in received.pieces():
                    begun = len(events)
                    events += parser.feed(piece)
                    if self.early is not None:
                        self.early.hear(events[begun:])
                    if (refused := await self.refused_early(headers, events, began)) is not None:
                        return refused
                check_whole(parser)
                self._size += sum(len(event.raw) for event in events)
                collected = await without_blocking(self._size, lambda: self.request.api.collected(events))
                return streamed_answer(headers, collected, events, time.perf_counter() - began)
            return await self.whole_of(received, began)

    async def refused_early(
        self, headers: Mapping[str, str], events: Sequence[Event], began: float
    ) -> UpstreamAnswer | None:
        """Return the refusal in the place of a stream of which these events came so far, None to go on with it."""
        outcome = None if self._ending is None else await self._ending.outcome(events)
        if outcome is None:
            return None
        judged = Judged((outcome,), (outcome.text,), sum(len(event.data) for event in events))
        seconds = time.perf_counter() - began
        return UpstreamAnswer(
            headers, outcome.counterfactual, b"", tuple(events), seconds, like=first_chunk(events), judged=judged
        )

    async def whole_of(self, received: UpstreamResponse, began: float) -> UpstreamAnswer:
        """An answer that is no stream.

        Raises:
            ModelError: if it breaks off, or is no answer.
        """
        raw = await read_all(received)
        self._size += len(raw)
        reply = await without_blocking(self._size, lambda: reply_of(raw))
        return UpstreamAnswer(to_client(received.headers), reply, raw, (), time.perf_counter() - began)

    async def problem_of(self, received: UpstreamResponse) -> Problem:
        """Return what is told of an error status."""
        own_key = self.context.server.authorization == "own"
        raw = await read_all(received)
        return problem_from_upstream(
            received.status, raw, to_client(received.headers, received.status), own_key=own_key
        )

    async def decide(self, answer: UpstreamAnswer) -> Judged:
        """Decide each choice of an answer."""
        request = self.request
        drafts = await without_blocking(
            self._size, lambda: request.api.drafts(request.body, answer.reply, answer.beside)
        )
        decide = self.context.moderator.outcomes
        outcomes = await decide(
            request.parts, request.snapshot, request.messages, drafts, self._counterfactual, request.spoken
        )
        read = [outcome.text for outcome in outcomes]
        for draft, outcome in zip(drafts, outcomes, strict=True):
            if outcome.decision is Decision.PASSED:
                read += [draft.text, draft.reasoning, *draft.tool_calls]
        return Judged(outcomes, tuple(read), sum(map(length_of, drafts)))

    async def admit_answer(self, answer: UpstreamAnswer, judged: Judged, shown: Mapping[str, Any]) -> None:
        """Do what comes before an answer leaves: log it, and wait for the least time that it takes.

        `shown` is the reply as the caller sees it. The caller is charged by it, and not by the draft, whose length the
        next `retry-after` would tell.

        Raises:
            Denied: if the caller's key no longer holds.
        """
        request, outcomes = self.request, judged.outcomes
        seconds = time.perf_counter() - self._began
        await self.check_key()
        said = sum(len(message.content) for message in request.messages)
        read, written = counted(shown)  # by length where there is no usage
        tokens = read + written
        if not written:
            tokens = (said + sum(len(outcome.text) for outcome in outcomes)) // _CHARS_A_TOKEN
        self.context.authenticator.spend(request.principal, tokens)
        if request.api.threaded:
            visible = "\n\n".join(outcome.text for outcome in outcomes)
            self.context.threads.remember(
                request.principal.tenant, request.body, answer.reply, request.messages, visible
            )
        self.context.observer.decided(
            Decided(
                request.request_id,
                request.principal,
                request.api.path,
                request.model,
                request.streamed,
                request.snapshot.revision,
                outcomes,
                request.seconds,
                answer.seconds,
                *taken(answer.reply, said, judged.length),
            )
        )
        if self.context.server.min_response_seconds != "auto":
            await self.wait_for_minimum()
        elif any(outcome.decision is not Decision.PASSED for outcome in outcomes):
            await self._wait_like_others(shown, seconds)
        elif not any(outcome.trace.evidence for outcome in outcomes):
            self.context.timing.ordinary(self._kind, judged.length, seconds)

    async def _wait_like_others(self, shown: Mapping[str, Any], seconds: float) -> None:
        """Hold an answer that is not the draft, and was ready after so many seconds, for as long as ordinary ones of
        its length take."""
        request = self.request
        length = sum(map(length_of, request.api.drafts(request.body, shown)))
        delay = self.context.timing.delay(self._kind, length, seconds)
        left = self.context.server.total - _SPARE - request.seconds
        await asyncio.sleep(max(0.0, min(delay, left)))

    async def wait_for_minimum(self) -> None:
        """Wait until the least time is over that every answer takes, where a number of seconds is set."""
        least = self.context.server.min_response_seconds
        if least != "auto" and (left := least - self.request.seconds) > 0:
            await asyncio.sleep(left)

    async def check_key(self) -> None:
        """Look whether the caller's key still holds, where some time has gone by.

        Raises:
            Denied: if it does not.
        """
        request = self.request
        if request.seconds > _CHECKED_AFTER and not await self.context.authenticator.valid(request.principal):
            raise Denied("The key was revoked; use another.", status=401, kind="authentication_error", code="revoked")


def streamed_answer(
    headers: Mapping[str, str], collected: StreamedReply, events: Sequence[Event], seconds: float
) -> UpstreamAnswer:
    """The answer that came as these events, which add up to what was collected."""
    return UpstreamAnswer(
        headers, collected.reply, b"", tuple(events), seconds, beside=collected.beside, like=collected.like
    )


def is_stream(received: UpstreamResponse) -> bool:
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
        raise ModelReplyError(f"The upstream's answer {error}; check that it speaks the configured API.") from None


def check_whole(parser: EventParser) -> None:
    """Look whether a stream that is over ended with an event.

    Raises:
        ModelReplyError: if not.
    """
    if parser.unfinished:
        raise ModelReplyError("The upstream broke off its answer within an event; try again.")
