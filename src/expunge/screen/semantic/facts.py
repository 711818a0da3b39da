"""Facts: sentences that say what a target's facts say, in any language and in other words.

Two measures: meaning (cosine of multilingual embeddings) and telling words (the rare words, names and
numbers of a fact that its target's name does not hold).
"""

from __future__ import annotations

import heapq
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from expunge.screen.matches import FEW_WORDS, PAIR, SCATTERED, SEVERAL, WORDS, Match
from expunge.screen.semantic.embeddings import (
    NO_ROWS,
    FactEmbeddings,
    Rows,
    StaticVectors,
    Vectors,
    as_rows,
    fact_text,
    texts_of,
)
from expunge.screen.semantic.keywords import Keywords
from expunge.screen.semantic.sieve import MOST_FACTS, Sieve
from expunge.screen.semantic.vector_index import MOST_NEAR, VectorIndex
from expunge.text.budget import giving_way, step
from expunge.text.fold import fold
from expunge.text.language import SCRIPTS as _SCRIPTS
from expunge.text.language import certain_language_of
from expunge.text.segment import Span, sentences
from expunge.types import EvidenceKind, Strength, Target, TargetKind

T = TypeVar("T", bound=np.generic)
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
_WEIGHT_OF_BOTH = 4.0
_COVERED_BY_BOTH = 0.75
"""The same for question and draft together, where each must bring a part: on 1,800 retain pairs of TOFU never."""
_WEIGHT_OF_CHAIN, _BEYOND, _ADDED = 4.0, 1.5, 0.8
"""Weight of a fact that is told of somebody whom the question knows by other facts, with the question's words out of
those, and the least of these words and of what the draft adds: "What is the glassblower allergic to?", "Walnuts.". On
3,757 pairs of TOFU, WPU, RWKU and MMLU about others it holds for none with the facts of 1,120 little-known people, and
for 8 with those of 50 famous ones."""
_BRIEF_QUESTION, _BRIEF_DRAFT = 30, 60
"""Most words of the two, since long texts hold words of several facts by chance."""
_TOGETHER_SENTENCES = 5
"""Sentences of a draft, one after the other, that may tell the rest of a fact between them."""
_REPEATED = ((0.5, 3.5), (0.75, 2.0))
"""Shares and weights, either pair, for what the conversation itself told: a likeness is a repetition there rather than
a chance."""
_RARE_WORD = 2.0
_WEIGHT_OF_SEVERAL = 5.0
"""Least weight of each such word, and of all."""
_DOCUMENT = 8
"""Sentences from which a text is a document."""
_TOUCHED = 2.0
"""Telling weight of a fact from which a sentence touches on it: a rare name, a year."""
_WEIGHT_SCATTERED, _SHARE_SCATTERED = 9.0, 0.15
"""What a document must hold of all the facts that it touches on, two at least, in weight and as a share of all."""
_MOST_SCATTERED = 3
"""Targets that a document is looked through for on such grounds, those of whom it holds the most."""
_OTHER_SCRIPT = 0.06
"""How much less alike a fact and its telling in another script are. With half of TOFU's retain answers in Russian and
in Japanese no English fact of another person had a cosine over .87; it makes .88 likely."""
_OTHER_LANGUAGE = 0.04
"""The same for another language in the same script, and for questions in another script: with half of TOFU's retain
rows in French, Russian and Japanese no question had more than .907, no French answer more than .889."""
_TOGETHER = 1.80
_TOGETHER_ACROSS_SCRIPTS = 1.775
"""Cosines of a question and a draft in another language with one question-answer pair, summed, that make it likely.
The same retain rows have at most 1.779 in French, 1.770 in Russian, 1.726 in Japanese."""
_AHEAD = 0.105
_AHEAD_LESS = 0.018
_AHEAD_LEAST = 0.05
_AHEAD_HINT = 0.03
_FEW = 5
"""How far that sum must be ahead of the best of any other target: `_AHEAD` where there is one other, less by
`_AHEAD_LESS` for each time that there are e times as many, since the best of many is a truer measure of how much alike
unrelated texts of this kind are; with fewer than `_FEW` others it is none, since nobody else may be said to have
children. Of the retain rows 99 % stay under .10 with one other target, .075 with four, .05 with
nineteen; of the forget rows 2 % do in Japanese and none in French and Russian with nineteen."""

_PAIR_LEAST = 0.80
"""Cosine from which a row may belong to such a pair, where there are too many pairs to look at each."""
_NO_PAIRS = np.zeros(0, dtype=np.int64)
_NOBODY = -1
"""Whose a row is that belongs to none of the targets."""


