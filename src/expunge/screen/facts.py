"""Facts: sentences that say what a target's facts say, in any language and in other words.

Two measures: meaning (cosine of multilingual embeddings) and telling words (the rare words, names and
numbers of a fact that its target's name does not hold).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from expunge.screen.patterns import patterns_of
from expunge.screen.sightings import Sighting
from expunge.screen.vectors import FactVectors, Vectors, texts_of
from expunge.text.normalise import fold
from expunge.text.rarity import zipf
from expunge.text.segment import Span
from expunge.types import EvidenceKind, Strength, Target, TargetKind

LIKELY = 0.94
"""Cosine from which a sentence says a fact (multilingual-e5-small)."""
HINT = 0.90
"""Cosine from which it may."""
QUESTION_LIKELY = 0.96
"""Questions are more alike among themselves than statements are."""
QUESTION_HINT = 0.93
_COVERED = 0.5
"""Share of a fact's telling weight that a text must hold to say it."""
_WEIGHT = 6.0
"""Telling weight that must be held at least: two or three rare words."""
_SHARED = 3.0
"""Telling weight that a word loses for each tenfold of targets whose facts hold it. With 2,000 facts of K-Bench, the
kind of ship that eight people served on made two thirds of their addresses' weight."""
_WEIGHT_OF_BOTH = 4.0
_COVERED_BY_BOTH = 0.75
"""The same for question and draft together, where each must bring a part: on 1,800 retain pairs of TOFU never."""
_OTHER_SCRIPT = 0.06
"""How much less alike a fact and its telling in another script are. With half of TOFU's retain answers in Russian and
in Japanese no English fact of another person had a cosine over .87; it makes .88 likely."""
_BRUTE_FORCE = 20_000
"""Vectors up to which one matrix product is quicker than an approximate index."""


class Facts:
    """The facts of the entities among `targets`.

    `vectors` holds a row for each of `texts_of(t)` of each entity in order, or no row, which leaves
    telling words alone.
    """

    def __init__(self, targets: Sequence[Target], vectors: Vectors) -> None:
        owners: list[int] = []
        questions: list[bool] = []
        latin: list[bool] = []
        self._telling: list[tuple[int, dict[str, float]]] = []
        self._postings: dict[str, list[int]] = defaultdict(list)
        for index, target in enumerate(targets):
            if target.kind is TargetKind.TOPIC:
                continue
            asked = {fact.question for fact in target.facts if fact.question}
            for text in texts_of(target):
                owners.append(index)
                questions.append(text in asked)
                latin.append(_is_latin(text))
            self._index_words(index, target)
        self._discount_shared()
        self._owners = np.array(owners, dtype=np.int32)
        self._questions = np.array(questions, dtype=np.bool_)
        self._latin = np.array(latin, dtype=np.bool_)
        self._nearest = _Nearest(vectors)

    def _index_words(self, index: int, target: Target) -> None:
        own = {token for pattern in patterns_of(target) for token in pattern.tokens}
        for fact in target.facts:
            weights = {w: weight(w) for w in set(fold(fact.text).split()) - own}
            weights = {w: value for w, value in weights.items() if value > 0}
            if weights:
                number = len(self._telling)
                self._telling.append((index, weights))
                for word in weights:
                    self._postings[word].append(number)

    def _discount_shared(self) -> None:
        """Make words that the facts of several targets hold less telling: a military post code, a common trade."""
        for word, numbers in self._postings.items():
            bearers = len({self._telling[number][0] for number in numbers})
            for number in numbers if bearers > 1 else ():
                weights = self._telling[number][1]
                weights[word] -= _SHARED * float(np.log10(bearers))
                if weights[word] <= 0:
                    del weights[word]
        for word, numbers in self._postings.items():
            self._postings[word] = [number for number in numbers if word in self._telling[number][1]]

    def by_meaning(self, text: str, pieces: Sequence[Span], vectors: Vectors, *, question: bool) -> list[Sighting]:
        """Sentences of a text (with their vectors, in order) that are close to a fact."""
        found = []
        likely, hint = (QUESTION_LIKELY, QUESTION_HINT) if question else (LIKELY, HINT)
        for piece, near in zip(pieces, self._nearest.find(vectors, hint - _OTHER_SCRIPT), strict=True):
            best: dict[int, float] = {}
            script = _is_latin(piece.of(text))
            for row, score in near:
                if self._questions[row] and not question:
                    continue
                floor = hint if self._questions[row] else min(hint, HINT)
                owner = int(self._owners[row])
                if bool(self._latin[row]) is not script and score + _OTHER_SCRIPT >= likely:
                    score += _OTHER_SCRIPT
                if score >= floor:
                    best[owner] = max(best.get(owner, 0.0), score)
            for owner, score in best.items():
                strength = Strength.LIKELY if score >= likely else Strength.HINT
                found.append(
                    Sighting(owner, EvidenceKind.FACT, strength, piece.start, piece.end, "", round(min(score, 1), 3))
                )
        return found

    def by_both(self, question: str, draft: str) -> list[Sighting]:
        """Facts that a draft completes: of their telling words the question gives some and the draft the rest.

        The sighting is of the whole draft, since it tells by all that it says.
        """
        asked, told = set(fold(question).split()), set(fold(draft).split())
        held: dict[int, float] = defaultdict(float)
        for word in asked | told:
            for number in self._postings.get(word, ()):
                held[number] += self._telling[number][1][word]
        found: dict[int, Sighting] = {}
        for number, weight_held in held.items():
            owner, weights = self._telling[number]
            share = weight_held / sum(weights.values())
            shared = (told - asked) & weights.keys() and (asked - told) & weights.keys()
            if shared and weight_held >= _WEIGHT_OF_BOTH and share >= _COVERED_BY_BOTH:
                score = round(min(share, 1.0), 3)
                found[owner] = Sighting(owner, EvidenceKind.FACT, Strength.LIKELY, 0, len(draft), "words", score)
        return list(found.values())

    def by_words(self, text: str, pieces: Sequence[Span]) -> list[Sighting]:
        """Sentences that hold most of the telling words of a fact."""
        found: list[Sighting] = []
        for piece in pieces:
            words = set(fold(piece.of(text)).split())
            counts: dict[int, float] = defaultdict(float)
            for word in words:
                for number in self._postings.get(word, ()):
                    counts[number] += self._telling[number][1][word]
            best: dict[int, float] = {}
            for number, held in counts.items():
                owner, weights = self._telling[number]
                share = held / sum(weights.values())
                if held >= _WEIGHT and share >= _COVERED:
                    best[owner] = max(best.get(owner, 0.0), share)
            found.extend(
                Sighting(
                    owner, EvidenceKind.FACT, Strength.LIKELY, piece.start, piece.end, "words", round(min(share, 1), 3)
                )
                for owner, share in best.items()
            )
        return found


