"""Whose sentence it is, judged from its clauses once each has an owner."""

from __future__ import annotations

import re
from collections.abc import Sequence

from expunge.agents.rules.cast import Cast, is_a_person
from expunge.agents.rules.reading import Clause, Owner

_IDENTIFIES = re.compile(
    r"\b(?:is|was|are|were|named|called|est|était|ist|war|hei(?:ß|ss)t|es|era|fue|è|é|foi|jest|był[ao]?)\s+[\"'“«*_]*$",
    re.IGNORECASE,
)


_NEAR = 60
"""Characters before a name in which it may say who somebody is."""


def identifies_target(text: str, cast: Cast, clauses: Sequence[Clause]) -> bool:
    """Whether the sentence says who somebody is, and it is a target: all that describes her is told of it."""
    subjects = [cast.entities[m.who] for c in clauses if c.role == "head" for m in c.phrase.subject]
    if not clauses or any(is_a_person(entity) for entity in subjects):
        return False
    start = clauses[0].span.start
    mentions = [m for c in clauses for m in c.phrase.mentions if cast.is_target(m.who)]
    return any(_IDENTIFIES.search(text[max(start, m.start - _NEAR) : m.start]) for m in mentions)


def is_anothers(cast: Cast, clause: Clause) -> bool:
    """Whether a clause says of somebody else what it says; what is left of a sentence without its head must."""
    phrase = clause.phrase
    named = [*phrase.subject, *([phrase.owner_name] if phrase.owner_name else [])]
    if any(is_a_person(cast.entities[m.who]) for m in named):
        return True
    return clause.owner is Owner.OTHER and phrase.pronoun is not None
