"""The screen's times, and the delay until a new target is in force, at each size of registry."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from expunge.bench.world import people, prose, targets
from expunge.evals.metrics import percentile
from expunge.registry.store import Registry
from expunge.screen.screen import Screen
from expunge.types import Draft, Evidence, Message, Snapshot, Target

LENGTH = 1000
"""Characters of the screened answer."""
ADDED = 20
"""How many targets are added one after the other to see how soon each is in force."""
_QUESTION = Message("user", "What do you know about the old harbour, and who wrote about it?")
Progress = Callable[[str], None]


class Reader(Protocol):
    """The part of the screen that is measured."""

    async def read(self, snapshot: Snapshot, messages: Sequence[Message], draft: Draft) -> tuple[Evidence, ...]:
        """All evidence in a conversation and its draft."""
        ...

    async def read_text(self, snapshot: Snapshot, text: str) -> tuple[Evidence, ...]:
        """All evidence in a text."""
        ...


@dataclass(frozen=True, slots=True)
class ScreenTime:
    """The screen at one size; times are wall times.

    `facts` counts the facts of all targets, `found` the readings that gave evidence; `build_s` is the index of the
    whole registry, `answer_*_ms` an answer of `LENGTH` characters over `runs` readings, `screen_median_ms` the
    same with its question, as in a request, `force_*_ms` adding a target (to the registry if there is one) until a
    text that names it gives evidence.
    """

    targets: int
    facts: int
    build_s: float
    answer_median_ms: float
    answer_p99_ms: float
    screen_median_ms: float
    force_median_ms: float
    force_max_ms: float
    runs: int
    found: int


class Bench:
    """A set of targets with its own screen, so that several sizes can be measured in turns.

    With a `registry`, which must be empty, the targets are stored in it and its snapshots are read, so that
    what it takes to store a newcomer counts as well.
    """

    def __init__(self, screen: Reader, roster: Sequence[Target], registry: Registry | None = None) -> None:
        self._screen = screen
        self._roster = roster
        self._registry = registry
        self._snapshot = Snapshot()
        self._build_s = 0.0
        self._answer_ms: list[float] = []
        self._screen_ms: list[float] = []
        self._force_ms: list[float] = []
        self._found = 0

    async def build(self) -> None:
        """Make and time the index."""
        if self._registry is not None:
            self._registry.add_many(self._roster)
            self._snapshot = self._registry.snapshot()
        else:
            base = {target.id: target for target in self._roster}
            self._snapshot = Snapshot(revision=1, base=base, base_id=1)
        started = time.perf_counter()
        if isinstance(self._screen, Screen):
            await self._screen.prepare(self._snapshot, wait=True)
        await self._screen.read_text(self._snapshot, "Nobody is here.")
        self._build_s = time.perf_counter() - started

    async def read(self, texts: Sequence[str]) -> None:
        """Time one reading of each text, alone and with a question by turns.

        No text may come twice: the screen knows again what it read before.
        """
        for text, other in zip(texts[::2], texts[1::2], strict=True):
            started = time.perf_counter()
            await self._screen.read_text(self._snapshot, text)
            self._answer_ms.append((time.perf_counter() - started) * 1000)
            draft = Draft(other)
            started = time.perf_counter()
            evidence = await self._screen.read(self._snapshot, (_QUESTION,), draft)
            self._screen_ms.append((time.perf_counter() - started) * 1000)
            self._found += bool(evidence)

    async def add(self, name: str) -> None:
        """Time until a new target is found in a text that names it.

        Raises:
            RuntimeError: if it is not found at once, which would be a fault of the screen.
        """
        text = f"It was {name} who opened the gate that morning."
        started = time.perf_counter()
        target = Target(name=name, id=f"added-{len(self._force_ms)}")
        if self._registry is not None:
            target = self._registry.add(target)
            self._snapshot = self._registry.snapshot()
        else:
            old = self._snapshot
            overlay = {**old.overlay, target.id: target}
            self._snapshot = Snapshot(old.revision + 1, old.base, old.base_id, overlay)
        evidence = await self._screen.read_text(self._snapshot, text)
        self._force_ms.append((time.perf_counter() - started) * 1000)
        if not any(sighting.target_id == target.id for sighting in evidence):
            raise RuntimeError("the screen did not find a target that had just been added")

    def result(self) -> ScreenTime:
        """The figures."""
        return ScreenTime(
            targets=len(self._roster),
            facts=sum(len(target.facts) for target in self._roster),
            build_s=self._build_s,
            answer_median_ms=percentile(self._answer_ms, 0.5),
            answer_p99_ms=percentile(self._answer_ms, 0.99),
            screen_median_ms=percentile(self._screen_ms, 0.5),
            force_median_ms=percentile(self._force_ms, 0.5),
            force_max_ms=max(self._force_ms),
            runs=len(self._screen_ms),
            found=self._found,
        )


async def measure(
    make: Callable[[], Reader],
    sizes: Sequence[int],
    *,
    facts: int = 0,
    rounds: int = 20,
    texts: int = 25,
    store: Callable[[int], Registry] | None = None,
    progress: Progress = lambda what: None,
) -> list[ScreenTime]:
    """Measure all sizes side by side: every round reads the same `texts` fresh texts at each size in turn.

    `store` opens an empty registry for a size; without it, snapshots are made by hand.

    Raises:
        RuntimeError: if a target just added is not found.
    """
    progress("inventing people")
    roster = targets(max(sizes), facts=facts)
    benches = []
    for size in sizes:
        progress(f"indexing {size:,} targets")
        bench = Bench(make(), roster[:size], store(size) if store is not None else None)
        await bench.build()
        benches.append(bench)
    answers = prose(2 * texts * rounds, LENGTH)
    newcomers = people(ADDED, seed=7)
    for number in range(rounds):
        progress(f"screening, round {number + 1} of {rounds}")
        for bench in benches:
            await bench.read(answers[2 * texts * number : 2 * texts * (number + 1)])
    progress("adding targets")
    for name in newcomers:
        for bench in benches:
            await bench.add(f"{name}-Newcomer")
    return [bench.result() for bench in benches]


def ratio(times: Sequence[ScreenTime]) -> float:
    """The median time at the last size over that at the first; 1 for fewer than two sizes."""
    if len(times) < 2 or not times[0].answer_median_ms:
        return 1.0
    return times[-1].answer_median_ms / times[0].answer_median_ms


def as_json(times: Sequence[ScreenTime]) -> list[dict[str, Any]]:
    """The figures as plain values."""
    return [{field: getattr(row, field) for field in row.__dataclass_fields__} for row in times]