@dataclass(frozen=True, slots=True)
class Shared:
    """Vectors among which those of the targets lie, and where: from which row on, by the target's id."""

    nearest: VectorIndex
    places: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Columns:
    """The texts of all entities, a row each, where their vectors lie.

    `owners` holds the number of each text's target, `questions` whether it is a question, `language` the number of its
    language in `languages`. `pairs` holds the rows of question and answer of each fact, `starts` the first row of each
    target. `texts` is empty if the vectors lie among those of others.
    """

    owners: NDArray[np.int32]
    questions: NDArray[np.bool_]
    language: NDArray[np.uint8]
    languages: list[str]
    pairs: NDArray[np.int32]
    starts: Mapping[str, int]
    texts: list[str]


def _columns_of(targets: Sequence[Target], shared: Shared | None) -> _Columns:
    owners, rooms, pairs = array("i"), array("i"), array("i")
    questions, language = bytearray(), bytearray()
    tongues: dict[str, int] = {}
    starts: dict[str, int] = {}
    every: list[str] = []
    for index, target in enumerate(giving_way(targets)):
        texts = () if target.kind is TargetKind.TOPIC else texts_of(target)
        if not texts:
            continue
        start = starts[target.id] = len(owners) if shared is None else shared.places[target.id]
        asked = {fact.question for fact in target.facts if fact.question}
        for text, spoken in zip(texts, _languages_of(texts), strict=True):
            owners.append(index)
            questions.append(text in asked)
            language.append(tongues.setdefault(spoken, len(tongues)))
        pairs.extend(_pairs_of(target, {text: start + number for number, text in enumerate(texts)}))
        if shared is None:
            every += texts
        else:
            rooms.extend(range(start, start + len(texts)))
    columns = _Columns(
        np.array(owners, dtype=np.int32),
        np.frombuffer(bytes(questions), dtype=np.bool_),
        np.frombuffer(bytes(language), dtype=np.uint8),
        list(tongues),
        np.array(pairs, dtype=np.int32).reshape(-1, 2),
        starts,
        every,
    )
    if shared is None:
        return columns
    in_place, count = np.array(rooms, dtype=np.int32), len(shared.nearest)
    return replace(
        columns,
        owners=_put_in_place(columns.owners, in_place, count, _NOBODY),
        questions=_put_in_place(columns.questions, in_place, count, False),
        language=_put_in_place(columns.language, in_place, count, 0),
        starts=shared.places,
    )


def _languages_of(texts: Sequence[str]) -> list[str]:
    """The language of each text of a target, or that of all together where one alone does not tell."""
    spoken = [certain_language_of(text) for text in texts]
    # All are asked together only if need be: of half a million facts that takes seconds.
    mostly = "" if all(spoken) else certain_language_of(" ".join(texts))
    return [language or mostly for language in spoken]


def _pairs_of(target: Target, places: Mapping[str, int]) -> Iterator[int]:
    """The places of the question and of the answer of each fact, in turn; twice the same where nothing is asked."""
    for fact in target.facts:
        if (answer := places.get(fact_text(fact))) is not None:
            yield places.get(fact.question, answer)
            yield answer


