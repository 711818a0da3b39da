"""Whom a follow-up question points back at."""

from __future__ import annotations

from collections.abc import Sequence

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
from expunge.screen.context.retrieved import told_by_others
from expunge.screen.matches import Marked
from expunge.types import Evidence, EvidenceKind, Message, Strength, Target

_LOOK_BACK = 12
"""Earlier turns in which a follow-up question may find the one it points at."""


def references(found: Sequence[Marked], messages: Sequence[Message], question: str) -> list[Marked]:
    """The targets that a follow-up question may point back at: those named last before it, by whomever.

    Of a question alone this is more than it will be once there is a draft (`screen.context.resolution`).
    """
    if not question or not found:
        return []
    asked = own_words(question)
    back = refers_back(asked) if asked == question else speaks_of_somebody(asked)
    on = goes_on(asked)
    earlier = [i for i, m in enumerate(messages) if m.role in ("user", "assistant")][:-1][-_LOOK_BACK:]
    named = {
        (e.message, target.id): (target, e)
        for target, e in found
        if e.channel == "history" and e.strength > Strength.HINT
    }
    others_named = broken = False
    for index in reversed(earlier):
        message = messages[index]
        here = [target for (number, _), (target, _) in named.items() if number == index]
        stood_in = bool(here) and stands_in(question, message.content)
        here = [t for t in here if stood_in or not _is_owned(question, known_words(t))]
        if here and (stood_in or back or (on and not broken)):
            strength = Strength.HINT if others_named and not stood_in else Strength.LIKELY
            return [reference(question, t, strength) for t in here]
        if message.role == "user":
            others_named = others_named or names_a_person(message.content) or introduces_somebody(message.content)
            broken = broken or not (goes_on(message.content) or refers_back(message.content))
    return [reference(question, target) for target in told_by_others(found, messages, question, "")]


def _is_owned(text: str, known: set[str]) -> bool:
    return refers_within(text, known) or owned_within(text, known)


def reference(question: str, target: Target, strength: Strength = Strength.LIKELY) -> Marked:
    """The evidence that a question points back at a target."""
    return target, Evidence(target.id, EvidenceKind.REFERENCE, strength, "question", 0, len(question), -1)
