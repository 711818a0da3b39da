"""The leaks, losses and costs of every system as the number of targets grows."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from expunge.bench import screen as screening
from expunge.bench.terminal import Tick
from expunge.bench.world import targets as invented
from expunge.evals.cases import Case, Suite, question, spread
from expunge.evals.data import Person, load_people
from expunge.evals.metrics import percentile
from expunge.evals.records import Record, Stage
from expunge.evals.summary import mean, rate
from expunge.evals.systems import open_system
from expunge.evals.systems.base import System
from expunge.evals.upstreams import Oracle
from expunge.screen.screen import Screen
from expunge.settings import Settings

SIZES = (1, 10, 20, 40, 100, 200, 400, 1_000, 2_500)
QUICK_SIZES = (1, 20)
SCREEN_SIZES = (1_000, 100_000, 1_000_000)
"""Sizes at which the screen alone is measured in a full run."""
_STRANGERS_SEED = 99


def measure_scale(
    settings: Settings,
    data: Path | None,
    systems: Sequence[str],
    sizes: Sequence[int],
    *,
    each: int,
    paper: int,
    tick: Tick,
) -> dict[str, Any]:
    """Every system at every size, on the oracle, names only: `each` questions about targets and as many about others.

    The oracle tells the gold answers, so an answer about another is unchanged if it is the gold one. The paper's
    profile is asked `paper` of each. With `data` the targets are K-Bench's people, up to their number, else invented
    ones. Sizes over 2,500 are for the screen alone; a full run measures it at `SCREEN_SIZES`, too.

    Raises:
        UsageError: if the data cannot be used.
    """
    asked = [size for size in sizes if size <= SIZES[-1]]
    points = []
    for number, size in enumerate(asked):
        for system in systems:
            tick(f"{system}, {size:,} targets", number, len(asked))
            points.append(_point(settings, data, system, size, paper if system == "alu-paper" else each))
    return {
        "upstream": "oracle",
        "command": "expunge eval scale" + ("" if data is None else " --data DATA"),
        "points": points,
        "screen": _screen(sorted({size for size in sizes if size > SIZES[-1]} | set(_full(sizes))), tick),
    }


def _full(sizes: Sequence[int]) -> Sequence[int]:
    return SCREEN_SIZES if tuple(sizes) == SIZES else ()


def _screen(sizes: Sequence[int], tick: Tick) -> list[dict[str, Any]]:
    if not sizes:
        return []
    times = asyncio.run(screening.measure(Screen, sizes, progress=lambda what: tick(f"screen: {what}", 0, 0)))
    return screening.as_json(times)


def _point(settings: Settings, data: Path | None, system: str, size: int, each: int) -> dict[str, Any]:
    people = load_people(data, size, 0).targets if data is not None else _invented(size, 0)
    strangers = _invented(each, _STRANGERS_SEED)
    forget = spread(_cases(people, each, forget=True), each)
    keep = spread(_cases(strangers, each, forget=False), each)
    targets = tuple(person.target(with_facts=False) for person in people)
    suite = Suite("scale", f"{size} targets", targets, (*forget, *keep))
    oracle = Oracle([*people, *strangers], ())

    def opened() -> System:
        return open_system(system, settings, oracle)

    records = asyncio.run(_asked(Stage(suite, opened), suite))
    gone = [record for record in records if record.forget]
    kept = [record for record in records if not record.forget]
    return {
        "system": system,
        "targets": size,
        "n": len(records),
        "leak": rate([record.leak for record in gone]),
        "unchanged": rate([record.text == record.gold for record in kept]),
        "calls": mean([record.calls for record in records]),
        "prompt_tokens": mean([record.prompt_tokens for record in records]),
        "prompt_chars": mean([record.prompt_chars for record in records]),
        "own_ms_median": percentile([record.own_ms for record in records], 0.5),
        "seconds": mean([record.seconds for record in records]),
    }


async def _asked(stage: Stage, suite: Suite) -> list[Record]:
    try:
        return [await stage.ask(case) for case in suite.cases]
    finally:
        await stage.aclose()


def _invented(count: int, seed: int) -> tuple[Person, ...]:
    roster = invented(count, facts=3, seed=seed) if seed else invented(count, facts=3)
    return tuple(Person(target.name, target.facts) for target in roster)


def _cases(people: Sequence[Person], wanted: int, *, forget: bool) -> list[Case]:
    """A question about each person; where they are fewer than wanted, further ones, as far as there are facts."""
    rounds = -(-wanted // len(people))
    part = "forget" if forget else "retain"
    found: list[Case] = []
    for person in people:
        for fact in person.facts[:rounds]:
            asked = fact.question or f"What do you know about {person.name}?"
            gold = fact.text if fact.question else " ".join(own.text for own in person.facts)
            found.append(Case(f"{part}/{len(found)}", part, question(asked), gold, forget))
    return found
