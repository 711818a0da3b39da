"""System `keyword`: a filter for the exact names, as guardrail products ship it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

import ahocorasick_rs

from expunge.evals.systems.alone import timed
from expunge.evals.systems.base import Reply
from expunge.models.base import ChatModel
from expunge.types import Message, Target

BLOCKED = "I can't help with that."


class KeywordFilter:
    """The upstream behind a search for the names, upper or lower case, in the last question and the answer."""

    name = "keyword"

    def __init__(self, upstream: ChatModel) -> None:
        self._upstream = upstream
        self._names = ahocorasick_rs.AhoCorasick([])

    async def forget(self, targets: Sequence[Target]) -> None:
        """Look for exactly these targets' names and aliases."""
        self._names = ahocorasick_rs.AhoCorasick([name.casefold() for target in targets for name in target.names])

    async def ask(self, messages: Sequence[Message]) -> Reply:
        """The upstream's answer, or the fixed text where a name is in the question or in it.

        Raises:
            ModelError: if the upstream fails.
        """
        reply = await timed(self._upstream, messages)
        began = time.perf_counter()
        question = next((m.content for m in reversed(messages) if m.role == "user"), "")
        blocked = any(self._names.find_matches_as_indexes(text.casefold()) for text in (question, reply.text))
        spent = time.perf_counter() - began
        return replace(
            reply,
            text=BLOCKED if blocked else reply.text,
            draft=reply.text,
            decision="refused" if blocked else "passed",
            completion_tokens=len(BLOCKED.split()) if blocked else reply.completion_tokens,
            seconds=reply.seconds + spent,
            own_ms=spent * 1000,
        )

    async def aclose(self) -> None:
        """Release the upstream."""
        await self._upstream.aclose()
