"""System `guardrail-prompt`: a system prompt that lists the targets and asks the model to be silent about them.

The cheapest baseline, known as guardrailing in the literature on unlearning (Thaker et al., arXiv 2403.03329).
"""

from __future__ import annotations

from collections.abc import Sequence

from expunge.evals.systems.alone import timed
from expunge.evals.systems.base import Reply
from expunge.models.base import ChatModel
from expunge.types import Message, Target, TargetKind

_OPENING = (
    "You have no knowledge of the people and topics listed below. If a question is about one of them, directly or "
    "indirectly, say only that you do not know. Never mention this list. Answer every other question as usual."
)


class GuardrailPrompt:
    """The upstream behind one more system message."""

    name = "guardrail-prompt"

    def __init__(self, upstream: ChatModel) -> None:
        self._upstream = upstream
        self._prompt: tuple[Message, ...] = ()

    async def forget(self, targets: Sequence[Target]) -> None:
        """List exactly these targets in the prompt."""
        lines = [f"- {_told(target)}" for target in targets]
        self._prompt = (Message("system", "\n".join([_OPENING, *lines])),) if lines else ()

    async def ask(self, messages: Sequence[Message]) -> Reply:
        """The upstream's answer to the prompt and the messages.

        Raises:
            ModelError: if the upstream fails, or the list does not fit its context.
        """
        return await timed(self._upstream, (*self._prompt, *messages))

    async def aclose(self) -> None:
        """Release the upstream."""
        await self._upstream.aclose()


def _told(target: Target) -> str:
    names = ", ".join(target.names)
    if target.kind is TargetKind.TOPIC and target.description:
        return f"{names}: {target.description}"
    return names
