"""Which of many vectors are near to a few: all are measured while they are few, those that pass a sieve beyond.

The sieve lays the vectors out along their own main axes; whoever is near enough along these is measured in full. It
needs no building to speak of, so that nobody waits for it and rows can be put in at any time, and half a million facts
take some milliseconds a text. `docs/performance.md` has its recall.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from expunge.screen.semantic.embeddings import Rows, Vectors, as_vectors

MOST_NEAR = 64
"""Rows that are told of one vector at most, where there are very many."""

_ALL = 20_000
"""Rows up to which all are measured."""
_AXES = 128
_FEW_AXES = 32
"""Axes for rows that need not be told apart well."""
_SAMPLE = 20_000
"""Rows from which the axes are found."""
_MEASURED = 1_024
"""Rows that are measured in full for one vector, at most."""
_BLOCK = 32_768
_ROUGH = 0.001
"""More than a cosine with a row can be off because the row's numbers are rounded."""


class VectorIndex:
    """Unit vectors, or rows of zeros for those that are not known yet, to which nothing is near.

    One thread may `put` while others search.
    """

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._full: Vectors | None = as_vectors(rows) if len(rows) <= _ALL else None
        self._sieve = _Sieve.of(rows) if len(rows) > _ALL else None
        self._since = 0

    def __len__(self) -> int:
        return len(self._rows)

    def put(self, start: int, rows: Rows) -> None:
        """Put in what was not known: the rows from `start` on."""
        end = start + len(rows)
        self._rows[start:end] = rows
        if self._full is not None:
            self._full[start:end] = as_vectors(rows)
        if self._sieve is not None:
            self._since += len(rows)
            # Axes that were found from a few rows fit many badly: it costs time, and no row is lost.
            if self._since > self._sieve.fitted:
                self._sieve, self._since = _Sieve.of(self._rows), 0
            else:
                self._sieve = self._sieve.with_rows(start, rows)

    def find(self, vectors: Vectors, floor: float) -> list[list[tuple[int, float]]]:
        """For each vector the rows of which the cosine with it is `floor` or more, with that cosine."""
        if not len(self._rows):
            return [[] for _ in vectors]
        if self._sieve is None:
            scores: Vectors = vectors @ self._all().T
            return [[(int(i), float(row[i])) for i in np.flatnonzero(row >= floor)] for row in scores]
        found = []
        for vector, candidates in zip(vectors, self._sieve.passing(vectors, floor), strict=True):
            near = as_vectors(self._rows.take(candidates, axis=0)) @ vector
            nearest = np.argsort(-near, kind="stable")[:MOST_NEAR]
            found.append([(int(candidates[i]), float(near[i])) for i in nearest if near[i] >= floor])
        return found

    def closeness(self, vectors: Vectors) -> Vectors:
        """For each row its cosine with the nearest of some vectors; of many rows, about that for the farther ones."""
        if self._sieve is None:
            best: Vectors = (vectors @ self._all().T).max(axis=0)
            return best
        best, pool = np.empty(len(self._rows), dtype=np.float32), _Pool(-1.0)
        for start, block in self._sieve.blocks(vectors, _FEW_AXES):
            scores = block.max(axis=0)
            best[start : start + len(scores)] = scores
            pool.take(start, scores)
        nearest = pool.rows
        best[nearest] = (vectors @ as_vectors(self._rows.take(nearest, axis=0)).T).max(axis=0)
        return best

    def _all(self) -> Vectors:
        assert self._full is not None
        return self._full


@dataclass(frozen=True, slots=True)
class _Sieve:
    """Where rows lie along their main axes.

    `left` is the most that the axes leave of any row, `fitted` how many rows they were found for.
    """

    axes: Vectors
    places: Vectors
    left: float
    fitted: int

    @classmethod
    def of(cls, rows: Rows) -> _Sieve:
        """The sieve of some rows."""
        known = np.flatnonzero(rows.any(axis=1))
        sample = as_vectors(rows[known[:: max(1, len(known) // _SAMPLE)]])
        _, directions = np.linalg.eigh(sample.T @ sample)
        axes = np.ascontiguousarray(directions[:, : -_AXES - 1 : -1], dtype=np.float32)
        places = np.empty((len(rows), axes.shape[1]), dtype=np.float32)
        left = 0.0
        for start in range(0, len(rows), _BLOCK):
            block = as_vectors(rows[start : start + _BLOCK])
            places[start : start + _BLOCK] = block @ axes
            left = max(left, _left(block, places[start : start + _BLOCK]))
        return cls(axes, places, left, len(known))

    def with_rows(self, start: int, rows: Rows) -> _Sieve:
        """The same with some rows known."""
        full = as_vectors(rows)
        places = full @ self.axes
        self.places[start : start + len(rows)] = places
        return _Sieve(self.axes, self.places, max(self.left, _left(full, places)), self.fitted)

    def blocks(self, vectors: Vectors, axes: int) -> Iterator[tuple[int, Vectors]]:
        """Scores along the first axes of all vectors with some rows at a time, and the number of the first of these."""
        asked: Vectors = vectors @ self.axes[:, :axes]
        for start in range(0, len(self.places), _BLOCK):
            scores: Vectors = asked @ self.places[start : start + _BLOCK, :axes].T
            yield start, scores

    def passing(self, vectors: Vectors, floor: float) -> list[NDArray[np.int64]]:
        """For each vector the rows that may have a cosine of `floor` with it; of very many, the likeliest."""
        # Of a vector and a row the axes leave a part each, and these add no more than the product of their lengths.
        left = np.sqrt(np.maximum(0.0, 1.0 - np.square(vectors @ self.axes).sum(axis=1))) * self.left
        pools = [_Pool(float(least)) for least in floor - left - _ROUGH]
        for start, block in self.blocks(vectors, _AXES):
            for pool, scores in zip(pools, block, strict=True):
                pool.take(start, scores)
        return [pool.rows for pool in pools]


class _Pool:
    """The rows of the highest scores so far, at most `_MEASURED`; `_least` is what a score must be to come in."""

    def __init__(self, least: float) -> None:
        self._least = least
        self.rows = np.zeros(0, dtype=np.int64)
        self._scores = np.zeros(0, dtype=np.float32)

    def take(self, start: int, scores: Vectors) -> None:
        """Look at the scores of the rows from `start` on."""
        passed = np.flatnonzero(scores >= self._least)
        if not len(passed):
            return
        rows, found = np.concatenate([self.rows, passed + start]), np.concatenate([self._scores, scores[passed]])
        if len(rows) > _MEASURED:
            best = np.argpartition(found, -_MEASURED)[-_MEASURED:]
            rows, found = rows[best], found[best]
            self._least = float(found.min())
        self.rows, self._scores = rows, found


def _left(rows: Vectors, places: Vectors) -> float:
    """The most that the axes leave of any of some rows."""
    lengths = np.square(rows).sum(axis=1) - np.square(places).sum(axis=1)
    return float(np.sqrt(max(0.0, lengths.max(initial=0.0))))
