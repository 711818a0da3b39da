"""The sentences of one request that are compared by meaning: each once, and never only some of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from expunge.errors import OverBudget
from expunge.screen.matches import Match
from expunge.screen.semantic.embeddings import FactEmbeddings, Vectors, as_vectors, fact_text, texts_of
from expunge.text.budget import step
from expunge.text.segment import Span, clauses, sentences
from expunge.types import Target, TargetKind

MOST_SENTENCES = 3_000
"""Different sentences of one request that are compared by meaning, about ten seconds of one core's work; a request with
more is over its budget."""
MOST_BYTES = 2_000
"""Bytes of a sentence that an embedding model is sure to read; a longer one is compared in parts."""
_PART = 160
"""Characters of such a part: about a sentence."""
_STEP = 80
"""Characters from the start of one part to the next, so that what one cuts apart stands whole in its neighbour."""


class Compared:
    """The vectors of the texts of one request."""

    def __init__(self, vectors: FactEmbeddings) -> None:
        self._model = vectors
        self._known: dict[str, Vectors] = {}

    async def vectors(self, texts: Sequence[str]) -> Vectors:
        """One vector a text, in order.

        Raises:
            OverBudget: if there are too many different texts in this request.
            ModelError: if the embedding model fails.
        """
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if len(self._known) + len(new) > MOST_SENTENCES:
            raise OverBudget(f"The request has over {MOST_SENTENCES:,} different sentences; send fewer at once.")
        if new:
            self._known.update(zip(new, await self._model.texts(new), strict=True))
        if not texts:
            return await self._model.texts(texts)
        return np.stack([self._known[text] for text in texts])


def compared_of(text: str) -> list[Span]:
    """The sentences of a text that are long enough to say anything; one that is too long to be compared, in parts.

    These are its clauses and, since a clause may say half of a thing, pieces of about a sentence that overlap.
    """
    return [part for piece in sentences(text) if len(piece.of(text).strip()) > 2 for part in _parts(text, piece)]


def different(text: str, pieces: Sequence[Span]) -> list[Span]:
    """The first of all pieces that say the same, letter by letter."""
    first: dict[str, Span] = {}
    for piece in pieces:
        first.setdefault(piece.of(text).strip(), piece)
    return list(first.values())


def everywhere(text: str, pieces: Sequence[Span], sightings: Iterable[Match]) -> Iterator[Match]:
    """Sightings in pieces that are `different`, and the same in each piece that says the same."""
    places: dict[str, list[Span]] | None = None
    for sighting in sightings:
        yield sighting
        if places is None:
            places = {}
            for piece in pieces:
                places.setdefault(piece.of(text).strip(), []).append(piece)
        for piece in places.get(text[sighting.start : sighting.end].strip(), ()):
            step()
            if piece.start != sighting.start:
                yield replace(sighting, start=piece.start, end=piece.end)


def _parts(text: str, piece: Span) -> Iterator[Span]:
    said = piece.of(text)
    if len(said) * 4 <= MOST_BYTES or len(said.encode("utf-8", "replace")) <= MOST_BYTES:
        yield piece
        return
    for clause in clauses(said):
        if 2 < len(clause.of(said).strip()) <= _PART:
            yield Span(piece.start + clause.start, piece.start + clause.end)
    start = piece.start
    while start < piece.end:
        end = _at_space(text, start + _PART, piece.end)
        yield Span(start, end)
        if end == piece.end:
            return
        start = _at_space(text, start + _STEP, end)


def _at_space(text: str, at: int, end: int) -> int:
    """The end of the word at a place, if it ends soon."""
    if at >= end:
        return end
    space = text.find(" ", at, min(end, at + _PART - _STEP))
    return at if space < 0 else space


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
