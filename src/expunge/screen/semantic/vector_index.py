"""A search for the nearest of many vectors: a full scan while they are few, cells of similar ones beyond that.

A sentence's neighbours are looked for in the cells whose centres are near it: first by 8-bit integers for a row's place
along the main axes, then in full. The search stops when the rows found are nearer than any that the other cells can
hold. Assigning half a million rows to cells takes seconds, in the background; rows can be added at any time and are
found at once. `docs/performance.md` has the recall.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from expunge.screen.semantic.embeddings import MANY, Rows, Vectors, as_vectors
from expunge.text.budget import give_way, step

MOST_NEAR = 64
"""Rows that are told of one vector at most, where there are very many."""

_AXES = 95
"""Axes along which a row's place is known roughly; one more number says how much they leave of it."""
_SAMPLE = 20_000
"""Rows from which axes and cells are found."""
_CELL = 500
"""Rows of a cell, about."""
_MOST_CELLS = 1_024
_ROUNDS = 4
"""Times that the middles of the cells are moved."""
_OWN = 4
"""Cells that are searched in any case, those that a row like the vector would lie in: there is what is told in a fact's
own words."""
_FIRST = 20
"""The same, those whose middles are nearest: how near their rows are tells how far to look."""
_MARGIN = 1.05
"""How much nearer the rows of other cells may be, each by how its cell is scattered, than those of the first ones."""
_REACH = 0.25
"""How much nearer than a cell's middle a row of it may be, in units of how far its rows are scattered; where these are
scattered widely, as much as a row is nearer to itself. With TOFU's answers and their paraphrases .22 holds 99.9 % of
the 64 nearest, .29 holds 99.99 %."""
_SEARCHED = 60
"""Further cells that are searched at most, those whose middles are nearest."""
_MEASURED = 1_024
"""Rows that are measured in full for one vector, at most."""
_ALIKE = 0.5
"""How alike near vectors are in what the axes leave of them."""
_LOOSE = 4_096
"""Rows that are put in before they are laid into cells; until then all of them are measured."""
_BLOCK = 1_024
"""Rows that are worked on at once; requests go first in between."""
_LEAST_SCATTERED = 0.01
_ROUGH = 0.002
"""What rounding to whole numbers changes a score along the axes."""
_OFF = 3.0
"""How much less than it is, in units of how far they are off, a score may seem."""
Numbers = NDArray[np.int64]
Found = list[tuple[int, float]]


class VectorIndex:
    """Unit vectors, or rows of zeros for those that are not known yet, to which nothing is near.

    Some threads may `put` while others search.
    """

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._lock = threading.Lock()
        self._full: Vectors | None = as_vectors(rows) if len(rows) <= MANY else None
        self._cells = _Cells.of(rows) if len(rows) > MANY else None

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def many(self) -> bool:
        """Whether there are too many rows to measure them all."""
        return self._cells is not None

    @property
    def nbytes(self) -> int:
        """Bytes that the vectors and what is laid out of them take."""
        full = 0 if self._full is None else self._full.nbytes
        return self._rows.nbytes + full + (0 if self._cells is None else self._cells.nbytes)

    def put(self, start: int, rows: Rows) -> None:
        """Put in what was not known: the rows from `start` on."""
        with self._lock:
            self._rows.put(start, rows)
            if self._full is not None:
                self._full[start : start + len(rows)] = as_vectors(rows)
            if self._cells is not None:
                self._cells = self._cells.with_rows(self._rows, np.arange(start, start + len(rows)))

    def find(self, vectors: Vectors, floor: float) -> list[Found]:
        """For each vector the rows of which the cosine with it is `floor` or more, with that cosine.

        Where there are many, they are the `MOST_NEAR` nearest ones, the nearest first.
        """
        if not len(self._rows):
            return [[] for _ in vectors]
        if self._cells is None:
            scores = products(vectors, self._all())
            return [[(int(i), float(row[i])) for i in np.flatnonzero(row >= floor)] for row in scores]
        return self._cells.find(self._rows, vectors, floor)

    def row(self, number: int) -> Vectors:
        """One of the rows."""
        vector: Vectors = self._rows.vectors(slice(number, number + 1))[0]
        return vector

    def closeness(self, vectors: Vectors) -> Vectors:
        """For each row its cosine with the nearest of some vectors; only while all rows are measured."""
        best: Vectors = products(vectors, self._all()).max(axis=0)
        return best

    def closeness_of(self, vectors: Vectors, numbers: NDArray[np.int32]) -> Vectors:
        """For each of some rows its cosine with the nearest of some vectors."""
        best: Vectors = products(vectors, self._rows.vectors(numbers)).max(axis=0)
        return best

    def _all(self) -> Vectors:
        assert self._full is not None
        return self._full


