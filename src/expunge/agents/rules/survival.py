"""The share of a draft that lives on in a rewriting: of what tells of the targets, and of everything else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from expunge.agents.case import Case
from expunge.agents.rules.content import content_words, fact_words
from expunge.agents.rules.entities import NAME_KINDS
from expunge.agents.rules.erase import Level, erased
from expunge.agents.rules.evidence import counted
from expunge.agents.rules.language import Language, language_of
from expunge.agents.rules.names import named
from expunge.types import EvidenceKind, Strength

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
    """A draft erased once, against which any number of rewritings can be measured.

    `theirs` are the content words that the gentlest erasing takes out and `rest` those it leaves.
    """

    case: Case
    language: Language
    theirs: frozenset[str]
    rest: frozenset[str]
    drafted: frozenset[str]
    asked: frozenset[str]
    facts: Sequence[frozenset[str]]

    @classmethod
    def of(cls, case: Case) -> Measure:
        """Erases the draft of `case`."""
        ids = targets_at_stake(case)
        language = language_of(case.draft.text, case.question)
        asked = content_words(case.question, language)
        drafted = content_words(case.draft.text, language)
        rest = content_words(erased(case, ids, Level.CLAUSES) or "", language)
        facts = fact_words([t for t in case.shortlist if t.id in ids], case.question)
        return cls(case, language, drafted - rest - asked, rest, drafted, asked, facts)

    def survival(self, text: str) -> Survival:
        """Return what lives on in `text`."""
        said = content_words(text, self.language)
        ids = targets_at_stake(self.case)
        targets = [t for t in self.case.shortlist if t.id in ids]
        seen = any(named(text, t, self.language) for t in targets) or _holds_seen(self.case, text)
        new = said - self.drafted - self.asked
        return Survival(
            named=seen,
            leaked=len(said & self.theirs) / len(self.theirs) if self.theirs else 0.0,
            # A fact counts only where the draft did not tell it of somebody else as well.
            fact=any(f <= said and bool(f - self.rest) and len(f) > 1 for f in self.facts),
            kept=len(said & self.rest) / len(self.rest) if self.rest else 0.0,
            flawed=_FLAWS.search(text) is not None,
            added=len(new) / len(said) if said else 0.0,
        )


def _holds_seen(case: Case, text: str) -> bool:
    """Whether a spelling of a target that the screen saw in the draft stands in `text` as it was.

    Parts of names are left out: the target shares them with others, its relatives say.
    """
    seen = {
        case.draft.text[e.start : e.end].casefold()
        for e in counted(case)
        if e.channel == "draft" and e.kind in NAME_KINDS - {EvidenceKind.PARTIAL_NAME} and e.strength > Strength.HINT
    }
    return any(s.strip() and re.search(rf"(?<!\w){re.escape(s)}(?!\w)", text.casefold()) for s in seen)