class Facts:
    """The facts of the entities among `targets`.

    `rows` holds a vector for each of `texts_of(t)` of each entity in order, zeros where it is not known yet, or
    nothing at all, which leaves telling words alone. With `static` vectors there is a sieve for what is to be compared
    by meaning. Very many vectors may lie among those of other targets; then `shared` tells where.
    """

    def __init__(
        self,
        targets: Sequence[Target],
        rows: Rows | Vectors,
        static: StaticVectors | None = None,
        shared: Shared | None = None,
    ) -> None:
        columns = _columns_of(targets, shared)
        self._targets = targets
        self._starts = columns.starts
        self._telling = Keywords(targets)
        self._owners, self._questions = columns.owners, columns.questions
        self._languages, self._language = columns.languages, columns.language
        self._pairs = columns.pairs
        self._pair_owners = self._owners[self._pairs[:, 0]]
        # The pairs of a target stand together, and so do the targets.
        self._pair_starts = np.searchsorted(self._pair_owners, np.arange(len(targets) + 1))
        self._paired = int(np.count_nonzero(np.diff(self._pair_starts)))
        kept = rows if isinstance(rows, Rows) else as_rows(rows)
        self._nearest = VectorIndex(kept) if shared is None else shared.nearest
        self._sieve = (
            Sieve(static, columns.texts, kept, self._languages, self._language, self._questions)
            if static is not None and 0 < len(kept) <= MOST_FACTS
            else None
        )

    def learn(self, target: Target, rows: Rows) -> None:
        """Take in the vectors of a target that were not known; does nothing if it is none of these."""
        start = self._starts.get(target.id)
        if start is not None and len(self._nearest) and self._targets[self._owners[start]] is target:
            self._nearest.put(start, rows)
            if self._sieve is not None:
                self._sieve.put(start, rows)

    @property
    def comparable(self) -> bool:
        """Whether there is anything to compare by meaning."""
        return bool(len(self._nearest))

    @property
    def sieve(self) -> Sieve | None:
        """The sieve for sentences that need not be compared by meaning, if the model has the vectors for one."""
        return self._sieve

    def by_meaning(self, text: str, pieces: Sequence[Span], vectors: Vectors, *, question: bool) -> list[Match]:
        """Sentences of a text (with their vectors, in order) that are close to a fact."""
        found = []
        mostly = certain_language_of(text)
        likely, hint = (QUESTION_LIKELY, QUESTION_HINT) if question else (LIKELY, HINT)
        languages = [certain_language_of(piece.of(text)) or mostly for piece in pieces]
        # Of what is far from a fact, only what is told in another language may say it.
        allowances = {_allowance(fact, own, question=question) for fact in self._languages for own in set(languages)}
        floor = min(hint, HINT, likely - max(allowances, default=0.0))
        for piece, language, near in zip(pieces, languages, self._nearest.find(vectors, floor), strict=True):
            step()
            best: dict[int, float] = {}
            for row, score in near:
                owner = int(self._owners[row])
                if owner == _NOBODY or (self._questions[row] and not question):
                    continue
                floor = hint if self._questions[row] else min(hint, HINT)
                allowance = _allowance(self._language_of(row), language, question=question)
                if score + allowance >= likely:
                    score += allowance
                if score >= floor:
                    best[owner] = max(best.get(owner, 0.0), score)
            for owner, score in best.items():
                strength = Strength.LIKELY if score >= likely else Strength.HINT
                found.append(
                    Match(owner, EvidenceKind.FACT, strength, piece.start, piece.end, "", round(min(score, 1), 3))
                )
        return found

    def by_both(self, question: str, draft: str) -> list[Match]:
        """Facts that a draft completes: of their telling words the question gives some and the draft the rest.

        A light fact counts, too, if a short question speaks of its target in the words of other facts, and a short
        draft tells the rest. The sighting is of the sentences that tell it, which stand together: words strewn over a
        long draft tell nothing.
        """
        told, given = fold(draft).split(), fold(question).split()
        brief = len(given) <= _BRIEF_QUESTION and len(told) <= _BRIEF_DRAFT
        asked = _Asked(self._telling, set(given), set(told), chained=brief)
        added = self._telling.held(set(told) - asked.words)
        numbers = [number for number, weight in added.items() if asked.completed(number, weight) is not None]
        found: dict[int, Match] = {}
        for start, end in _stretches(draft) if numbers else ():
            step()
            added = self._telling.held(set(fold(draft[start:end]).split()) - asked.words)
            for number in added.keys() & numbers:
                owner, share = self._telling.owner(number), asked.completed(number, added[number])
                if share is not None and (owner not in found or share > found[owner].score):
                    found[owner] = Match(owner, EvidenceKind.FACT, Strength.LIKELY, start, end, WORDS, share)
        return list(found.values())

    def by_pairs(self, question: str, draft: str, asked: Vectors, told: Vectors, pieces: Sequence[Span]) -> list[Match]:
        """Facts that a question and a draft in another language ask for and tell together.

        Across languages one cosine says little. But where the question is near a fact's question and a sentence of the
        draft near the same fact's answer, and both are nearer than to any other target's, there is hardly a chance
        left. `asked` and `told` hold the vectors of the sentences of both, `pieces` the places of the draft's.
        """
        language = certain_language_of(question) or certain_language_of(draft)
        if not len(self._pairs) or not len(asked) or not len(told) or not len(self._nearest):
            return []
        if not any(_allowance(fact, language, question=True) for fact in self._languages):
            return []
        pairs = self._likely_pairs(asked, told)
        if not len(pairs):
            return []
        near = self._closeness(asked, self._pairs[pairs, 0]) + self._closeness(told, self._pairs[pairs, 1])
        owners = self._pair_owners[pairs]
        best = int(near.argmax())
        owner, together = int(owners[best]), float(near[best])
        fact = self._language_of(int(self._pairs[pairs[best], 1]))
        if not _allowance(fact, language, question=True):
            return []
        others = near[owners != owner]
        count = self._paired - 1
        ahead = together - float(others.max()) if len(others) else 0.0
        enough = max(_AHEAD_LEAST, _AHEAD - _AHEAD_LESS * np.log(count)) if count >= _FEW else 2.0
        across = fact in _SCRIPTS or language in _SCRIPTS
        if ahead >= enough or together >= (_TOGETHER_ACROSS_SCRIPTS if across else _TOGETHER):
            strength = Strength.LIKELY
        elif ahead >= _AHEAD_HINT and count >= _FEW:
            strength = Strength.HINT
        else:
            return []
        score = round(min(together / 2, 1.0), 3)
        piece = pieces[int((told @ self._nearest.row(int(self._pairs[pairs[best], 1]))).argmax())]
        return [Match(owner, EvidenceKind.FACT, strength, piece.start, piece.end, PAIR, score)]

    def repeated(self, text: str, pieces: Sequence[Span]) -> list[Match]:
        """Sentences that repeat a good part of a fact's telling words: for facts that a document before them told."""
        found = self.by_words(text, pieces)
        for piece in pieces:
            step()
            best: dict[int, float] = {}
            for number, held in self._telling.held(set(fold(piece.of(text)).split())).items():
                owner, share = self._telling.owner(number), self._telling.share(number, held)
                if any(share >= least and held >= heavy for least, heavy in _REPEATED):
                    best[owner] = max(best.get(owner, 0.0), share)
            for owner, share in best.items():
                score = round(min(share, 1.0), 3)
                found.append(Match(owner, EvidenceKind.FACT, Strength.LIKELY, piece.start, piece.end, WORDS, score))
        return found

    def by_several(self, question: str) -> list[Match]:
        """Targets of whom a question holds rare words out of several facts: a hint at whom it means."""
        return [
            Match(owner, EvidenceKind.FACT, Strength.HINT, 0, len(question), SEVERAL, 0.6)
            for owner, weights in self._telling.bearers(set(fold(question).split()), _RARE_WORD).items()
            if len(weights) > 1 and sum(weights) >= _WEIGHT_OF_SEVERAL
        ]

    def by_words(self, text: str, pieces: Sequence[Span]) -> list[Match]:
        """Sentences that hold most of the telling words of a fact; in a document, those that touch on several."""
        found: list[Match] = []
        said = [set(fold(piece.of(text)).split()) for piece in pieces]
        touched: dict[int, list[tuple[int, Span]]] = defaultdict(list)
        for piece, own in zip(pieces, said, strict=True):
            step()
            best: dict[int, tuple[float, str]] = {}
            for number, held in self._telling.held(own).items():
                owner, share = self._telling.owner(number), self._telling.share(number, held)
                if held >= _TOUCHED:
                    touched[owner].append((number, piece))
                if held >= _WEIGHT and share >= _COVERED:
                    best[owner] = max(best.get(owner, (0.0, "")), (share, WORDS))
                elif held >= _WEIGHT_OF_BOTH and share >= _COVERED_BY_BOTH:
                    best[owner] = max(best.get(owner, (0.0, "")), (share, FEW_WORDS))
            found.extend(
                Match(owner, EvidenceKind.FACT, Strength.LIKELY, piece.start, piece.end, via, round(min(share, 1), 3))
                for owner, (share, via) in best.items()
            )
        return [*found, *self._scattered(said, touched)] if len(pieces) >= _DOCUMENT else found

    def _scattered(
        self, said: Iterable[set[str]], touched: Mapping[int, Sequence[tuple[int, Span]]]
    ) -> Iterator[Match]:
        """Hints at the targets on several of whose facts a document touches, where that may be no chance.

        `said` are the words of its sentences, `touched` for each target which of its facts which of them touch on.
        """
        several = {
            owner: places
            for owner, places in touched.items()
            if len({number for number, _ in places}) > 1 and len({piece.start for _, piece in places}) > 1
        }
        if not several:
            return
        whole: dict[int, float] = defaultdict(float)
        for number, held in self._telling.held(set().union(*said)).items():
            if held >= _TOUCHED:
                whole[self._telling.owner(number)] += held
        for owner in heapq.nlargest(_MOST_SCATTERED, several, key=lambda owner: whole[owner]):
            if whole[owner] >= max(_WEIGHT_SCATTERED, _SHARE_SCATTERED * self._telling.weight_of(owner)):
                for start, end in sorted({(piece.start, piece.end) for _, piece in several[owner]}):
                    yield Match(owner, EvidenceKind.FACT, Strength.HINT, start, end, SCATTERED, 0.6)

    def _likely_pairs(self, asked: Vectors, told: Vectors) -> NDArray[np.int64]:
        """All pairs; where there are very many, those of the targets that are nearest to either side."""
        if not self._nearest.many:
            return np.arange(len(self._pairs))
        rows: dict[int, float] = {}
        for side in (asked, told):
            near_each = self._nearest.find(side, _PAIR_LEAST)
            found = sorted((near for own in near_each for near in own), key=lambda near: -near[1])
            rows.update(found[:MOST_NEAR])
        owners = np.unique(self._owners[list(rows)]).tolist() if rows else []
        starts = self._pair_starts
        pairs = (np.arange(starts[owner], starts[owner + 1]) for owner in owners if owner != _NOBODY)
        return np.concatenate([_NO_PAIRS, *pairs])

    def _closeness(self, vectors: Vectors, numbers: NDArray[np.int32]) -> Vectors:
        """For each of some rows its cosine with the nearest of some vectors."""
        if self._nearest.many:
            return self._nearest.closeness_of(vectors, numbers)
        return self._nearest.closeness(vectors)[numbers]

    def _language_of(self, row: int) -> str:
        return self._languages[int(self._language[row])]


