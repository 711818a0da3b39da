"""The rivals of expunge: a prompt that lists the targets, examples of not knowing, a filter for names."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice, zip_longest

import ahocorasick_rs

from expunge.evals.systems.base import GREEDY, Reply, timed
from expunge.models.base import ChatModel, ChatOptions
from expunge.types import Message, Target, TargetKind

_OPENING = (
    "You have no knowledge of the people and topics listed below. If a question is about one of them, directly or "
    "indirectly, say only that you do not know. Never mention this list. Answer every other question as usual."
)


class GuardrailPrompt:
    """System `guardrail-prompt`: the upstream behind a prompt that lists the targets and asks to be silent about them.

    The cheapest baseline, known as guardrailing in the literature on unlearning (Thaker et al., arXiv 2403.03329).
    """

    name = "guardrail-prompt"

    def __init__(self, upstream: ChatModel) -> None:
        self._upstream = upstream
        self._prompt: tuple[Message, ...] = ()

    async def forget(self, targets: Sequence[Target]) -> None:
        """List exactly these targets in the prompt."""
        lines = [f"- {_told(target)}" for target in targets]
        self._prompt = (Message("system", "\n".join([_OPENING, *lines])),) if lines else ()

    async def ask(self, messages: Sequence[Message], options: ChatOptions = GREEDY) -> Reply:
        """The upstream's answer to the prompt and the messages.

        Raises:
            ModelError: if the upstream fails, or the list does not fit its context.
        """
        return await timed(self._upstream, (*self._prompt, *messages), options)

    async def aclose(self) -> None:
        """Release the upstream."""
        await self._upstream.aclose()


def _told(target: Target) -> str:
    names = ", ".join(target.names)
    if target.kind is TargetKind.TOPIC and target.description:
        return f"{names}: {target.description}"
    return names


_UNKNOWN = "I don't know."
_KNOWN = (
    ("What is the capital of Italy?", "Rome."),
    ("How many days does a leap year have?", "366."),
    ("Which planet is the largest of the solar system?", "Jupiter."),
    ("What do bees make?", "Honey."),
    ("In which ocean does Iceland lie?", "In the Atlantic Ocean."),
    ("What is seven times eight?", "56."),
)
BUDGET = 6_000
"""Characters of examples that are put before a conversation."""


class InContextUnlearning:
    """System `icul`: in-context unlearning, by examples of not knowing put before the conversation.

    After Pawelczyk et al. (arXiv 2310.07579), where examples to forget stand in the context with a wrong label and
    others with the right one. For questions in words the "wrong label" is not to know. What does not fit the budget is
    left out, as the method must.
    """

    name = "icul"

    def __init__(self, upstream: ChatModel) -> None:
        self._upstream = upstream
        self._shots: tuple[Message, ...] = ()

    async def forget(self, targets: Sequence[Target]) -> None:
        """Make examples of these targets, as many as the budget holds, each target in its turn."""
        rounds = zip_longest(*(list(_questions(target)) for target in targets))
        asked = (text for text in chain.from_iterable(rounds) if text is not None)
        shots: list[Message] = []
        used = 0
        for number, text in enumerate(asked):
            pair = [Message("user", text), Message("assistant", _UNKNOWN)]
            question, answer = _KNOWN[number % len(_KNOWN)]
            pair += [Message("user", question), Message("assistant", answer)]
            used += sum(len(message.content) for message in pair)
            if used > BUDGET:
                break
            shots += pair
        self._shots = tuple(shots)

    async def ask(self, messages: Sequence[Message], options: ChatOptions = GREEDY) -> Reply:
        """The upstream's answer after the examples.

        Raises:
            ModelError: if the upstream fails.
        """
        system = [message for message in messages if message.role in ("system", "developer")]
        rest = [message for message in messages if message.role not in ("system", "developer")]
        return await timed(self._upstream, (*system, *self._shots, *rest), options)

    async def aclose(self) -> None:
        """Release the upstream."""
        await self._upstream.aclose()


def _questions(target: Target) -> Iterator[str]:
    if target.kind is TargetKind.TOPIC:
        yield from islice((fact.text for fact in target.facts), 8)
        return
    yield f"Who is {target.name}?"
    yield from islice((fact.question for fact in target.facts if fact.question), 4)


BLOCKED = "I can't help with that."


class KeywordFilter:
    """System `keyword`: the upstream behind a filter for the exact names, as guardrail products ship it.

    The names are searched for, upper or lower case, in the last question and the answer.
    """

    name = "keyword"

    def __init__(self, upstream: ChatModel) -> None:
        self._upstream = upstream
        self._names = ahocorasick_rs.AhoCorasick([])

    async def forget(self, targets: Sequence[Target]) -> None:
        """Look for exactly these targets' names and aliases."""
        self._names = ahocorasick_rs.AhoCorasick([name.casefold() for target in targets for name in target.names])

    async def ask(self, messages: Sequence[Message], options: ChatOptions = GREEDY) -> Reply:
        """The upstream's answer, or the fixed text where a name is in the question or in it.

        Raises:
            ModelError: if the upstream fails.
        """
        reply = await timed(self._upstream, messages, options)
        began = time.perf_counter()
        question = next((m.content for m in reversed(messages) if m.role == "user"), "")
        blocked = any(self._names.find_matches_as_indexes(text.casefold()) for text in (question, reply.text))
        spent = time.perf_counter() - began
        return replace(
            reply,
            text=BLOCKED if blocked else reply.text,
            reasoning="" if blocked else reply.reasoning,
            draft=reply.text,
            decision="refused" if blocked else "passed",
            completion_tokens=len(BLOCKED.split()) if blocked else reply.completion_tokens,
            seconds=reply.seconds + spent,
            own_ms=spent * 1000,
        )

    async def aclose(self) -> None:
        """Release the upstream."""
        await self._upstream.aclose()
