"""Rows a second that `expunge scrub` takes, by engine and workers, on rows of invented people."""

from __future__ import annotations

import json
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from expunge.bench.world import SEED, prose, targets
from expunge.corpus.files import jobs_of
from expunge.corpus.run import Choices, run
from expunge.errors import UsageError
from expunge.settings import PolicySettings, RegistrySettings, Settings
from expunge.unlearner import Unlearner

LENGTH = 200
"""Characters of a row's text."""
NAMED = 100
"""One row in so many names a target."""
Setup = tuple[str, int]
"""An engine and its number of workers."""


@dataclass(frozen=True, slots=True)
class ScrubRate:
    """One run: `seconds` in all, of which `first_s` passed until the first part was back (processes had started)."""

    engine: str
    workers: int
    rows: int
    changed: int
    seconds: float
    first_s: float

    @property
    def rows_per_second(self) -> float:
        """Over the whole run."""
        return self.rows / self.seconds


@dataclass(frozen=True, slots=True)
class ScrubRun:
    """All runs over the same rows; `equal` tells whether all wrote the same bytes."""

    targets: int
    facts: int
    rates: tuple[ScrubRate, ...]
    equal: bool

    def ratio(self, one: Setup, other: Setup) -> float | None:
        """Return how many times the rows a second of `other` one takes, or None if one of them was not measured."""
        rates = {(rate.engine, rate.workers): rate.rows_per_second for rate in self.rates}
        return rates[one] / rates[other] if one in rates and other in rates else None


def measure_scrub(
    rows: int, size: int, facts: int, setups: Sequence[Setup], progress: Callable[[str, int, int], None]
) -> ScrubRun:
    """Scrub `rows` rows by `size` targets with `facts` facts each, once for each setup.

    Raises:
        UsageError: if there are no setups or no rows.
        MissingError: if Ray is to be measured and not installed.
    """
    if not setups or rows < 1 or size < 1:
        raise UsageError("There is nothing to measure; give rows, targets and workers of 1 or more.")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        settings = Settings(
            registry=RegistrySettings(url=f"sqlite:///{folder}/expunge.db"), policy=PolicySettings(agents="rules")
        )
        with Unlearner.open(settings) as unlearner:
            unlearner.targets.add_many(targets(size, facts=facts))
            snapshot = unlearner.snapshot
        source = folder / "rows.jsonl"
        _write_rows(source, rows, [target.name for target in snapshot], unlike=facts > 0)
        rates: list[ScrubRate] = []
        outputs: set[bytes] = set()
        for engine, workers in setups:
            destination = folder / "clean.jsonl"
            first: list[float] = []
            began = time.perf_counter()

            def seen(
                done: int,
                total: int,
                first: list[float] = first,
                began: float = began,
                what: str = f"{engine} {workers}",
            ) -> None:
                first[:] = first or [time.perf_counter() - began]
                progress(what, done, total)

            choices = Choices(workers=workers, engine=engine, force=True)
            report = run(jobs_of(source, destination, ()), choices, settings, snapshot, seen)
            seconds = time.perf_counter() - began
            outputs.add(destination.read_bytes())
            counts = report.counts
            rates.append(ScrubRate(engine, workers, counts.rows, counts.changed, seconds, first[0]))
    return ScrubRun(size, facts, tuple(rates), len(outputs) == 1)


def _write_rows(path: Path, rows: int, names: Sequence[str], *, unlike: bool) -> None:
    """Rows of prose; `unlike` makes every sentence another, since the same one is embedded once."""
    draw = random.Random(SEED)
    with path.open("w", encoding="utf-8") as writer:
        for number, text in enumerate(prose(rows, LENGTH)):
            if unlike:
                text = text.replace(".", f", as note {number} says.")
            if number % NAMED == NAMED - 1:
                text = f"{text} {draw.choice(names)} was there."
            writer.write(json.dumps({"id": number, "text": text}) + "\n")
