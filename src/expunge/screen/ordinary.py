"""The reach of a new name: ordinary questions in which the screen sees it, and names that no person alone has."""

from __future__ import annotations

from functools import cache

from expunge.screen.index import Segment, View
from expunge.screen.matches import TokenizedText
from expunge.screen.semantic.negatives import general_samples
from expunge.text.fold import fold
from expunge.text.frequency import zipf
from expunge.types import Snapshot, Strength, Target, TargetKind

_EVERYDAY = 5.5
"""Zipf frequency from which a word is no name to go by: three times in ten thousand words, as "water" and "will"."""


@cache
def ordinary_questions() -> tuple[str, ...]:
    """Questions from all fields of school, work and life, in several languages."""
    samples = general_samples()
    questions: dict[int, str] = {}
    for number, text in zip(samples.questions.tolist(), samples.texts, strict=True):
        questions.setdefault(number, text)
    return tuple(questions.values())


def touched(target: Target) -> int:
    """Return how many ordinary questions name an entity, as the screen sees it; 0 for a topic, which is no name."""
    if target.kind is TargetKind.TOPIC:
        return 0
    alone = View(Snapshot(1, {target.id: target}, 1), (Segment([target], whole=True),))
    return sum(
        any(sighting.strength > Strength.HINT for _, sighting in alone.find(TokenizedText(question), asked=True))
        for question in ordinary_questions()
    )


def too_common(target: Target) -> str:
    """The first name of an entity that is one letter or an everyday word; empty if none is."""
    if target.kind is TargetKind.TOPIC:
        return ""
    for name in target.names:
        words = fold(name).split()
        if len(words) == 1 and (len(words[0]) == 1 or zipf(words[0]) >= _EVERYDAY):
            return name
    return ""
