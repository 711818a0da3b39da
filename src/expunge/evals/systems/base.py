"""SEAM: whatever answers in an evaluation, from a model alone to expunge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from expunge.types import Message, Target


@dataclass(frozen=True, slots=True)
class Reply:
    """A system's answer to one conversation.

    `draft` is what the model alone said to the very same messages, where the system knows it. `decision` is passed,
    rewritten or refused where the system says so. `calls`, `prompt_chars` and `prompt_tokens` count all calls to chat
    models; `prompt_tokens` is 0 where a model does not count. `completion_tokens` is the usage that a caller sees.
    `seconds` is wall time, `own_ms` that of everything but the model's own answer. `evidence` says what was seen, as
    "kind strength channel", without text. `revision` is the registry's, where there is one.
    """

    text: str
    draft: str | None = None
    decision: str = ""
    calls: int = 1
    prompt_chars: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0
    own_ms: float = 0.0
    evidence: tuple[str, ...] = ()
    revision: int | None = None


class System(Protocol):
    """Answers conversations while it forgets the targets in force."""

    @property
    def name(self) -> str:
        """What reports call the system."""
        ...

    async def forget(self, targets: Sequence[Target]) -> None:
        """Make exactly these targets those in force."""
        ...

    async def ask(self, messages: Sequence[Message]) -> Reply:
        """Answer a conversation that ends with a user's message.

        Raises:
            ModelError: if the upstream fails.
        """
        ...

    async def aclose(self) -> None:
        """Release all that the system holds, its upstream too."""
        ...
