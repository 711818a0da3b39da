"""Streams that leave sentence by sentence, while nothing speaks against it.

Only the visible text of a single choice leaves early, and only from conversations in which the screen sees nothing. It
reads further than what it lets go: a name that begins in what is to leave has room to end in what is read. The first
evidence stops the release, and so does anything but visible text. What is left is decided as a whole.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import replace

from expunge.errors import ExpungeError
from expunge.gateway.http_errors import HttpError
from expunge.gateway.proxy.exchange import Exchange, UpstreamAnswer, check_whole, is_stream, streamed_answer
from expunge.gateway.sse import Event, EventParser
from expunge.gateway.upstream.base import UpstreamResponse, to_client
from expunge.pipeline import Outcome
from expunge.text.segment import sentences
from expunge.types import Decision, Draft, Message

WINDOW = 300
"""Characters that are read and held back: more than any name has, spelled out or encoded in the usual ways."""
_READ_BACK = 4_000
"""Characters that are read again with each sentence."""
_MOST_READ = 2_000_000
"""Characters of the conversation that are read again, over all sentences of an answer; then the rest is held."""
_TAG = 12
"""Characters of the longest of these tags."""
_THOUGHT = re.compile(r"</?(?:think|thinking|reasoning|thought)>", re.IGNORECASE)


class Incremental:
    """Answers one streamed request."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._context = exchange.context
        self._request = exchange.request
        self._response = exchange.response
        self._parser = EventParser()
        self._events: list[Event] = []
        self._ends: list[int] = []
        """For each event before the first that is held, how much of the text it ends."""
        self._text = ""
        self._sent = 0
        self._next_look = self._read = 0
        self._held = False

    async def run(self) -> None:
        """Ask, let go what may leave, decide the rest.

        Raises:
            ExpungeError: if the answer cannot be ended; what has left was clean.
        """
        request = self._request
        began = time.perf_counter()
        async with self._context.upstream.open(request.call) as received:
            if not 200 <= received.status < 300:
                raise HttpError(await self._exchange.problem_of(received))
            if not is_stream(received):
                await self._exchange.deliver(await self._exchange.whole_of(received, began))
                return
            self._held = not await self._is_clean("")
            headers = to_client(received.headers)
            refused = await self._receive(received, began)
        if refused is not None:
            await self._exchange.deliver(refused)
            return
        collected = request.api.collected(self._events)
        await self._finish(streamed_answer(headers, collected, self._events, time.perf_counter() - began))

    async def _receive(self, received: UpstreamResponse, began: float) -> UpstreamAnswer | None:
        """Take the stream's events, and let go of those that may leave; return what is to leave in place of them all,
        if that shows before their end."""
        request = self._request
        headers = to_client(received.headers)
        early = self._exchange.early
        async for piece in received.pieces():
            begun = len(self._events)
            for event in self._parser.feed(piece):
                self._events.append(event)
                said = None if self._held else request.api.visible(request.body, event)
                if said is None:
                    self._held = True
                else:
                    # In two steps, so that the text grows in place.
                    text, self._text = self._text, ""
                    text += said
                    self._text = text
                    self._ends.append(len(self._text))
            if early is not None:
                early.hear(self._events[begun:])
            if not self._held:
                await self._release(headers)
            elif not self._sent and (refused := await self._exchange.refused_early(headers, self._events, began)):
                return refused
        check_whole(self._parser)
        return None

    async def _release(self, headers: dict[str, str]) -> None:
        """Let go of whole sentences, if what follows them within the window, too, holds nothing."""
        until = self._edge()
        if not until:
            return
        going = [end for end in self._ends[self._sent :] if end <= until]
        if not going or going[-1] == 0:
            return
        released = self._ends[self._sent - 1] if self._sent else 0
        thought = _THOUGHT.search(self._text, max(0, released - _TAG))
        if thought or not self._may_read_again() or not await self._is_clean(self._recent()):
            self._held = True
            return
        fresh = self._events[self._sent : self._sent + len(going)]
        piece = b"".join(event.encoded() for event in fresh)
        self._exchange.check_egress_of(piece, headers, (self._text,))
        await self._exchange.check_key()
        await self._exchange.wait_for_minimum()
        await self._response.begin(headers)
        await self._response.piece(piece)
        self._sent += len(going)

    def _edge(self) -> int:
        """Return the end of the last sentence that has a window of text behind it."""
        last = len(self._text) - WINDOW
        released = self._ends[self._sent - 1] if self._sent else 0
        if last <= released or len(self._text) < self._next_look:
            return 0
        ends = [released + span.end for span in sentences(self._text[released:])[:-1]]
        edge = max((end for end in ends if end <= last), default=0)
        if not edge and last - released > _READ_BACK:
            # A sentence without an end is not looked through with each word that it gets.
            self._next_look = len(self._text) + (len(self._text) - released) // 4
        return edge

    def _may_read_again(self) -> bool:
        """Whether the conversation may be read once more: with each release, a long one would cost too much."""
        self._read += sum(len(message.content) for message in self._request.messages)
        return self._read <= _MOST_READ

    def _recent(self) -> str:
        released = self._ends[self._sent - 1] if self._sent else 0
        return self._text[max(0, released - _READ_BACK) :]

    async def _is_clean(self, text: str) -> bool:
        request = self._request
        try:
            return await self._context.moderator.is_clean(request.parts, request.snapshot, request.messages, text)
        except ExpungeError:
            return False

    async def _finish(self, answer: UpstreamAnswer) -> None:
        """Decide the whole answer, and send what is left of it."""
        request, api = self._request, self._request.api
        if not self._sent:
            await self._exchange.deliver(answer)
            return
        judged = await self._exchange.decide(answer)
        outcomes = judged.outcomes
        rest: Sequence[Event] = self._events[self._sent :]
        shown = answer.reply
        if any(outcome.decision is not Decision.PASSED for outcome in outcomes):
            released = self._text[: self._ends[self._sent - 1]]
            text = await self._continuation(answer, outcomes[0], released)
            rest = tuple(api.continued(request.body, answer.reply, self._events[: self._sent], text, answer.like))
            visible = replace(outcomes[0], text=released + text, decision=Decision.REWRITTEN)
            shown = api.rewritten(request.body, answer.reply, (visible,))
        content = b"".join(event.encoded() for event in self._exchange.alike(answer, rest))
        self._exchange.check_egress_of(content, {}, judged.read)
        await self._exchange.admit_answer(answer, judged, shown)
        await self._response.end(content)

    async def _continuation(self, answer: UpstreamAnswer, outcome: Outcome, released: str) -> str:
        """Return what may follow the text that has left, "" for nothing: it ends with a sentence, and may end there."""
        request, moderator = self._request, self._context.moderator
        if outcome.decision is Decision.REWRITTEN and outcome.text.startswith(released):
            return outcome.text[len(released) :]
        drafts = request.api.drafts(request.body, answer.reply, answer.beside)
        if len(drafts) != 1 or not drafts[0].text.startswith(released):
            return ""
        before = (*request.messages, Message("assistant", released))
        left = Draft(drafts[0].text[len(released) :])
        (judged,) = await moderator.outcomes(request.parts, request.snapshot, before, (left,))
        if judged.decision is Decision.REFUSED or not judged.text.strip():
            return ""
        # The two were read apart; they leave as one.
        return judged.text if await self._is_clean(released + judged.text) else ""
