"""What facts cost an answer as their number grows, beside what the embedding engine takes by itself.

Vectors of some invented facts are mixed to as many as are asked for (see `recall`), since embedding half a million
would take half an hour. Searched are the sentences of answers: one kind tells of people as the facts do, so that every
sentence is near to thousands of them, the other of a harbour, as most answers tell of something else.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from expunge.bench.recall import mix, recall
from expunge.bench.world import prose, targets
from expunge.evals.metrics import percentile
from expunge.models.base import EmbeddingModel
from expunge.screen.semantic.embeddings import Rows, Vectors, as_vectors
from expunge.screen.semantic.facts import HINT
from expunge.screen.semantic.sentences import compared_of
from expunge.screen.semantic.vector_index import VectorIndex
from expunge.types import Target

SENTENCES = 10
"""Sentences of an answer."""
ANSWERS = 20
"""Answers of each kind, of which every round looks for each once."""
_TOLD = 400
"""Invented facts that are embedded and mixed."""
_COMPARED = 10
"""Answers of each kind whose sentences' nearest facts are looked for exactly, too."""
_BLOCK = 50_000
Tick = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class FactCost:
    """The search among so many facts: median processor time an answer, in milliseconds.

    `alike_ms` is an answer that tells of people as the facts do, `other_ms` one about something else, `all_ms` the
    first with every fact measured in full, `build_s` the processor time that the index takes, `mb` its size. Of the
    sentences with a fact that is near, `nearest` is the share whose nearest one is found, and `near` the share of the
    `recall.NEAR` nearest of each that are.
    """

    facts: int
    alike_ms: float
    other_ms: float
    all_ms: float
    build_s: float
    mb: float
    nearest: float
    near: float


@dataclass(frozen=True, slots=True)
class FactCosts:
    """The search at each size, and the processor time that the engine takes to embed an answer."""

    engine_ms: float
    sizes: tuple[FactCost, ...]


async def measure_facts(
    model: EmbeddingModel, sizes: Sequence[int], rounds: int, tick: Tick = lambda what, done, total: None
) -> FactCosts:
    """Measure all sizes side by side, in turns.

    Raises:
        ModelError: if the embedding model fails.
    """
    tick("embedding", 0, 0)
    known = await model.embed([fact.text for target in targets(_TOLD // 5, facts=5) for fact in target.facts])
    alike = [
        " ".join(fact.text for target in some for fact in target.facts)
        for some in _groups(targets(ANSWERS * SENTENCES // 5, facts=5, seed=3), SENTENCES // 5)
    ]
    engine, embedded = [], []
    for text in [*alike, *prose(ANSWERS, seed=9)]:
        pieces = [piece.of(text).strip() for piece in compared_of(text)][:SENTENCES]
        began = time.process_time()
        embedded.append(await model.embed(pieces))
        engine.append((time.process_time() - began) * 1000)
    tick("mixing", 0, 0)
    mixed = mix(known, max(sizes))
    indexes, built = [], []
    for number, size in enumerate(sizes):
        tick(f"laying out {size:,} facts", number, len(sizes))
        rows = Rows.unknown(size, mixed.shape[1])
        rows.put(0, mixed[:size])
        began = time.process_time()
        indexes.append(VectorIndex(rows))
        built.append(time.process_time() - began)
    likes, others = embedded[:ANSWERS], embedded[ANSWERS:]
    times: list[tuple[list[float], list[float], list[float]]] = [([], [], []) for _ in sizes]
    for turn in range(rounds):
        tick("searching", turn, rounds)
        for number, index in enumerate(indexes):
            times[number][0].extend(_searched(index, likes))
            times[number][1].extend(_searched(index, others))
            if not turn:
                times[number][2].extend(_measured(mixed[: sizes[number]], likes[:2]))
    tick("comparing with exact search", 0, 0)
    asked = np.concatenate([*likes[:_COMPARED], *others[:_COMPARED]])
    found = [recall(index, mixed[:size], asked, HINT) for size, index in zip(sizes, indexes, strict=True)]
    return FactCosts(
        percentile(engine, 0.5),
        tuple(
            FactCost(
                size,
                percentile(times[number][0], 0.5),
                percentile(times[number][1], 0.5),
                percentile(times[number][2], 0.5),
                built[number],
                indexes[number].nbytes / 1e6,
                found[number].nearest,
                found[number].near,
            )
            for number, size in enumerate(sizes)
        ),
    )


def _searched(index: VectorIndex, answers: Sequence[Vectors]) -> Iterator[float]:
    for vectors in answers:
        began = time.process_time()
        index.find(vectors, HINT)
        yield (time.process_time() - began) * 1000


def _measured(rows: Rows, answers: Sequence[Vectors]) -> Iterator[float]:
    """The same with every row measured, the time that it takes to read its numbers left out."""
    for vectors in answers:
        spent = 0.0
        for start in range(0, len(rows), _BLOCK):
            block = as_vectors(rows[start : start + _BLOCK])
            began = time.process_time()
            (vectors @ block.T >= HINT).nonzero()
            spent += time.process_time() - began
        yield spent * 1000


def _groups(values: Sequence[Target], size: int) -> Iterator[Sequence[Target]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]
