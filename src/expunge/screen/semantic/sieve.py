"""The sieve: which sentences may say a fact, told in a fiftieth of the time in which the embedding model reads them.

A sentence's static vector, made of its words alone, is compared with a vector of each fact, made of the fact's own
words and of what the embedding model says of it. A sentence that is far from all facts is not embedded. The floors
depend on whether sentence and fact are in one language, as far as that is known, on whether there are many facts, and
on whether the request names a target, without which a mere hint says little; they were set on one part of the
benchmarks, and `expunge bench recall` shows on the other part how much of what the embedding model finds they let
through. A sentence too short to tell by its words is always embedded, and so is everything where the model has no
static vectors, as an endpoint has none, or where topics are in force, which are told by the whole text.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from expunge.screen.semantic.embeddings import Rows, StaticVectors, Vectors
from expunge.text.budget import counted, step
from expunge.text.segment import Span
from expunge.text.tongues import tongue_of

ENGLISH = 0.67
"""Closeness from which an English sentence may say one of many English facts: one in a thousand of the pairs of a
sentence and a fact has a sentence with less."""
MOST_FACTS = 100_000
"""Facts that have a sieve: to hold a sentence against so many takes an eighth of the time that embedding it takes, and
the more there are, the more passes."""
OTHERS = 0.86
"""The same within another language of `_MEASURED`, where all texts are closer to each other: all had .90 or more."""
ACROSS = 0.25
"""The same across languages: .26 let through 99.5 % and more."""
UNSURE = 0.55
"""The same where the language of one is not known: all had .63 or more."""
WARY = 0.30
"""The same within a language where the request gives reason to look closely, or the facts are few: by this the fact
of a pair itself lets its sentence through, and not only another fact of the same target."""
_MEASURED = frozenset({"fr", "cyrillic", "kana", "abjad", "indic"})
"""What `tongue_of` calls the languages other than English in which that was measured; all others have English's."""
_FEW, _MANY = 20, 400
"""Numbers of facts up to which the floor is that of few, and from which it is that of many."""
_FEWEST_BYTES = 16
"""Bytes of a sentence under which its words tell too little."""
_NEARLY_ALL = 0.9
_CODE = 2
"""Letters of a language's code; a script has a longer name."""
_BLOCK = 16_384
"""Facts that are compared at once."""
_LEARNT_TOGETHER = 1_024
_READ_TOGETHER = 256
"""Sentences that are held against the facts before others may go on."""


