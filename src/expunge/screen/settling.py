"""From sightings to evidence: somebody else's name weighed, each sighting once, hints that confirm each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from expunge.screen.company import OTHER
from expunge.screen.namesakes import has_another_life, is_of_another_time, is_somebody_else
from expunge.screen.partial import belongs_to_another
from expunge.screen.semantic.facts import SCATTERED, SEVERAL
from expunge.screen.semantic.phrases import COINED, credited_to_another
from expunge.screen.semantic.phrases import VIA as PHRASE
from expunge.screen.sightings import Reading
from expunge.text.budget import step
from expunge.types import DRAFT_CHANNELS, Evidence, EvidenceKind, Strength, Target

_IN_COMPANY = 0.92
"""Likeness to a fact from which a draft tells it, where the conversation is about its target already."""

VAGUE = (COINED, SEVERAL, SCATTERED)
"""Hints of a fact that say whom a text may mean and no more: what an answer repeats of them tells nothing."""

Marked = tuple[Target, Evidence]
"""A piece of evidence with the target that it is of."""


def told_apart(found: list[Marked], question: str, draft: str) -> list[Marked]:
    """The sightings, those of somebody else's name turned into one kind of hint."""
    by_target: dict[str, list[Marked]] = {}
    for target, evidence in found:
        by_target.setdefault(target.id, []).append((target, evidence))
    kept: list[Marked] = []
    readings: tuple[Reading, Reading] | None = None
    for marked in by_target.values():
        step()
        target = marked[0][0]
        here = [e for _, e in marked if e.channel in ("question", *DRAFT_CHANNELS)]
        if here and all(e.kind is EvidenceKind.PARTIAL_NAME and e.channel == "question" for e in here):
            readings = readings or (Reading(question), Reading(draft))
            if belongs_to_another(target, *readings):
                marked = [(t, e) for t, e in marked if e.channel not in ("question", *DRAFT_CHANNELS)]
        elif here and has_another_life(target, here, draft):
            kept += [(t, e) for t, e in marked if e.kind is EvidenceKind.FACT]
            marked = [(t, replace(e, strength=Strength.HINT)) for t, e in marked if e.kind is EvidenceKind.NAME]
        elif here and is_somebody_else(target, here, question, draft):
            marked = [(t, replace(e, strength=Strength.HINT)) for t, e in marked if e.kind is EvidenceKind.NAME]
        elif here and is_of_another_time(target, here, draft):
            # Likely is enough for rules; a model that looks at the name in its place may find a namesake.
            marked = [(t, _less_sure(e) if e.channel == "draft" else e) for t, e in marked]
        phrases = [e for e in here if e.via == PHRASE]
        if phrases and credited_to_another(target, draft, shared=all(e.score < 1.0 for e in phrases)):
            marked = [(t, replace(e, strength=Strength.HINT, via=OTHER) if e.via == PHRASE else e) for t, e in marked]
        kept += marked
    return kept


def _less_sure(e: Evidence) -> Evidence:
    return replace(e, strength=min(e.strength, Strength.LIKELY))


def settled(found: Sequence[Marked], about: Mapping[str, Target] = MappingProxyType({})) -> tuple[Evidence, ...]:
    """Each sighting once; hints of a fact in question and draft, or of whom the conversation is about, made likely."""
    best: dict[tuple[object, ...], Evidence] = {}
    for _, evidence in found:
        key = (evidence.target_id, evidence.kind, evidence.channel, evidence.message, evidence.start, evidence.end)
        if key not in best or (evidence.strength, evidence.score) > (best[key].strength, best[key].score):
            best[key] = evidence
    facts = [e for e in best.values() if e.kind is EvidenceKind.FACT and e.via not in VAGUE]
    facts_asked = {e.target_id for e in facts if e.channel == "question"}
    facts_told = {e.target_id for e in facts if e.channel in DRAFT_CHANNELS}
    both = facts_asked & facts_told

    def likely(e: Evidence) -> bool:
        if e.kind is not EvidenceKind.FACT or e.strength is not Strength.HINT or e.via == OTHER:
            return False
        company = e.target_id in about and e.channel in DRAFT_CHANNELS and e.score >= _IN_COMPANY
        return e.target_id in both or company

    return tuple(replace(e, strength=Strength.LIKELY) if likely(e) else e for e in best.values())
