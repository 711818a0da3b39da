"""How much of a draft lives on in a rewriting: of what tells of the targets, and of everything else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from expunge.agents.case import Case
from expunge.agents.rules.attribution import read_draft
from expunge.agents.rules.cast import NAME_KINDS, spelled
from expunge.agents.rules.content import content_words, fact_words
from expunge.agents.rules.language import Language
from expunge.agents.rules.reading import Reading
from expunge.types import Strength

_FLAWS = re.compile(
    r",\s*[.;:!?]|,\s*,|\(\s*\)|\[\s*\]\s*\.|\s[,;]|(?:\b(?:and|or|with|of|the|und|et|y|e)\s*[.!?])(?:\s|$)"
)


@dataclass(frozen=True, slots=True)
class Survival:
    """`named`: a target's name is there. `leaked`: share (0..1) of the words told only of targets that are
    there; `fact` whether they make up a known fact. `kept`: share of the other words. `flawed`: it reads as
    cut. `added`: share of its content words that the draft and the question do not hold."""

    named: bool
    leaked: float
    fact: bool
    kept: float
    flawed: bool
    added: float


def targets_at_stake(case: Case) -> tuple[str, ...]:
    """The targets with more than hints against them, or all of the shortlist if there are none."""
    sure = {e.target_id for e in case.evidence if e.strength > Strength.HINT}
    return tuple(t.id for t in case.shortlist if t.id in sure) or tuple(t.id for t in case.shortlist)


@dataclass(frozen=True, slots=True)
class Measure:
    """A draft read once, against which any number of rewritings can be measured."""

    case: Case
    reading: Reading
    theirs: frozenset[str]
    rest: frozenset[str]
    asked: frozenset[str]
    facts: Sequence[frozenset[str]]

    @classmethod
    def of(cls, case: Case) -> Measure:
        """Reads the draft of `case`."""
        ids = targets_at_stake(case)
        reading = read_draft(case, ids)
        asked = content_words(case.question, reading.language)
        told, rest = _told(reading, asked)
        return cls(
            case, reading, told, rest, asked, fact_words([t for t in case.shortlist if t.id in ids], case.question)
        )

    def survival(self, text: str) -> Survival:
        """What lives on in `text`."""
        language: Language = self.reading.language
        said = content_words(text, language)
        drafted = content_words(self.case.draft.text, language)
        leaked = len(said & self.theirs) / len(self.theirs) if self.theirs else 0.0
        # A fact counts only where the draft did not tell it of somebody else as well.
        told = any(f <= said and bool(f - self.rest) and len(f) > 1 for f in self.facts)
        new = said - drafted - self.asked
        kept = len(said & self.rest) / len(self.rest) if self.rest else 0.0
        return Survival(
            named=any(spelled(text, t) for t in self.case.shortlist if t.id in targets_at_stake(self.case))
            or _holds_seen(self.case, text),
            leaked=leaked,
            fact=told,
            kept=kept,
            flawed=_FLAWS.search(text) is not None,
            added=len(new) / len(said) if said else 0.0,
        )


def _told(reading: Reading, asked: frozenset[str]) -> tuple[frozenset[str], frozenset[str]]:
    """The content words told only of targets, and those of everything else."""
    theirs, rest = set(reading.target_words), set(reading.other_words)
    named: Iterable[str] = (t[:6] for e in reading.cast.entities if e.target for t in e.tokens)
    theirs |= set(named)
    return frozenset(theirs - rest - asked), frozenset(
        rest - {t[:6] for e in reading.cast.entities if e.target for t in e.tokens}
    )


def _holds_seen(case: Case, text: str) -> bool:
    """Whether any spelling of a target that the screen saw in the draft stands in `text` as it was."""
    seen = {
        case.draft.text[e.start : e.end].casefold()
        for e in case.evidence
        if e.channel == "draft" and e.kind in NAME_KINDS and e.strength > Strength.HINT
    }
    return any(s.strip() and re.search(rf"(?<!\w){re.escape(s)}(?!\w)", text.casefold()) for s in seen)
