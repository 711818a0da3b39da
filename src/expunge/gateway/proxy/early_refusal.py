"""Ends a streamed draft about a target as soon as the answer that leaves in its place is there.

A model tells more of somebody it knows than of a stranger. A refusal that waited for the end of such a draft would take
longer than an answer about a stranger, and so tell who is registered. Once the counterfactual answer is there, what the
draft has said so far is decided as if it were all: if it is refused, and the answer repeats nothing of it, the rest
is not waited for. Any other decision is made on the whole draft, as without this.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from expunge.counterfactual.refusal import CounterfactualRefusal
from expunge.gateway.proxy.moderator import Moderator, length_of
from expunge.gateway.proxy.request import ProxyRequest
from expunge.gateway.sse import Event
from expunge.pipeline import Outcome
from expunge.text.segment import sentences
from expunge.types import Decision, Draft

_PATHS = ("chat/completions", "completions")
"""Routes whose streams may be ended: their usage, which comes last, need not be told."""
_LOOKS = 4
"""How often a draft is decided before its end, each time on twice the text."""


class EarlyRefusal:
    """Looks at the streamed draft of one request. It asks the model nothing.

    Only the visible text of a single choice is looked at. A stream that holds anything else is not ended, nor one
    whose client wants usage: the count of the request's own tokens comes with the end of the draft.
    """

    def __init__(self, moderator: Moderator, request: ProxyRequest, refusal: CounterfactualRefusal) -> None:
        self._moderator = moderator
        self._request = request
        self._refusal = refusal
        options = request.body.get("stream_options")
        self._looks = _LOOKS if request.api.path in _PATHS and request.body.get("n") in (None, 1) else 0
        if isinstance(options, dict) and options.get("include_usage"):
            self._looks = 0
        self._text = ""
        self._heard = 0
        self._next_look = 0

    async def outcome(self, events: Sequence[Event]) -> Outcome | None:
        """Return the refusal that may leave now, None while there is none; `events` are all that came so far."""
        ready = self._refusal.at_hand if self._looks else ()
        if len(ready) != 1:
            return None
        for event in events[self._heard :]:
            said = self._request.api.visible(self._request.body, event)
            if said is None:
                self._looks = 0
                return None
            self._text += said
        self._heard = len(events)
        # A draft of which less is known than will be told in its place may still say the same.
        if len(self._text) < max(self._next_look, length_of(ready[0]), 1):
            return None
        told = sentences(self._text)
        if len(told) < 2:  # the last one may go on
            self._next_look = len(self._text) * 5 // 4
            return None
        self._looks -= 1
        self._next_look = 2 * len(self._text)
        return await self._decided(Draft(self._text[: told[-2].end]))

    async def _decided(self, draft: Draft) -> Outcome | None:
        request = self._request
        decide = self._moderator.outcomes
        (outcome,) = await decide(request.parts, request.snapshot, request.messages, (draft,), spoken=request.spoken)
        if outcome.decision is not Decision.REFUSED or outcome.trace.failure:
            return None
        refused = await request.parts.pipeline.reworded(outcome, draft, self._refusal, asked_ahead=True)
        return refused if refused.counterfactual is not None else None


def first_chunk(events: Sequence[Event]) -> dict[str, Any]:
    """Return the first chunk of a stream of chunks, {} if there is none yet."""
    data = next((event.data for event in events if event.data.startswith("{")), "{}")
    chunk: dict[str, Any] = json.loads(data)
    return chunk
