"""The sieve: which sentences may say a fact, told in a fiftieth of the time in which the embedding model reads them.

A sentence's static vector, made of its words alone, is compared with a vector of each fact, made of the fact's own
words and of what the embedding model says of it. A sentence that is far from all facts is not embedded. The floors
depend on whether sentence and fact are in one language, as far as that is known, and on the `Sensitivity`: a mere hint
says little where nothing else points at a target, and where only what says a fact likely counts, sentence and fact
must share words, too. They were set on one part of the benchmarks, and `expunge bench recall` shows on the other part
how much of what the embedding model finds they let through. Everything is embedded where the model has no static
vectors, as an endpoint has none, or where topics are in force, which are told by the whole text.
"""

from __future__ import annotations

import asyncio
import hashlib
import threading
from array import array
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from expunge.screen.semantic.embeddings import Rows, StaticVectors, Vectors
from expunge.screen.semantic.vector_index import products
from expunge.text.budget import counted, give_way, step
from expunge.text.language import certain_language_of
from expunge.text.segment import Span

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
"""The languages other than English in which that was measured, as `certain_language_of` calls them; all others have
English's."""
LIKELY_STATEMENT = 0.98
"""What closeness and shared words must come to where a sentence says a fact of the same language likely. Of 3,442 such
pairs from TOFU, WPU and RWKU, with and without the name, one has less; of 147 sentences of ordinary prose held
against 200 facts none has more than .96."""
_LIKELY_CLOSENESS = 0.58
"""The closeness that is needed beside: two pairs have less."""
LIKELY_ELSEWHERE = 1.10
_LIKELY_CLOSENESS_ELSEWHERE = 0.80
"""The same within another language of `_MEASURED`: all pairs have 1.32 and .86 or more."""
LIKELY_QUESTION = 0.86
"""Closeness from which a question says likely what a fact or its question does: all pairs of English have .905 or more,
those of other languages .97."""
PAIRED_QUESTION, PAIRED_DRAFT = 0.80, 0.65
"""Closeness from which a question and a draft may hint at a fact that both hint at: of 138 such pairs from TOFU, with
and without the name, all questions have .94 or more and all answers .73."""
_MOST_OVERLAPS = 32
_NEAR = 0.80
"""Of so many facts, the nearest, the words are compared with a sentence's; one that is so near to more passes."""
_BRIEF = 3
"""How many times as long as a sentence a fact can be that the sentence says."""
_FEW, _MANY = 20, 400
"""Numbers of facts up to which the floor is that of few, and from which it is that of many."""
_FEWEST_BYTES = 16
"""Bytes of a sentence under which its words tell too little."""
_NEARLY_ALL = 0.9
_CODE = 2
"""Letters of a language's code; a script has a longer name."""
_BLOCK = 16_384
"""Facts that are compared at once."""
_LEARNT_TOGETHER = 256
"""Facts that are read before others may go on."""
_READ_TOGETHER = 256
"""Sentences that are held against the facts before others may go on."""
_REMEMBERED = 4_096
"""Sentences of which a sieve knows how close to its facts they are."""


class Sensitivity(IntEnum):
    """The least that a sentence must say of a fact to be let through."""

    PAIRED = -1
    """Hints that count only where question and draft both hint at a fact."""
    LIKELY = 0
    """What says a fact likely."""
    HINTS = 1
    """Hints, too, though a faint one may be held back where there are many facts."""
    EVERY_HINT = 2


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """A sieve's knowledge of a sentence: its language and, for each kind of fact, the closeness of the nearest and the
    highest sum of closeness and shared words.

    A sentence that was not `asked` was not compared with questions; one that was, not by its words.
    """

    language: str
    asked: bool
    closeness: tuple[float, ...]
    told: tuple[float, ...]
    most: float
    """The greatest closeness."""


