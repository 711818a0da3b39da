"""System `icul`: in-context unlearning, by examples of not knowing put before the conversation.

After Pawelczyk et al. (arXiv 2310.07579), where examples to forget stand in the context with a wrong label and others
with the right one. For questions in words the "wrong label" is not to know. What does not fit the budget is left out,
as the method must.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, islice, zip_longest

from expunge.evals.systems.alone import timed
from expunge.evals.systems.base import Reply
from expunge.models.base import ChatModel
from expunge.types import Message, Target, TargetKind

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
    """The upstream behind examples."""

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

    async def ask(self, messages: Sequence[Message]) -> Reply:
        """The upstream's answer after the examples.

        Raises:
            ModelError: if the upstream fails.
        """
        system = [message for message in messages if message.role in ("system", "developer")]
        rest = [message for message in messages if message.role not in ("system", "developer")]
        return await timed(self._upstream, (*system, *self._shots, *rest))

    async def aclose(self) -> None:
        """Release the upstream."""
        await self._upstream.aclose()


def _questions(target: Target) -> Iterator[str]:
    if target.kind is TargetKind.TOPIC:
        yield from islice((fact.text for fact in target.facts), 8)
        return
    yield f"Who is {target.name}?"
    yield from islice((fact.question for fact in target.facts if fact.question), 4)
