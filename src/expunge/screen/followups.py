"""Whom a follow-up question points back at."""

from __future__ import annotations

from collections.abc import Sequence

from expunge.screen.company import known_words
from expunge.screen.reference import (
    goes_on,
    names_a_person,
    of_a_document,
    refers_back,
    refers_within,
    stands_in,
)
from expunge.types import Evidence, EvidenceKind, Message, Strength, Target

_LOOK_BACK = 12
"""Earlier turns in which a follow-up question may find the one it points at."""


def references(
    found: Sequence[tuple[Target, Evidence]], messages: Sequence[Message], question: str
) -> list[tuple[Target, Evidence]]:
    """The targets that a follow-up question points back at: those named last before it."""
    if not question:
        return []
    back, on = refers_back(question), goes_on(question)
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
        here = [t for t in here if stood_in or not refers_within(question, known_words(t))]
        if here and (stood_in or back or (on and not broken)):
            strength = Strength.HINT if others_named and not stood_in else Strength.LIKELY
            return [
                (t, Evidence(t.id, EvidenceKind.REFERENCE, strength, "question", 0, len(question), -1)) for t in here
            ]
        if message.role == "user":
            others_named = others_named or names_a_person(message.content)
            broken = broken or not (goes_on(message.content) or refers_back(message.content))
    if back and of_a_document(question):
        said = {t.id: t for t, e in found if e.channel == "system" and e.strength > Strength.HINT}
        return [
            (t, Evidence(t.id, EvidenceKind.REFERENCE, Strength.LIKELY, "question", 0, len(question), -1))
            for t in said.values()
            if not refers_within(question, known_words(t))
        ]
    return []