class _Asked:
    """The facts' telling words that a question holds, beside a draft.

    If `chained`, words of other facts of the same target count for a fact, too.
    """

    def __init__(self, telling: Keywords, words: set[str], told: set[str], *, chained: bool) -> None:
        self.words = words
        self._chained = chained
        self._telling = telling
        self._begun = telling.held(words)
        self._given = telling.held(words - told)
        self._bearers: Mapping[int, Sequence[float]] | None = None

    def completed(self, number: int, added: float) -> float | None:
        """Return the share of a fact's telling words that is held together with what a draft adds, if it is enough."""
        begun = self._begun.get(number, 0.0)
        share = self._telling.share(number, begun + added)
        if share < _COVERED_BY_BOTH:
            return None
        if number in self._given and begun + added >= _WEIGHT_OF_BOTH:
            return round(min(share, 1.0), 3)
        if not self._chained or added < _ADDED:
            return None
        beyond = self._of_owner(number) - begun
        chained = beyond >= _BEYOND and begun + added + beyond >= _WEIGHT_OF_CHAIN
        return round(min(share, 1.0), 3) if chained else None

    def _of_owner(self, number: int) -> float:
        """Return the weight of the question's words that stand in any fact of this one's target."""
        if self._bearers is None:
            self._bearers = self._telling.bearers(self.words, 0.0)
        return sum(self._bearers.get(self._telling.owner(number), ()))


