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
import hashlib
import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from expunge.screen.semantic.embeddings import Rows, StaticVectors, Vectors
from expunge.screen.semantic.products import products
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
_REMEMBERED = 4_096
"""Sentences of which a sieve knows how close to its facts they are."""


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """What a sieve knows of a sentence: its language, and how close it is to the nearest fact of each kind.

    Where it was not `asked`, it was not compared with questions.
    """

    language: str
    asked: bool
    closeness: Vectors


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
        # The question is read before the upstream is asked and after it answered, a streamed sentence as it comes and
        # in the end. A sieve is of one tenant's facts: by what it remembers nobody learns of another's texts.
        self._remembered: OrderedDict[bytes, Heard] = OrderedDict()
        self._lock = threading.Lock()
        self._puts = 0
        self._known_floors: dict[tuple[str, bool, bool], Vectors] = {}
        for start in range(0, len(rows), _BLOCK):
            self.put(start, rows[start : start + _BLOCK])

    def put(self, start: int, rows: Rows) -> None:
        """Take in the vectors of the facts from `start` on; one that is zeros leaves its fact to its words."""
        places = self._place[start : start + len(rows)]
        new = (rows.steps != 0) & ~self._learnt[places]
        if new.any():
            self._vectors[places[new]] += self.static.of_vectors(rows.vectors(slice(None))[new])
            self._learnt[places[new]] = True
            with self._lock:
                self._puts += 1
                self._remembered.clear()

    def remembered(self, keys: Sequence[bytes], *, question: bool) -> list[Heard | None]:
        """What is known of some sentences, by their digests; None where nothing is, or nothing of a `question`."""
        found: list[Heard | None] = []
        with self._lock:
            for key in keys:
                heard = self._remembered.get(key)
                if heard is not None:
                    self._remembered.move_to_end(key)
                found.append(heard if heard is not None and (heard.asked or not question) else None)
        return found

    def hear(self, keys: Sequence[bytes], static: Vectors, languages: Sequence[str], *, question: bool) -> list[Heard]:
        """Hold sentences, of these digests, static vectors and languages, against the facts, and remember it."""
        with self._lock:
            puts = self._puts
        closeness = self._closeness(static, question=question)
        heard = [Heard(language, question, row.copy()) for language, row in zip(languages, closeness, strict=True)]
        with self._lock:
            if puts == self._puts:
                self._remembered.update(zip(keys, heard, strict=True))
                while len(self._remembered) > _REMEMBERED:
                    self._remembered.popitem(last=False)
        return heard

    def passing(self, closeness: Vectors, languages: Sequence[str], *, question: bool, wary: bool) -> NDArray[np.bool_]:
        """Which sentences, so close to the facts and of these languages, may say one; `wary`: even if from afar."""
        floors = np.stack([self._floors(language, question=question, wary=wary) for language in languages])
        return np.asarray((closeness >= floors).any(axis=1))

    def _floors(self, language: str, *, question: bool, wary: bool) -> Vectors:
        """The floor for each kind of fact; a statement is not compared with questions."""
        known = self._known_floors.get((language, question, wary))
        if known is None:
            share = 0.0 if wary else self._share
            floors = [
                _floor(language, self._languages[other], share) if question or not asked else np.inf
                for other, asked, _ in self._kinds
            ]
            known = self._known_floors[language, question, wary] = np.array(floors, dtype=np.float32)
        return known

    def _closeness(self, static: Vectors, *, question: bool) -> Vectors:
        """For each kind of fact how close the nearest is; a text of which no word is known may say any."""
        found = np.full((len(static), len(self._kinds)), -np.inf, dtype=np.float32)
        for kind, (_, asked, rows) in enumerate(self._kinds):
            for start in range(rows.start, rows.stop if question or not asked else rows.start, _BLOCK):
                step()
                near = products(static, self._vectors[start : min(start + _BLOCK, rows.stop)])
                np.maximum(found[:, kind], near.max(axis=1), out=found[:, kind])
        found[~static.any(axis=1)] = np.inf
        return found


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
    text: str, pieces: Sequence[Span], sieves: Sequence[Sieve], *, question: bool, wary: bool = False
) -> list[Span]:
    """The sentences of a text that one of the sieves lets through, as part of a draft or, perhaps, of a `question`.

    They are let through by lower floors where one has reason to be `wary`: where the request names a target.

    Raises:
        OverBudget: if the budget that holds is spent.
    """
    if not sieves:
        return []
    mostly: str | None = None
    kept: list[Span] = []
    for start in range(0, len(pieces), _READ_TOGETHER):
        if start:
            await asyncio.sleep(0)  # a long text keeps nobody waiting
        with counted():
            some = pieces[start : start + _READ_TOGETHER]
            said = [piece.of(text).strip() for piece in some]
            heard = _heard(said, sieves, question=question)
            languages = [one.language for one in heard[0]]
            if "" in languages:
                mostly = tongue_of(text) if mostly is None else mostly
                languages = [language or mostly for language in languages]
            passed = np.array([len(one.encode("utf-8", "replace")) < _FEWEST_BYTES for one in said])
            for sieve, own in zip(sieves, heard, strict=True):
                closeness = np.stack([one.closeness for one in own])
                passed |= sieve.passing(closeness, languages, question=question, wary=wary)
            kept += [piece for piece, through in zip(some, passed, strict=True) if through]
    return kept


def _heard(said: Sequence[str], sieves: Sequence[Sieve], *, question: bool) -> list[list[Heard]]:
    """What each sieve knows of some sentences; those that are new to one of them are held against the facts of all."""
    keys = [hashlib.blake2b(one.encode("utf-8", "surrogatepass"), digest_size=16).digest() for one in said]
    known = [sieve.remembered(keys, question=question) for sieve in sieves]
    new = [number for number, each in enumerate(zip(*known, strict=True)) if None in each]
    if new:
        texts, digests = [said[number] for number in new], [keys[number] for number in new]
        static, languages = sieves[0].static.of_texts(texts), [tongue_of(one) for one in texts]
        for sieve, own in zip(sieves, known, strict=True):
            for number, heard in zip(new, sieve.hear(digests, static, languages, question=question), strict=True):
                own[number] = heard
    return [[one for one in own if one is not None] for own in known]


def _of_all(static: StaticVectors, texts: Iterable[str]) -> Vectors:
    listed = list(texts)
    parts = [
        static.of_texts(listed[start : start + _LEARNT_TOGETHER]) for start in range(0, len(listed), _LEARNT_TOGETHER)
    ]
    return np.concatenate(parts) if parts else np.zeros((0, 1), dtype=np.float32)