_Floors = tuple[float, list[tuple[float, float]]]


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
        self._numbers = order.astype(np.int32)
        """For each of the facts so sorted its number in order."""
        said = list(texts)
        vectors, self._overlap = _read(static, said)
        self._vectors = vectors[order]
        self.briefest = min((len(one.encode("utf-8", "replace")) for one in said), default=0)
        """Bytes of the shortest fact."""
        self._learnt = np.zeros(len(order), dtype=np.bool_)
        # The question is read before the upstream is asked and after it answered, a streamed sentence as it comes and
        # in the end. A sieve is of one tenant's facts: by what it remembers nobody learns of another's texts.
        self._remembered: OrderedDict[bytes, Heard] = OrderedDict()
        self._lock = threading.Lock()
        self._puts = 0
        self._known_floors: dict[tuple[str, Sensitivity, bool], _Floors] = {}
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

    def remembered(self, keys: Sequence[bytes], asks: Sequence[bool]) -> list[Heard | None]:
        """Return what is known of sentences, by their digests.

        None if nothing is, or only about the other kind: a sentence that may be a question, or one that is not.
        """
        found: list[Heard | None] = []
        with self._lock:
            for key, asked in zip(keys, asks, strict=True):
                heard = self._remembered.get(key)
                if heard is not None:
                    self._remembered.move_to_end(key)
                found.append(heard if heard is not None and heard.asked is asked else None)
        return found

    def hear(
        self,
        keys: Sequence[bytes],
        pieces: Sequence[list[int]],
        static: Vectors,
        languages: Sequence[str],
        asks: Sequence[bool],
    ) -> list[Heard]:
        """Hold sentences, of these digests, pieces, vectors and languages, against the facts, and remember it; `asks`
        says which of them may be questions."""
        with self._lock:
            puts = self._puts
        closeness, told = self._held_against(pieces, static, languages, asks)
        heard = [
            Heard(language, asked, tuple(close), tuple(said), max(close, default=-float("inf")))
            for language, asked, close, said in zip(languages, asks, closeness.tolist(), told.tolist(), strict=True)
        ]
        with self._lock:
            if puts == self._puts:
                self._remembered.update(zip(keys, heard, strict=True))
                while len(self._remembered) > _REMEMBERED:
                    self._remembered.popitem(last=False)
        return heard

    def passes(self, heard: Heard, language: str, sensitivity: Sensitivity, *, question: bool) -> bool:
        """Whether a sentence of which this was heard, of this language, may say a fact."""
        least, floors = self._floors(language, sensitivity, question=question)
        if heard.most < least:
            return False
        return any(
            close >= floor and told >= said
            for close, told, (floor, said) in zip(heard.closeness, heard.told, floors, strict=True)
        )

    def _floors(self, language: str, sensitivity: Sensitivity, *, question: bool) -> _Floors:
        """The least closeness that may pass, and the floors for each kind of fact, of closeness and of this with shared
        words; a statement is not compared with questions."""
        known = self._known_floors.get((language, sensitivity, question))
        if known is None:
            share = 0.0 if sensitivity is Sensitivity.EVERY_HINT else self._share
            floors: list[tuple[float, float]] = []
            for other, asked, _ in self._kinds:
                if asked and not question:
                    floors.append((float("inf"), float("inf")))
                elif sensitivity <= Sensitivity.LIKELY and language and language == self._languages[other]:
                    within = _paired_floors if sensitivity is Sensitivity.PAIRED else _likely_floors
                    floors.append(within(language, question=question))
                else:
                    floors.append((_floor(language, self._languages[other], share), -float("inf")))
            known = min((floor for floor, _ in floors), default=float("inf")), floors
            self._known_floors[language, sensitivity, question] = known
        return known

    def _held_against(
        self, pieces: Sequence[list[int]], static: Vectors, languages: Sequence[str], asks: Sequence[bool]
    ) -> tuple[Vectors, Vectors]:
        """For each kind of fact how close the nearest is, and what this and shared words come to at most; a text of
        which no word is known may say any."""
        closeness = np.full((len(static), len(self._kinds)), -np.inf, dtype=np.float32)
        told = closeness.copy()
        for kind, (other, asked, rows) in enumerate(self._kinds):
            if asked and not any(asks):
                continue
            fact_language = self._languages[other]
            least = _likely_floors(fact_language, question=False)[0]
            for start in range(rows.start, rows.stop, _BLOCK):
                step()
                near = products(static, self._vectors[start : min(start + _BLOCK, rows.stop)])
                highest = near.max(axis=1)
                np.maximum(closeness[:, kind], highest, out=closeness[:, kind])
                for number in np.flatnonzero(highest >= least).tolist():
                    # A question's own floor asks for no words.
                    if not asks[number] and languages[number] in ("", fact_language):
                        said = self._with_overlap(pieces[number], near[number], start, least)
                        told[number, kind] = max(float(told[number, kind]), said)
        unknown = ~static.any(axis=1)
        closeness[unknown] = told[unknown] = np.inf
        return closeness, told

    def _with_overlap(self, pieces: list[int], near: Vectors, start: int, least: float) -> float:
        """Return the highest sum of closeness and shared words over the nearest of the facts from `start` on."""
        numbers = np.flatnonzero(near >= least)
        if len(numbers) > _MOST_OVERLAPS:
            if np.count_nonzero(near >= _NEAR) > _MOST_OVERLAPS:
                return float(np.inf)
            numbers = np.argpartition(near, -_MOST_OVERLAPS)[-_MOST_OVERLAPS:]
        closeness: list[float] = near[numbers].tolist()
        shared = self._overlap.with_facts(pieces, self._numbers[numbers + start])
        return max(close + both for close, both in zip(closeness, shared, strict=True))