def _put_in_place(values: NDArray[T], places: NDArray[np.int32], count: int, otherwise: int) -> NDArray[T]:
    """So many values: some where they belong, all others the same."""
    placed = np.full(count, otherwise, dtype=values.dtype)
    placed[places] = values
    return placed


def _stretches(text: str) -> Iterator[tuple[int, int]]:
    """Every `_TOGETHER_SENTENCES` sentences of a text that follow each other, or all of a shorter one."""
    pieces = sentences(text)
    if len(pieces) <= _TOGETHER_SENTENCES:
        yield 0, len(text)
        return
    for first, last in zip(pieces, pieces[_TOGETHER_SENTENCES - 1 :], strict=False):
        yield first.start, last.end


def _allowance(fact: str, text: str, *, question: bool) -> float:
    """Return how much less similar a text may be to a fact, given the languages of both."""
    if not fact or not text or fact == text:
        return 0.0
    across = fact in _SCRIPTS or text in _SCRIPTS
    return _OTHER_SCRIPT if across and not question else _OTHER_LANGUAGE


async def facts_of(targets: Sequence[Target], vectors: FactEmbeddings | None) -> Facts:
    """The facts of the entities among `targets`; without vectors, by telling words alone.

    Raises:
        ModelError: if vectors must be worked out and the embedding model fails.
    """
    if vectors is None:
        return Facts(targets, NO_ROWS)
    return Facts(targets, await vectors.of(entities_of(targets)), await vectors.static())


def entities_of(targets: Sequence[Target]) -> list[Target]:
    """Those of which `Facts` keeps facts."""
    return [target for target in targets if target.kind is TargetKind.ENTITY]