def _is_latin(text: str) -> bool:
    """Whether at least half of a text's letters are Latin."""
    letters = [c for c in text if c.isalpha()]
    return 2 * sum(c < "\u0250" or "\u1e00" <= c <= "\u1eff" for c in letters) >= len(letters)


def weight(word: str) -> float:
    """How telling a folded word is: 0 for everyday words, up to 5 for one never seen; 3 for numbers of 4 digits."""
    if word.isdigit():
        return 3.0 if len(word) >= 4 else 0.0
    return max(0.0, 5.0 - zipf(word)) if len(word) > 2 else 0.0


class _Nearest:
    """Rows near a vector: by one product while there are few, by `usearch` (HNSW) beyond."""

    def __init__(self, vectors: Vectors) -> None:
        self._vectors = vectors
        self._index = None
        if len(vectors) > _BRUTE_FORCE:
            from usearch.index import Index

            self._index = Index(ndim=vectors.shape[1], metric="ip", dtype="f16")
            self._index.add(np.arange(len(vectors)), vectors)

    def find(self, vectors: Vectors, floor: float) -> list[list[tuple[int, float]]]:
        """For each vector, the rows whose cosine is over the lowest floor of interest."""
        if not len(self._vectors):
            return [[] for _ in vectors]
        low = min(floor, HINT - _OTHER_SCRIPT)
        if self._index is None:
            scores: NDArray[np.float32] = vectors @ self._vectors.T
            return [[(int(i), float(row[i])) for i in np.flatnonzero(row >= low)] for row in scores]
        matches = [self._index.search(vector, 32) for vector in vectors]
        return [
            [(int(k), 1.0 - float(d)) for k, d in zip(m.keys, m.distances, strict=True) if 1.0 - float(d) >= low]
            for m in matches
        ]


async def facts_of(targets: Sequence[Target], vectors: FactVectors | None) -> Facts:
    """The facts of the entities among `targets`; without vectors, by telling words alone."""
    entities = [target for target in targets if target.kind is TargetKind.ENTITY]
    return Facts(targets, await vectors.of(entities) if vectors is not None else np.zeros((0, 1), dtype=np.float32))