class _Overlap:
    """The pieces of many facts, each once, as two arrays; what those of a fact weigh together, rare ones the most."""

    def __init__(self, static: StaticVectors, pieces: NDArray[np.int32], lengths: NDArray[np.int32]) -> None:
        self._static = static
        self._pieces = pieces
        self._starts = np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])
        sums = np.concatenate([[0.0], np.cumsum(static.rarity(pieces), dtype=np.float64)])
        self._weights = sums[self._starts[1:]] - sums[self._starts[:-1]]

    def with_facts(self, pieces: list[int], facts: NDArray[np.int32]) -> list[float]:
        """For each of some facts the share of its words that a sentence of these pieces holds, and the share of the
        sentence's that it holds, added up; rare pieces count for more."""
        own = list(set(pieces))
        rare: dict[int, float] = dict(zip(own, self._static.rarity(np.array(own)).tolist(), strict=True))
        weight = sum(rare.values())
        found: list[float] = []
        for fact, others in zip(facts.tolist(), self._weights[facts].tolist(), strict=True):
            words = self._pieces[self._starts[fact] : self._starts[fact + 1]].tolist()
            both = sum(map(rare.__getitem__, rare.keys() & words))
            found.append(both / weight + both / others if weight and others else 2.0)
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


def _likely_floors(language: str, *, question: bool) -> tuple[float, float]:
    """Within a language, for what says a fact likely: of closeness, and of this and shared words."""
    if question:
        return LIKELY_QUESTION, -float("inf")
    return (
        (_LIKELY_CLOSENESS_ELSEWHERE, LIKELY_ELSEWHERE)
        if language in _MEASURED
        else (_LIKELY_CLOSENESS, LIKELY_STATEMENT)
    )


def _paired_floors(language: str, *, question: bool) -> tuple[float, float]:
    """The same for hints that question and draft may both give."""
    if language in _MEASURED:
        return OTHERS, -float("inf")
    return (PAIRED_QUESTION if question else PAIRED_DRAFT), -float("inf")


@dataclass(frozen=True, slots=True, eq=False)
class ScoredSentences:
    """The sentences of a text, with what each sieve knows of them.

    `question` says whether the text may be a question; `short` which sentences are too short to tell by their words.
    """

    pieces: Sequence[Span]
    languages: Sequence[str]
    short: Sequence[bool]
    sieves: Sequence[Sieve]
    heard: Sequence[Sequence[Heard]]
    question: bool

    def passing(self, sensitivity: Sensitivity) -> list[Span]:
        """The sentences that one of the sieves lets through."""
        return [
            piece
            for number, piece in enumerate(self.pieces)
            if (self.short[number] and sensitivity > Sensitivity.LIKELY) or self._passes(number, sensitivity)
        ]

    def may_hint(self) -> bool:
        """Whether a sentence may hint at a fact, which counts where the other side does, too."""
        return any(self._passes(number, Sensitivity.PAIRED) for number in range(len(self.pieces)))

    def _passes(self, number: int, sensitivity: Sensitivity) -> bool:
        """Whether one of the sieves lets a sentence through: one too short to tell by its words where there is a fact
        that is short, too."""
        if self.short[number]:
            return any(sieve.briefest <= _BRIEF * _FEWEST_BYTES for sieve in self.sieves)
        language, question = self.languages[number], self.question
        for sieve, own in zip(self.sieves, self.heard, strict=True):
            if sieve.passes(own[number], language, sensitivity, question=question):
                return True
        return False


