"""What the model told of a target at registration, and nobody has confirmed, makes no question the target's.

It may have been made up, and would then hold questions about others. So a question that does not name the target is the
target's only if the facts that were given say so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from expunge.screen.namesakes import bears
from expunge.screen.semantic.embeddings import NO_ROWS, as_rows, texts_of
from expunge.screen.semantic.facts import Facts
from expunge.screen.semantic.phrases import Phrases
from expunge.screen.semantic.sentences import Compared
from expunge.screen.settling import Marked
from expunge.text.segment import Span
from expunge.types import EvidenceKind, Target


async def by_given_facts(
    found: Sequence[Marked], text: str, pieces: Sequence[Span], compared: Compared | None
) -> list[Marked]:
    """The evidence in a question, without what only unconfirmed facts of a target tell that it does not name.

    Raises:
        ModelError: if the embedding model fails.
        OverBudget: if there are too many facts to compare.
    """
    fits: dict[str, bool] = {}
    kept = []
    for target, evidence in found:
        if evidence.kind is EvidenceKind.FACT and target.unconfirmed and not bears(target, text):
            if target.id not in fits:
                fits[target.id] = await _fits(target, text, pieces, compared)
            if not fits[target.id]:
                continue
        kept.append((target, evidence))
    return kept


async def _fits(target: Target, text: str, pieces: Sequence[Span], compared: Compared | None) -> bool:
    """Whether a question is like what is known of a target without unconfirmed facts."""
    given = replace(target, facts=tuple(fact for fact in target.facts if not fact.elicited))
    known = texts_of(given)
    if not known:
        return False
    rows = NO_ROWS if compared is None else as_rows(await compared.vectors(known))
    facts = Facts([given], rows)
    if facts.by_words(text, pieces) or facts.by_several(text) or any(Phrases([given]).find(text)):
        return True
    if compared is None or not pieces:
        return False
    vectors = await compared.vectors([piece.of(text).strip() for piece in pieces])
    return bool(facts.by_meaning(text, pieces, vectors, question=True))
