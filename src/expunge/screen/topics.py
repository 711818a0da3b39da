"""Topics: questions about a field of knowledge, by their closeness to example questions.

A text is on a topic if it is closer to the topic's examples than to general questions. The general
questions ship with the package; the measure is the mean of the closest three, and the margin between both.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files

import numpy as np

from expunge.screen.sightings import Sighting
from expunge.screen.vectors import FactVectors, Vectors, texts_of
from expunge.text.segment import Span
from expunge.types import EvidenceKind, Strength, Target, TargetKind

LIKELY_MARGIN = 0.0
"""How much closer to the topic than to general questions a text must be."""
HINT_MARGIN = -0.02
_NEIGHBOURS = 3


def general_questions() -> tuple[str, ...]:
    """The questions of general knowledge that a topic is told from."""
    text = files("expunge.screen").joinpath("general_questions.txt").read_text(encoding="utf-8")
    return tuple(line for line in text.splitlines() if line)


class Topics:
    """The topics of one segment: `rows[i]` holds the vectors of topic `owners[i]`, `general` the general questions'."""

    def __init__(self, owners: Sequence[int], rows: Sequence[Vectors], general: Vectors) -> None:
        self._owners = owners
        self._rows = rows
        self._general = general

    def find(self, pieces: Sequence[Span], vectors: Vectors) -> list[Sighting]:
        """Texts (with their vectors, in order) that are on a topic."""
        found = []
        for piece, vector in zip(pieces, vectors, strict=True):
            general = _closeness(self._general, vector)
            for owner, rows in zip(self._owners, self._rows, strict=True):
                margin = _closeness(rows, vector) - general
                if margin > HINT_MARGIN:
                    strength = Strength.LIKELY if margin > LIKELY_MARGIN else Strength.HINT
                    score = round(float(min(1.0, max(0.0, 0.5 + margin))), 3)
                    found.append(Sighting(owner, EvidenceKind.TOPIC, strength, piece.start, piece.end, "", score))
        return found


def _closeness(rows: Vectors, vector: Vectors) -> float:
    scores = np.sort(rows @ vector)[-_NEIGHBOURS:]
    return float(scores.mean())


async def topics_of(targets: Sequence[Target], vectors: FactVectors) -> Topics | None:
    """The topics among `targets`, or None if there are none with anything to compare."""
    owners = [i for i, t in enumerate(targets) if t.kind is TargetKind.TOPIC and texts_of(t)]
    if not owners:
        return None
    rows = [await vectors.of([targets[i]]) for i in owners]
    return Topics(owners, rows, await vectors.texts(general_questions()))
