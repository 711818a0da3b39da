"""Whether the screen's search among very many facts finds what an exact search does, on vectors of real facts.

Real vectors of half a million facts would take hours, so the facts of TOFU are embedded and mixed with each other: what
comes of it lies in the same directions and as near to each other, only in greater numbers.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.box import SIMPLE_HEAD
from rich.table import Table

from expunge.evals.reading import rows as rows_of
from expunge.evals.reading import subfolder, text
from expunge.models.base import EmbeddingModel
from expunge.screen.semantic.embeddings import Rows, Vectors, as_rows, as_vectors
from expunge.screen.semantic.facts import HINT, LIKELY
from expunge.screen.semantic.vector_index import MOST_NEAR, VectorIndex

NEAR = MOST_NEAR // 2
FLOORS = (HINT - 0.02, HINT, LIKELY)
_BLOCK = 50_000
_ROUND = 0.0005
"""By how much rows must be over a floor to be missed, since they are kept rounded."""
Tick = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Recall:
    """The part of an exact search's finds that the search found.

    `nearest` is the share of `asked` vectors whose nearest row was found, where one has a cosine of `floor`; `near`
    the share found of the `NEAR` nearest rows over the floor, `wanted` of them in all; `cpu_ms` is processor time a
    vector.
    """

    rows: int
    asked: int
    floor: float
    nearest: float
    near: float
    wanted: int
    cpu_ms: float


def recall(nearest: VectorIndex, rows: Rows, asked: Vectors, floor: float) -> Recall:
    """Compare with exact search for each of some vectors."""
    began = time.process_time()
    every = nearest.find(asked, floor)
    cpu_ms = (time.process_time() - began) * 1000 / len(asked)
    hits = wanted = first = 0
    for (near, scores), found in zip(_exact(rows, asked), every, strict=True):
        over = set(near[scores >= floor + _ROUND].tolist())
        hits, wanted = hits + len(over.intersection(row for row, _ in found)), wanted + len(over)
        first += not len(over) or max((score for _, score in found), default=-1.0) >= scores.max() - _ROUND
    return Recall(len(rows), len(asked), floor, first / len(asked), hits / wanted if wanted else 1.0, wanted, cpu_ms)


def _exact(rows: Rows, asked: Vectors) -> Iterator[tuple[NDArray[np.intp], Vectors]]:
    """For each of some vectors the `NEAR` nearest rows of all, with their cosines."""
    numbers, scores = [], []
    for start in range(0, len(rows), _BLOCK):
        block = asked @ as_vectors(rows[start : start + _BLOCK]).T
        best = np.argpartition(-block, min(NEAR, block.shape[1] - 1), axis=1)[:, :NEAR]
        numbers.append(best + start)
        scores.append(np.take_along_axis(block, best, axis=1))
    for places, found in zip(np.hstack(numbers), np.hstack(scores), strict=True):
        nearest = np.argsort(-found)[:NEAR]
        yield places[nearest], found[nearest]


async def measure_recall(
    data: Path, model: EmbeddingModel, count: int, asked: int, tick: Tick = lambda what, done, total: None
) -> list[Recall]:
    """Embed TOFU's answers, mix them to `count` rows, and look for `asked` paraphrases at several floors.

    Raises:
        UsageError: if the data cannot be used.
        ModelError: if the embedding model fails.
    """
    root = subfolder(data, "tofu")
    told, paraphrased = [], []
    for part in ("forget10", "retain"):
        for where, row in rows_of(root / f"{part}_perturbed.jsonl"):
            told.append(text(row, "answer", where))
            paraphrased.append(text(row, "paraphrased_answer", where))
    facts = await _embedded(model, told, "embedding facts", tick)
    queries = await _embedded(model, paraphrased[:: max(1, len(paraphrased) // asked)][:asked], "embedding", tick)
    tick("mixing", 0, 0)
    mixed = mix(facts, max(count, len(facts)))
    nearest = VectorIndex(mixed)
    found = []
    for number, floor in enumerate(FLOORS):
        tick("searching", number, len(FLOORS))
        found.append(recall(nearest, mixed, queries, floor))
    return found


def mix(vectors: Vectors, count: int, seed: int = 5) -> Rows:
    """`count` unit vectors: those given, then mixtures of two of them, each with a little that is its own."""
    draw = np.random.default_rng(seed)
    mixed = Rows.unknown(count, vectors.shape[1])
    mixed.put(0, as_rows(vectors))
    for start in range(len(vectors), count, _BLOCK):
        size = min(_BLOCK, count - start)
        one, other = vectors[draw.integers(0, len(vectors), (2, size))]
        share = draw.uniform(0.5, 0.95, (size, 1)).astype(np.float32)
        own = draw.standard_normal((size, vectors.shape[1]), dtype=np.float32) * np.float32(0.01)
        rows = one * share + other * (1 - share) + own
        mixed.put(start, as_rows(rows / np.linalg.norm(rows, axis=1, keepdims=True)))
    return mixed


async def _embedded(model: EmbeddingModel, texts: Sequence[str], what: str, tick: Tick) -> Vectors:
    parts = []
    for start in range(0, len(texts), 16):
        tick(what, start, len(texts))
        parts.append(await model.embed(texts[start : start + 16]))
    return np.concatenate(parts)


def recall_table(found: Sequence[Recall]) -> Table:
    """Return the table of what was found at each floor."""
    title = f"Search among {found[0].rows:,} facts beside exact search"
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    for heading in ("cosine from", "asked", "nearest found", f"{NEAR} nearest found", "of", "processor ms"):
        table.add_column(heading, justify="right")
    for one in found:
        shares = (f"{100 * one.nearest:.2f} %", f"{100 * one.near:.2f} %")
        table.add_row(f"{one.floor:.2f}", str(one.asked), *shares, f"{one.wanted:,}", f"{one.cpu_ms:.2f}")
    return table
