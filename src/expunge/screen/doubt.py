"""Likeness in meaning that is no evidence, because what is said is said of somebody else."""

from __future__ import annotations

from dataclasses import replace

from expunge.screen.company import OTHER, known_words
from expunge.screen.facts import SEVERAL, WORDS
from expunge.screen.namesakes import bears, is_told_of_another
from expunge.screen.phrases import COINED
from expunge.screen.phrases import VIA as PHRASE
from expunge.screen.reference import names_somebody_else
from expunge.screen.sightings import Sighting
from expunge.types import EvidenceKind, Strength, Target


def in_doubt(target: Target, sighting: Sighting, text: str, question: str = "") -> Sighting:
    """A likeness in meaning, made a hint where the sentence, or the question before it, is about somebody else.

    People of the same trade have much the same said of them.
    """
    if sighting.kind is not EvidenceKind.FACT or sighting.via in (WORDS, PHRASE, COINED, SEVERAL):
        return sighting
    piece = text[sighting.start : sighting.end]
    if _is_latin(question) and _is_latin(piece):
        other = is_told_of_another(target, piece) or (not bears(target, piece) and is_told_of_another(target, question))
    else:
        # Names in other scripts are known by how they sound; the question counts where it was weighed, too.
        said = f"{question}\n{piece}" if sighting.via else piece
        other = names_somebody_else(said, known_words(target))
    return replace(sighting, strength=Strength.HINT, via=OTHER) if other else sighting


def _is_latin(text: str) -> bool:
    return all(c < "\u0250" for c in text if c.isalpha())
