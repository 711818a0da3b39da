"""The vectors of the sentences of one draft and of what is known of some targets, for whoever weighs them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from expunge.screen.semantic.embeddings import FactEmbeddings, Vectors, as_vectors, fact_text, texts_of
from expunge.screen.semantic.sentences import Compared
from expunge.types import Target, TargetKind


@dataclass(frozen=True, slots=True, eq=False)
class Meanings:
    """Unit vectors: of `texts`, by the text, and of the facts and the description of targets, by their ids.

    `space` names the embedding model.
    """

    space: str
    texts: Mapping[str, Vectors]
    facts: Mapping[str, Vectors]
    descriptions: Mapping[str, Vectors]


async def meanings_of(model: FactEmbeddings, targets: Sequence[Target], texts: Sequence[str]) -> Meanings | None:
    """The vectors of some texts and of those targets that have facts whose vectors are there; None without such.

    Raises:
        ModelError: if the embedding model fails.
        OverBudget: if there are too many texts.
    """
    known = [target for target in targets if target.kind is not TargetKind.TOPIC and target.facts]
    rows, missing = model.known(known)
    if missing:
        known = [target for target in known if target not in missing]
        rows, _ = model.known(known)
    if not len(rows):
        return None
    vectors = as_vectors(rows)
    facts: dict[str, Vectors] = {}
    descriptions: dict[str, Vectors] = {}
    start = 0
    for target in known:
        own = texts_of(target)
        told = set(map(fact_text, target.facts))
        numbers = [start + number for number, text in enumerate(own) if text in told]
        described = [start + number for number, text in enumerate(own) if text == target.description]
        facts[target.id], descriptions[target.id] = vectors[numbers], vectors[described]
        start += len(own)
    different = list(dict.fromkeys(texts))
    found = await Compared(model).vectors(different)
    space = model.embedder.name
    return Meanings(space, dict(zip(different, np.asarray(found), strict=True)), facts, descriptions)
