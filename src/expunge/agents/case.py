"""The input of the agents after Vanilla, and the shape of their results."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from expunge.screen.semantic.sentences import Meanings
from expunge.types import Draft, Evidence, Message, Target, TargetKind

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Case:
    """One request under audit.

    `shortlist` holds only the targets that the evidence names, never the whole registry. For text that
    nobody asked for (`scrub`), `messages` is empty. `cleared` are the ids of targets that a model looked at and
    found undisclosed. `meanings` are the vectors by which rules weigh the draft's elements, None where there are none;
    `harmless` are the texts of elements that rules weighed so and found to be no target's.
    """

    messages: tuple[Message, ...]
    draft: Draft
    shortlist: tuple[Target, ...]
    evidence: tuple[Evidence, ...]
    cleared: frozenset[str] = frozenset()
    meanings: Meanings | None = None
    harmless: frozenset[str] = frozenset()

    @property
    def question(self) -> str:
        """The text of the last user message, empty if there is none."""
        return next((m.content for m in reversed(self.messages) if m.role == "user"), "")

    def asks_on_topic(self, target_ids: Collection[str]) -> bool:
        """Whether the question is on a topic of these ids: then any answer tells, be it one letter."""
        topics = {t.id for t in self.shortlist if t.kind is TargetKind.TOPIC and t.id in target_ids}
        return any(e.target_id in topics and e.channel == "question" for e in self.evidence)

    def text_of(self, evidence: Evidence) -> str:
        """The text in which a piece of evidence lies, empty if it is not there."""
        match evidence.channel:
            case "draft":
                return self.draft.text
            case "reasoning":
                return self.draft.reasoning
            case "tool_call":
                return self.draft.tool_calls[evidence.message] if self._has(self.draft.tool_calls, evidence) else ""
            case "question":
                return self.question
            case _:
                return self.messages[evidence.message].content if self._has(self.messages, evidence) else ""

    @staticmethod
    def _has(texts: Sequence[object], evidence: Evidence) -> bool:
        return 0 <= evidence.message < len(texts)

    def evidence_of(self, target_id: str) -> tuple[Evidence, ...]:
        """The evidence of one target, in the order in which it was found."""
        return tuple(e for e in self.evidence if e.target_id == target_id)


@dataclass(frozen=True, slots=True)
class Played(Generic[T]):
    """The result of an agent, the one who played it, and the cost.

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
