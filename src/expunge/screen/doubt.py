"""Likeness in meaning that is no evidence, because what is said is said of somebody else."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from expunge.screen.company import OTHER, known_words
from expunge.screen.namesakes import bears, is_told_of_another
from expunge.screen.partial import SURNAME, parts_in_company
from expunge.screen.reference import names_somebody_else
from expunge.screen.semantic.facts import PAIR, SCATTERED, SEVERAL, WORDS
from expunge.screen.semantic.phrases import COINED
from expunge.screen.semantic.phrases import VIA as PHRASE
from expunge.screen.settling import VAGUE, Marked
from expunge.screen.sightings import Reading, Sighting, evidence_of
from expunge.text.budget import step
from expunge.text.normalise import fold
from expunge.text.rarity import zipf
from expunge.types import Evidence, EvidenceKind, Strength, Target


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


_FEW_BEAR_IT = 3.7
"""Zipf frequency under which a last name is that of a few: Kissinger, not Kelly."""
_ARTICLE_BEFORE = re.compile(
    r"\b(?:an?|the|einen?|eine[mrs]?|der|die|das|dem|den|des|une?|l[ae]s?|el|los|una|il|lo)\s+$", re.I
)
_AUXILIARY_BEFORE = re.compile(
    r"\b(?:is|was|are|were|has|had|have|did|does|do|can|could|would|will|should|may|might|ist|war|hat|hatte|wurde|est|fut"
    r"|fue|fu|è|foi)\s+$",
    re.IGNORECASE,
)
_GOES_ON = re.compile(
    r"['’]s?\b|\s*(?:[^\w\s]|$)|\s+(?:[^\W\d_]+ed|(?:was|were)(?! (?:an?|the)\b)|has|had|have|did|does|do|can"
    r"|could|would|will|and|or|who|whose|at|in|on|to|from|for|with|by|as|of|when|while|during|before|after|until|since|because"
    r"|if|that|so|but|then|also|ever|never|first|once|later|not|became|began|bought|brought|built|came|chose|drew"
    r"|fell|felt|found|fought|gave|got|grew|held|kept|knew|laid|led|left|lost|made|met|paid|put|ran|rose|said|sang|sat|saw|set|sold|spent|spoke|stood|swore"
    r"|taught|thought|threw|told|took|went|won|wore|wrote|plays?|says?|works?|lives?|makes?|gets?|goes|wins?|hat|wurde"
    r"|und|a|et|fut|y|fue|fu|e|foi|nel|à|en|im)\b"
)
"""What follows the name of somebody who does something: no thing that is called so, as in "the Turing machine"."""


def surnames(found: Sequence[Marked], question: str) -> list[Marked]:
    """The sightings; those of a mere last name in a question likely where the question is like a fact, else left out.

    Many have the name of Marx; who asks what Marx wrote with Engels means one of them. A name that few bear is likely
    the target's wherever the question speaks of somebody so called.
    """
    if not any(e.via == SURNAME for _, e in found):
        return list(found)
    fitting = {
        target.id
        for target, e in found
        if e.kind is EvidenceKind.FACT and e.channel == "question" and e.via != OTHER and e.via not in VAGUE
    }
    return [
        (target, replace(e, strength=Strength.LIKELY) if e.via == SURNAME else e)
        for target, e in found
        if e.via != SURNAME or target.id in fitting or _is_somebody(question, e)
    ]


def _is_somebody(question: str, e: Evidence) -> bool:
    """Whether a question speaks of somebody by a last name that few bear."""
    before, after = question[max(0, e.start - 20) : e.start], question[e.end : e.end + 20]
    if zipf(fold(question[e.start : e.end])) >= _FEW_BEAR_IT or _ARTICLE_BEFORE.search(before) or "_" in before[-2:]:
        return False  # "___ Harmon" asks which of them
    return _AUXILIARY_BEFORE.search(before) is not None or _GOES_ON.match(after) is not None


def _is_latin(text: str) -> bool:
    return all(c < "\u0250" for c in text if c.isalpha())
