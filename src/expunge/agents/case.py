"""What the agents after Vanilla are given, and the shape of what they give back."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from expunge.types import Draft, Evidence, Message, Target, TargetKind

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Case:
    """One request under audit.

    `shortlist` holds only the targets that the evidence names, never the whole registry. For text that
    nobody asked for (`scrub`), `messages` is empty.
    """

    messages: tuple[Message, ...]
    draft: Draft
    shortlist: tuple[Target, ...]
    evidence: tuple[Evidence, ...]

    @property
    def question(self) -> str:
        """The text of the last user message, empty if there is none."""
        return next((m.content for m in reversed(self.messages) if m.role == "user"), "")

    def asks_on_topic(self, target_ids: Collection[str]) -> bool:
        """Whether the question is on a topic of these ids: then any answer tells, be it one letter."""
        topics = {t.id for t in self.shortlist if t.kind is TargetKind.TOPIC and t.id in target_ids}
        return any(e.target_id in topics and e.channel == "question" for e in self.evidence)

    def evidence_of(self, target_id: str) -> tuple[Evidence, ...]:
        """The evidence of one target, in the order in which it was found."""
        return tuple(e for e in self.evidence if e.target_id == target_id)


@dataclass(frozen=True, slots=True)
class Played(Generic[T]):
    """What an agent returned, who played it, and what it cost.

    `prompt_chars` counts characters sent to the model, `prompt_tokens` the same as the model counts it (0 where it
    does not); `prompt_digest` is the SHA-256 (hex) of the
    prompt template, empty where rules played.
    """

    value: T
    by: Literal["model", "rules"]
    calls: int = 0
    prompt_chars: int = 0
    prompt_digest: str = ""
    prompt_tokens: int = 0