@dataclass(frozen=True, slots=True, eq=False)
class TextSentences:
    """The sentences of a text, part of a draft or, perhaps, of a `question`."""

    text: str
    pieces: Sequence[Span]
    question: bool


async def score_sentences(texts: Sequence[TextSentences], sieves: Sequence[Sieve]) -> list[ScoredSentences]:
    """Hold the sentences of some texts against the sieves, all of them together, which takes less time.

    Raises:
        OverBudget: if the budget that holds is spent.
    """
    places = [(said, piece) for said in texts for piece in said.pieces] if sieves else []
    short: list[bool] = []
    heard: list[list[Heard]] = [[] for _ in sieves]
    for start in range(0, len(places), _READ_TOGETHER):
        if start:
            await asyncio.sleep(0)  # a long text keeps nobody waiting
        with counted():
            some = places[start : start + _READ_TOGETHER]
            parts = [piece.of(said.text).strip() for said, piece in some]
            short += [len(one) < _FEWEST_BYTES and len(one.encode("utf-8", "replace")) < _FEWEST_BYTES for one in parts]
            for own, new in zip(heard, _heard(parts, [said.question for said, _ in some], sieves), strict=True):
                own += new
    found: list[ScoredSentences] = []
    start = 0
    for said in texts:
        pieces = said.pieces if sieves else ()
        end = start + len(pieces)
        with counted():
            languages = _languages(said.text, [one.language for one in heard[0][start:end]] if sieves else [])
        known = [own[start:end] for own in heard]
        found.append(ScoredSentences(pieces, languages, short[start:end], sieves, known, said.question))
        start = end
    return found


def _languages(text: str, languages: Sequence[str]) -> list[str]:
    """The languages of a text's sentences, where one is not known that of the text."""
    if all(languages):
        return list(languages)
    mostly = certain_language_of(text)
    return [language or mostly for language in languages]


async def let_through(
    text: str, pieces: Sequence[Span], sieves: Sequence[Sieve], *, question: bool, sensitivity: Sensitivity
) -> list[Span]:
    """The sentences of a text that one of the sieves lets through, as part of a draft or, perhaps, of a `question`.

    Raises:
        OverBudget: if the budget that holds is spent.
    """
    (one,) = await score_sentences([TextSentences(text, pieces, question)], sieves)
    return one.passing(sensitivity)


def _heard(said: Sequence[str], asks: Sequence[bool], sieves: Sequence[Sieve]) -> list[list[Heard]]:
    """Return each sieve's knowledge of sentences; those that are new to a sieve are compared with the facts of all."""
    keys = [hashlib.blake2b(one.encode("utf-8", "surrogatepass"), digest_size=16).digest() for one in said]
    known = [sieve.remembered(keys, asks) for sieve in sieves]
    new = [number for number, each in enumerate(zip(*known, strict=True)) if None in each]
    if new:
        texts, digests = [said[number] for number in new], [keys[number] for number in new]
        pieces, languages = sieves[0].static.pieces(texts), [certain_language_of(one) for one in texts]
        static = sieves[0].static.of_pieces(pieces)
        for sieve, own in zip(sieves, known, strict=True):
            heard = sieve.hear(digests, pieces, static, languages, [asks[number] for number in new])
            for number, one in zip(new, heard, strict=True):
                own[number] = one
    return [[one for one in own if one is not None] for own in known]


def _read(static: StaticVectors, texts: Sequence[str]) -> tuple[Vectors, _Overlap]:
    """The static vectors of many facts, and their pieces; a few at a time, so that requests go first."""
    vectors: list[Vectors] = [np.zeros((0, 1), dtype=np.float32)] if not texts else []
    different, lengths = array("i"), array("i")
    for start in range(0, len(texts), _LEARNT_TOGETHER):
        give_way()
        pieces = static.pieces(texts[start : start + _LEARNT_TOGETHER])
        vectors.append(static.of_pieces(pieces))
        for row in pieces:
            own = set(row)
            different.extend(own)
            lengths.append(len(own))
    return np.concatenate(vectors), _Overlap(static, np.array(different, np.int32), np.array(lengths, np.int32))