class Sieve:
    """The facts of one segment, as sentences are held against them.

    Args:
        static: the embedding model's static vectors.
        texts: the facts.
        rows: their vectors under the embedding model, zeros where one is not known yet.
        languages: the different languages of the facts, "" for one that is not known.
        language: for each fact the place of its language among these.
        questions: which facts are questions, with which only questions are compared.
    """

    def __init__(
        self,
        static: StaticVectors,
        texts: Iterable[str],
        rows: Rows,
        languages: Sequence[str],
        language: NDArray[np.uint8],
        questions: NDArray[np.bool_],
    ) -> None:
        self.static = static
        self._languages = _taken_for(languages, language)
        among = np.log(max(len(language), _FEW) / _FEW) / np.log(_MANY / _FEW)
        self._share = min(1.0, float(among))
        # Facts of one language, and of these statements and questions, stand together: one floor holds for all.
        kinds = language.astype(np.intp) * 2 + questions
        order = np.argsort(kinds, kind="stable")
        self._place = np.empty(len(order), dtype=np.int32)
        """For each fact its row among the facts so sorted."""
        self._place[order] = np.arange(len(order), dtype=np.int32)
        ends = np.cumsum(np.bincount(kinds, minlength=2 * len(languages))).tolist()
        self._kinds = [
            (kind // 2, kind % 2 == 1, slice(start, end))
            for kind, (start, end) in enumerate(pairwise((0, *ends)))
            if start < end
        ]
        """Language, whether they are questions, and rows of the facts that stand together."""
        self._vectors = _of_all(static, texts)[order]
        self._learnt = np.zeros(len(order), dtype=np.bool_)
        for start in range(0, len(rows), _BLOCK):
            self.put(start, rows[start : start + _BLOCK])

    def put(self, start: int, rows: Rows) -> None:
        """Take in the vectors of the facts from `start` on; one that is zeros leaves its fact to its words."""
        places = self._place[start : start + len(rows)]
        new = (rows.steps != 0) & ~self._learnt[places]
        if new.any():
            self._vectors[places[new]] += self.static.of_vectors(rows.vectors(slice(None))[new])
            self._learnt[places[new]] = True

    def passing(
        self, static: Vectors, languages: Sequence[str], *, question: bool, wary: bool = False
    ) -> NDArray[np.bool_]:
        """Which sentences, of these static vectors and languages, may say a fact; `wary`: even if only from afar."""
        passed = np.array([not one.any() for one in static], dtype=np.bool_)
        spoken = np.array(languages)
        for language in dict.fromkeys(languages):
            own = np.flatnonzero((spoken == language) & ~passed)
            if len(own):
                passed[own] = self._near(static[own], self._floors(language, wary), question=question)
        return passed

    def _floors(self, language: str, wary: bool) -> list[float]:
        """The floor for each language of the facts."""
        share = 0.0 if wary else self._share
        return [_floor(language, other, share) for other in self._languages]

    def _near(self, static: Vectors, floors: Sequence[float], *, question: bool) -> NDArray[np.bool_]:
        passed: NDArray[np.bool_] = np.zeros(len(static), dtype=np.bool_)
        for language, asked, rows in self._kinds:
            if asked and not question:
                continue
            for start in range(rows.start, rows.stop, _BLOCK):
                step()
                closeness = static @ self._vectors[start : min(start + _BLOCK, rows.stop)].T
                passed |= closeness.max(axis=1) >= np.float32(floors[language])
        return passed


def _taken_for(languages: Sequence[str], language: NDArray[np.uint8]) -> list[str]:
    """The languages, one that is not known taken for the one in Latin letters that nearly all others are in."""
    counts = {
        name: count
        for name, count in zip(languages, np.bincount(language, minlength=len(languages)).tolist(), strict=True)
        if name
    }
    most = max(counts, key=lambda name: counts[name], default="")
    if len(most) != _CODE or counts[most] < max(_FEW, _NEARLY_ALL * sum(counts.values())):
        return list(languages)
    return [name or most for name in languages]


def _floor(language: str, other: str, share: float) -> float:
    if not language or not other:
        many = UNSURE
    elif language != other:
        return ACROSS
    else:
        many = OTHERS if language in _MEASURED else ENGLISH
    return WARY + (many - WARY) * share


async def let_through(
    text: str, pieces: Sequence[Span], sieves: Sequence[Sieve], *, question: bool, draft: bool, wary: bool = False
) -> list[Span]:
    """The sentences of a text that one of the sieves lets through, as a `question`, as part of a `draft`, or as either.

    They are let through by lower floors where one has reason to be `wary`: where the request names a target.

    Raises:
        OverBudget: if the budget that holds is spent.
    """
    if not sieves:
        return []
    mostly = tongue_of(text)
    kept: list[Span] = []
    for start in range(0, len(pieces), _READ_TOGETHER):
        if start:
            await asyncio.sleep(0)  # a long text keeps nobody waiting
        with counted():
            some = pieces[start : start + _READ_TOGETHER]
            said = [piece.of(text).strip() for piece in some]
            languages = [tongue_of(one) or mostly for one in said]
            static = sieves[0].static.of_texts(said)
            passed = np.array([len(one.encode("utf-8", "replace")) < _FEWEST_BYTES for one in said])
            for sieve in sieves:
                for asked in (True,) * question + (False,) * draft:
                    passed |= sieve.passing(static, languages, question=asked, wary=wary)
            kept += [piece for piece, through in zip(some, passed, strict=True) if through]
    return kept


def _of_all(static: StaticVectors, texts: Iterable[str]) -> Vectors:
    listed = list(texts)
    parts = [
        static.of_texts(listed[start : start + _LEARNT_TOGETHER]) for start in range(0, len(listed), _LEARNT_TOGETHER)
    ]
    return np.concatenate(parts) if parts else np.zeros((0, 1), dtype=np.float32)
