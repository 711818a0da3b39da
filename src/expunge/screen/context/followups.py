"""The people to whom a follow-up question refers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from expunge.screen.context.anaphora import (
    goes_on,
    introduces_somebody,
    names_a_person,
    own_words,
    owned_within,
    refers_back,
    refers_within,
    speaks_of_somebody,
    stands_in,
)
from expunge.screen.context.focus import known_words
from expunge.screen.context.retrieved import antecedents_in_documents
from expunge.screen.matches import Marked
from expunge.types import Evidence, EvidenceKind, Message, Strength, Target

_LOOK_BACK = 12
"""Earlier turns in which a follow-up question may find the one it points at."""


def references(marked: Sequence[Marked], messages: Sequence[Message], question: str) -> list[Marked]:
    """Return matches of the targets to whom a follow-up question may refer: those named last before it, by anybody.

    For a question alone these are more than remain once there is a draft (`screen.semantic.resolution`).
    """
    if not question or not marked:
        return []
    named = _named_by_turn(marked)
    asked = own_words(question)
    back, on = refers_back(asked) if asked == question else speaks_of_somebody(asked), goes_on(asked)
    since = _Since()
    earlier = [i for i, m in enumerate(messages) if m.role in ("user", "assistant")][:-1]
    for index in reversed(earlier[-_LOOK_BACK:]):
        message = messages[index]
        targets = named.get(index, {}).values()
        if targets and stands_in(question, message.content):
            return [reference(question, target) for target in targets]
        meant = [target for target in targets if not _is_owned(question, known_words(target))]
        if meant and (back or (on and not since.broken)):
            strength = Strength.HINT if since.others_named else Strength.LIKELY
            return [reference(question, target, strength) for target in meant]
        if message.role == "user":
            since = since.preceded_by(message.content)
    return [reference(question, target) for target in antecedents_in_documents(marked, messages, question, "")]


def _named_by_turn(marked: Sequence[Marked]) -> dict[int, dict[str, Target]]:
    """The targets that each earlier turn surely names, by their ids."""
    named: dict[int, dict[str, Target]] = {}
    for target, e in marked:
        if e.channel == "history" and e.strength > Strength.HINT:
            named.setdefault(e.message, {})[target.id] = target
    return named


@dataclass(frozen=True, slots=True)
class _Since:
    """The user's turns between an earlier one and the question: whether they named others or changed the subject."""

    others_named: bool = False
    broken: bool = False

    def preceded_by(self, turn: str) -> _Since:
        """The same, with the turn before them."""
        return _Since(
            self.others_named or names_a_person(turn) or introduces_somebody(turn),
            self.broken or not (goes_on(turn) or refers_back(turn)),
        )


def _is_owned(text: str, known: set[str]) -> bool:
    return refers_within(text, known) or owned_within(text, known)


def reference(question: str, target: Target, strength: Strength = Strength.LIKELY) -> Marked:
    """The evidence that a question points back at a target."""
    return target, Evidence(target.id, EvidenceKind.REFERENCE, strength, "question", 0, len(question), -1)
