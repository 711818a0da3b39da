"""Telling words: the rare words, names and numbers by which a fact is known though it is told in other words.

Half a million facts are kept as arrays: a word has one weight wherever it stands, so that a fact needs no words of its
own but only what they weigh together.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from expunge.screen.names.patterns import patterns_of
from expunge.text.budget import giving_way
from expunge.text.fold import fold
from expunge.text.frequency import weight
from expunge.types import Target, TargetKind

_SHARED = 3.0
"""Telling weight that a word loses for each tenfold of targets whose facts hold it. With 2,000 facts of K-Bench, the
kind of ship that eight people served on made two thirds of their addresses' weight."""


_SILENT = -1


def _numbers(values: array[int]) -> NDArray[np.int32]:
    """The same numbers, not copied."""
    return np.frombuffer(values, dtype=np.int32) if values else np.zeros(0, dtype=np.int32)


class Keywords:
    """The telling words of the facts of one segment, without those of their targets' own names.

    Facts are numbered in order; `owner(number)` is the index of the target that a fact is of.
    """

    def __init__(self, targets: Sequence[Target]) -> None:
        numbers: dict[str, int] = {}
        owners, facts, words = array("i"), array("i"), array("i")
        weights: list[float] = []
        for index, target in enumerate(giving_way(targets)):
            if target.kind is TargetKind.TOPIC or not target.facts:
                continue
            own = {token for pattern in patterns_of(target) for token in pattern.tokens}
            for fact in target.facts:
                telling = False
                for word in set(fold(fact.text).split()) - own:
                    number = numbers.get(word)
                    if number is None:
                        heavy = weight(word)
                        number = numbers[word] = len(weights) if heavy > 0 else _SILENT
                        if heavy > 0:
                            weights.append(heavy)
                    if number == _SILENT:
                        continue
                    facts.append(len(owners))
                    words.append(number)
                    telling = True
                if telling:
                    owners.append(index)
        self._owners = np.array(owners, dtype=np.int32)
        self._words = {word: number for word, number in numbers.items() if number != _SILENT}
        # Of half a million facts each array takes ten megabytes and more: none is kept longer than it is needed.
        del numbers, owners
        order = np.argsort(_numbers(words), kind="stable").astype(np.int32)
        ordered_words = _numbers(words)[order]
        del words
        ordered_facts = _numbers(facts)[order]
        del facts, order
        self._keep(ordered_facts, ordered_words, np.array(weights))

    def _keep(self, facts: NDArray[np.int32], words: NDArray[np.int32], weights: NDArray[np.float64]) -> None:
        """Lay out the facts of each word, which stand one after the other, and make what many targets' facts hold less
        telling."""
        owners = self._owners[facts]
        # Within a word, facts stand in order, and so do their owners.
        first = np.ones(len(words), dtype=np.bool_)
        first[1:] = (words[1:] != words[:-1]) | (owners[1:] != owners[:-1])
        bearers = np.bincount(words[first], minlength=len(weights))
        weights = weights - _SHARED * np.log10(np.maximum(bearers, 1))
        telling = weights[words] > 0
        self._facts = facts[telling]
        self._weights = weights
        kept = words[telling]
        self._starts = np.searchsorted(kept, np.arange(len(weights) + 1)).astype(np.int32)
        self._totals = np.bincount(self._facts, weights=weights[kept], minlength=len(self._owners))
        # A word that says nothing any more need not be known.
        silent = np.flatnonzero(weights <= 0)
        if len(silent):
            gone = set(silent.tolist())
            self._words = {word: number for word, number in self._words.items() if number not in gone}

    def owner(self, number: int) -> int:
        """The index of the target that a fact is of."""
        return int(self._owners[number])

    def weight_of(self, owner: int) -> float:
        """The telling weight of all facts of a target."""
        start, end = np.searchsorted(self._owners, (owner, owner + 1))
        return float(self._totals[start:end].sum())

    def held(self, words: Iterable[str]) -> dict[int, float]:
        """The telling weight that different words hold of each fact."""
        held: dict[int, float] = defaultdict(float)
        for word in words:
            number = self._words.get(word)
            if number is not None:
                heavy = float(self._weights[number])
                for fact in self._of(number).tolist():
                    held[fact] += heavy
        return held

    def bearers(self, words: Iterable[str], least: float) -> dict[int, list[float]]:
        """The targets whose facts hold any of different words of so much weight, with the weights of these."""
        found: dict[int, list[float]] = defaultdict(list)
        for word in words:
            number = self._words.get(word)
            if number is not None and self._weights[number] >= least:
                heavy = float(self._weights[number])
                for owner in set(self._owners[self._of(number)].tolist()):
                    found[owner].append(heavy)
        return found

    def share(self, number: int, held: float) -> float:
        """Return the share of a fact's telling weight that is held."""
        return held / float(self._totals[number])

    def _of(self, word: int) -> NDArray[np.int32]:
        """The facts that hold a word, by number."""
        return self._facts[self._starts[word] : self._starts[word + 1]]
