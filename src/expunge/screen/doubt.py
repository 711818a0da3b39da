"""Likeness in meaning that is no evidence, because what is said is said of somebody else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from expunge.screen.company import OTHER, known_words
from expunge.screen.namesakes import bears, is_told_of_another
from expunge.screen.partial import parts_in_company
from expunge.screen.reference import names_somebody_else
from expunge.screen.semantic.facts import PAIR, SCATTERED, SEVERAL, WORDS
from expunge.screen.semantic.phrases import COINED
from expunge.screen.semantic.phrases import VIA as PHRASE
from expunge.screen.settling import Marked
from expunge.screen.sightings import Reading, Sighting, evidence_of
from expunge.text.budget import step
from expunge.types import EvidenceKind, Strength, Target


class Asked:
    """A question, and of whom it speaks: worked out once, however many sightings are weighed after it."""

    def __init__(self, text: str = "") -> None:
        self.text = text
        self._latin: bool | None = None
        self._of_another: dict[str, bool] = {}

    @property
    def latin(self) -> bool:
        """Whether it is in Latin letters."""
        if self._latin is None:
            self._latin = _is_latin(self.text)
        return self._latin

    def of_another(self, target: Target) -> bool:
        """Whether it is about somebody else than this target."""
        if target.id not in self._of_another:
            self._of_another[target.id] = is_told_of_another(target, self.text)
        return self._of_another[target.id]


def in_doubt(target: Target, sighting: Sighting, text: str, question: Asked) -> Sighting:
    """A likeness in meaning, made a hint where the sentence, or the question before it, is about somebody else.

    People of the same trade have much the same said of them.
    """
    if sighting.kind is not EvidenceKind.FACT or sighting.via in (WORDS, PHRASE, COINED, SEVERAL, SCATTERED):
        return sighting
    piece = text[sighting.start : sighting.end]
    step()
    if question.latin and _is_latin(piece):
        other = is_told_of_another(target, piece) or (not bears(target, piece) and question.of_another(target))
    else:
        # Names in other scripts are known by how they sound; the question counts where it was weighed, too.
        said = f"{question.text}\n{piece}" if sighting.via else piece
        other = names_somebody_else(said, known_words(target))
    return replace(sighting, strength=Strength.HINT, via=OTHER) if other else sighting


def confirmed(completed: Sequence[Marked], question: Reading, number: int) -> Iterator[Marked]:
    """What question and draft tell together; a mere hint is likely where the question, message `number`, speaks a part
    of the target's name, which comes with it."""
    for target, e in completed:
        parts: list[Sighting] = []
        if e.via == PAIR and e.strength is Strength.HINT:
            parts = list(parts_in_company(target, 0, question))
        yield target, replace(e, strength=Strength.LIKELY) if parts else e
        for part in parts:
            yield target, evidence_of(target, part, "question", number)


def _is_latin(text: str) -> bool:
    return all(c < "\u0250" for c in text if c.isalpha())