@dataclass(frozen=True, slots=True)
class _Cells:
    """Rows in the order of their cells, each known by its place along the main axes.

    `middles` are the means of the cells and `halves` half of their squared lengths, `reaches` how far beyond a middle
    something may be found, `scattered` how far its rows are from it in the mean. The rows of a cell stand from its
    start on in `order` and `places`. `fitted` is how many rows the axes and cells were found for.
    """

    axes: Vectors
    scale: Vectors
    middles: Vectors
    halves: Vectors
    reaches: Vectors
    scattered: Vectors
    starts: Numbers
    order: NDArray[np.int32]
    places: NDArray[np.int8]
    loose: _Loose
    fitted: int

    @property
    def nbytes(self) -> int:
        """Bytes that they take."""
        return self.places.nbytes + self.order.nbytes + self.middles.nbytes

    @classmethod
    def of(cls, rows: Rows) -> _Cells:
        """All rows that are known, in cells made for them."""
        known = rows.known()
        sample = rows.vectors(known[:: max(1, len(known) // _SAMPLE)])
        axes, scale = _axes(sample)
        middles = _middles(sample, axes, max(1, min(_MOST_CELLS, len(known) // _CELL)))
        empty = cls(
            axes,
            scale,
            middles,
            np.zeros(0, dtype=np.float32),
            np.zeros(0, dtype=np.float32),
            np.zeros(0, dtype=np.float32),
            np.zeros(1, dtype=np.int64),
            np.zeros(0, dtype=np.int32),
            np.zeros((0, len(scale)), dtype=np.int8),
            _Loose(),
            len(known),
        )
        return empty._with_laid(rows, known, np.zeros(0, dtype=np.int64))

    def with_rows(self, rows: Rows, numbers: Numbers) -> _Cells:
        """The same with some of all rows newly known."""
        if self.loose.count + len(numbers) <= _LOOSE:
            return replace(self, loose=self.loose.with_rows(numbers, rows.vectors(numbers)))
        loose = np.unique(np.concatenate([self.loose.rows, numbers]))
        # Axes and cells that were found for a few rows fit many badly.
        if len(self.order) + len(loose) > 2 * self.fitted:
            return _Cells.of(rows)
        return self._with_laid(rows, loose, np.repeat(np.arange(len(self.middles)), np.diff(self.starts)))

    def find(self, rows: Rows, vectors: Vectors, floor: float) -> list[Found]:
        """The nearest rows over a floor, for each vector."""
        along = vectors @ self.axes
        left = np.sqrt(np.maximum(0.0, 1.0 - np.square(along).sum(axis=1)))
        asked = np.concatenate([along, _ALIKE * left[:, None]], axis=1) * self.scale
        middles = vectors @ self.middles.T
        # Only what lies loose may be in a cell, too.
        found = [_Nearest(floor, once=not self.loose.count) for _ in vectors]
        if self.loose.count:
            for one, cosines in zip(found, vectors @ self.loose.vectors.T, strict=True):
                one.take(self.loose.rows, cosines)
        first = [self._first(own) for own in middles]
        near = self._scored(first, asked)
        others = []
        errors = []
        for one, vector, own, scored in zip(found, vectors, middles, near, strict=True):
            step()
            # Measured for what the other cells are to be measured against, and for how far the scores are off.
            highest = _highest(scored.scores, 2 * MOST_NEAR)
            numbers = self._numbers(scored, highest)
            exact = rows.measured(numbers, vector)
            one.take(numbers, exact)
            wrong = scored.scores[highest] - exact
            errors.append((float(wrong.mean()), float(wrong.std())) if len(wrong) else (0.0, 0.0))
            others.append(self._others(own, scored, errors[-1][0], one.least))
            scored.scores[highest] = -np.inf
        farther = self._scored(others, asked)
        for one, vector, (over, off), *both in zip(found, vectors, errors, near, farther, strict=True):
            step()
            for scored in both:
                likely = np.flatnonzero(scored.scores >= one.least + over - _OFF * off - _ROUGH)
                likely = likely[_highest(scored.scores[likely], _MEASURED)]
                numbers = self._numbers(scored, likely)
                one.take(numbers, rows.measured(numbers, vector))
        return [one.all() for one in found]

    def _first(self, middles: Vectors) -> Numbers:
        """The cells that are searched in any case."""
        nearest = np.where(np.isinf(self.halves), -np.inf, middles)
        return np.unique(np.concatenate([_highest(middles - self.halves, _OWN), _highest(nearest, _FIRST)]))

    def _others(self, middles: Vectors, first: _Scored, over: float, least: float) -> Numbers:
        """The further cells that may hold something nearer than `least`, by what the first ones hold, whose scores are
        too high by `over`."""
        filled = first.sizes > 0
        if not filled.any():
            return first.cells[filled]
        cells = first.cells[filled]
        nearest = np.maximum.reduceat(first.scores, first.places[:-1][filled]) - over
        reach = _MARGIN * float(((nearest - middles[cells]) / self.scattered[cells]).max())
        best = middles + np.minimum(reach * self.scattered, self.reaches)
        best[cells] = -np.inf
        others = np.flatnonzero(best >= least)
        return others[_highest(middles[others], _SEARCHED)]

    def _scored(self, cells: Sequence[Numbers], asked: Vectors) -> list[_Scored]:
        """For each of some vectors about the cosines of the rows of some cells with it.

        What several vectors ask of one cell is worked out together, cell after cell, so that its numbers stay near to
        the processor.
        """
        sizes = np.diff(self.starts)
        scored = [_Scored.blank(own, sizes[own]) for own in cells]
        asking: dict[int, list[tuple[Vectors, Vectors]]] = {}
        for one, vector in zip(scored, asked, strict=True):
            places = one.places.tolist()
            for cell, start, end in zip(one.cells.tolist(), places, places[1:], strict=False):
                asking.setdefault(cell, []).append((vector, one.scores[start:end]))
        buffer = np.empty((max((int(sizes[cell]) for cell in asking), default=0), len(self.scale)), dtype=np.float32)
        for cell, who in asking.items():
            numbers = self.places[self.starts[cell] : self.starts[cell + 1]]
            exact = buffer[: len(numbers)]
            exact[...] = numbers
            for vector, scores in who:
                np.matmul(exact, vector, out=scores)
        return scored

    def _numbers(self, scored: _Scored, which: Numbers) -> NDArray[np.int32]:
        """The numbers of some of the rows that were scored."""
        cell = scored.places.searchsorted(which, side="right") - 1
        numbers: NDArray[np.int32] = self.order[self.starts[scored.cells[cell]] + which - scored.places[cell]]
        return numbers

    def _with_laid(self, rows: Rows, numbers: Numbers, cells: Numbers) -> _Cells:
        """The same with some more rows in their cells; `cells` are those of the rows that stand in `order`."""
        added = np.empty(len(numbers), dtype=np.int64)
        places = np.empty((len(numbers), len(self.scale)), dtype=np.int8)
        sums = self.middles * np.diff(self.starts)[:, None] if len(cells) else np.zeros_like(self.middles)
        middles = self.middles @ self.axes
        halves = np.square(middles).sum(axis=1) / 2
        for start in range(0, len(numbers), _BLOCK):
            give_way()
            block = rows.vectors(numbers[start : start + _BLOCK])
            along = block @ self.axes
            own = (along @ middles.T - halves).argmax(axis=1)
            added[start : start + _BLOCK] = own
            places[start : start + _BLOCK] = self._whole(along)
            _add_up(sums, own, block)
        # Sixteen bits are sorted in a time that grows with their number alone.
        cells = np.concatenate([cells, added]).astype(np.int16)
        order = np.argsort(cells, kind="stable")
        counts = np.bincount(cells, minlength=len(self.middles))
        means = np.where(counts[:, None] > 0, sums / np.maximum(counts, 1)[:, None], self.middles).astype(np.float32)
        lengths = np.square(means).sum(axis=1)
        scattered = np.maximum(0.0, 1.0 - lengths)
        reaches = np.maximum(_REACH * np.sqrt(scattered), scattered)
        scattered = np.maximum(np.sqrt(scattered), _LEAST_SCATTERED)
        return replace(
            self,
            middles=means,
            halves=np.where(counts > 0, lengths / 2, np.inf).astype(np.float32),
            reaches=np.where(counts > 0, reaches, -np.inf).astype(np.float32),
            scattered=scattered.astype(np.float32),
            starts=np.concatenate([[0], np.cumsum(counts)]),
            order=np.concatenate([self.order, numbers.astype(np.int32)])[order],
            places=(np.concatenate([self.places, places]) if len(self.places) else places)[order],
            loose=_Loose(),
        )

    def _whole(self, along: Vectors) -> NDArray[np.int8]:
        """Places along the axes, and what these leave, as whole numbers."""
        left = np.sqrt(np.maximum(0.0, 1.0 - np.square(along).sum(axis=1)))
        exact = np.concatenate([along, left[:, None]], axis=1) / self.scale
        whole: NDArray[np.int8] = np.clip(np.rint(exact), -127, 127).astype(np.int8)
        return whole


@dataclass(frozen=True, slots=True)
class _Scored:
    """About the cosines of one vector with the rows of some cells, cell after cell; `places` is where each begins."""

    cells: Numbers
    sizes: Numbers
    places: Numbers
    scores: Vectors

    @classmethod
    def blank(cls, cells: Numbers, sizes: Numbers) -> _Scored:
        """Those that are still to be worked out, of cells of these sizes."""
        places = np.concatenate([[0], np.cumsum(sizes)])
        return cls(cells, sizes, places, np.empty(int(places[-1]), dtype=np.float32))


class _Loose:
    """Rows that stand in no cell yet, with their vectors: the first of a buffer that is filled by one thread."""

    def __init__(self, numbers: Numbers | None = None, buffer: Vectors | None = None, count: int = 0) -> None:
        self._numbers, self._buffer, self.count = numbers, buffer, count

    def with_rows(self, numbers: Numbers, vectors: Vectors) -> _Loose:
        """These and some more; what others read of these stays as it is."""
        all_numbers, buffer = self._numbers, self._buffer
        if all_numbers is None or buffer is None:
            all_numbers = np.empty(_LOOSE, dtype=np.int64)
            buffer = np.empty((_LOOSE, vectors.shape[1]), dtype=np.float32)
        end = self.count + len(numbers)
        all_numbers[self.count : end] = numbers
        buffer[self.count : end] = vectors
        return _Loose(all_numbers, buffer, end)

    @property
    def rows(self) -> Numbers:
        """Their numbers."""
        return np.zeros(0, dtype=np.int64) if self._numbers is None else self._numbers[: self.count]

    @property
    def vectors(self) -> Vectors:
        """Their vectors."""
        return np.zeros((0, 1), dtype=np.float32) if self._buffer is None else self._buffer[: self.count]


class _Nearest:
    """The nearest rows over a floor so far; `least` is what a score must be to come among them.

    `once` tells that no row is looked at twice.
    """

    def __init__(self, floor: float, *, once: bool) -> None:
        self.least = floor
        self._once = once
        self._numbers = np.zeros(0, dtype=np.int64)
        self._scores = np.zeros(0, dtype=np.float32)

    def take(self, numbers: Numbers | NDArray[np.int32], scores: Vectors) -> None:
        """Look at some rows."""
        passed = scores >= self.least
        rows = np.concatenate([self._numbers, numbers[passed]]).astype(np.int64, copy=False)
        scores = np.concatenate([self._scores, scores[passed]])
        if not self._once:
            rows, first = np.unique(rows, return_index=True)
            scores = scores[first]
        if len(scores) > MOST_NEAR:
            nearest = np.argpartition(scores, -MOST_NEAR)[-MOST_NEAR:]
            rows, scores = rows[nearest], scores[nearest]
            self.least = float(scores.min())
        self._numbers, self._scores = rows, scores

    def all(self) -> Found:
        """Them, the nearest first."""
        order = np.argsort(-self._scores, kind="stable")
        return list(zip(self._numbers[order].tolist(), self._scores[order].tolist(), strict=True))


def _highest(scores: Vectors, count: int) -> Numbers:
    """The places of so many of the highest scores."""
    if len(scores) <= count:
        return np.arange(len(scores))
    return np.argpartition(scores, -count)[-count:]


def _axes(sample: Vectors) -> tuple[Vectors, Vectors]:
    """The main axes of some vectors, and what a whole number is worth along each, and of what they leave."""
    _, directions = np.linalg.eigh(sample.T @ sample)
    axes: Vectors = np.ascontiguousarray(directions[:, : -_AXES - 1 : -1], dtype=np.float32)
    most = np.clip(np.abs(sample @ axes).max(axis=0, initial=0.0) * 1.2, 0.1, 1.0)
    scale: Vectors = (np.append(most, 1.0) / 127).astype(np.float32)
    return axes, scale


def _middles(sample: Vectors, axes: Vectors, count: int) -> Vectors:
    """The middles of so many groups of like vectors (k-means along the axes, from places spread over the sample)."""
    if not len(sample):
        return np.zeros((1, sample.shape[1]), dtype=np.float32)
    draw = np.random.default_rng(1)
    middles = sample[draw.choice(len(sample), min(count, len(sample)), replace=False)]
    along = sample @ axes
    for _ in range(_ROUNDS):
        places = middles @ axes
        halves = np.square(places).sum(axis=1) / 2
        own = np.concatenate(
            [
                (along[start : start + _BLOCK] @ places.T - halves).argmax(axis=1)
                for start in range(0, len(along), _BLOCK)
            ]
        )
        sums = np.zeros_like(middles)
        for start in range(0, len(sample), _BLOCK):
            give_way()
            _add_up(sums, own[start : start + _BLOCK], sample[start : start + _BLOCK])
        counts = np.bincount(own, minlength=len(middles))
        filled = counts > 0
        middles[filled] = sums[filled] / counts[filled, None]
    return middles


def _add_up(sums: Vectors, own: Numbers, rows: Vectors) -> None:
    """Add rows to the sums that they belong to."""
    order = np.argsort(own, kind="stable")
    different, first = np.unique(own[order], return_index=True)
    sums[different] += np.add.reduceat(rows[order], first, axis=0)


_TOGETHER = 4
"""Rows that are multiplied together."""


def products(few: Vectors, many: Vectors) -> Vectors:
    """`few @ many.T`: for each of a few vectors its product with each of many."""
    count = len(few)
    if 0 < count < _TOGETHER:
        return np.stack([many @ one for one in few])
    if count % _TOGETHER:
        filled = np.zeros((_TOGETHER - count % _TOGETHER, few.shape[1]), dtype=few.dtype)
        few = np.concatenate([few, filled])
    found: Vectors = few @ many.T
    return found[:count]
