"""How a registry of very many targets does: import, cold start, memory, how soon a change is in force, and the screen.

Every part is measured in a process of its own, so that its memory is its own. Facts are embedded by a stand-in (see
`stand_in`), since the embedded model takes hours for half a million of them.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from expunge.bench.servers import same_modules
from expunge.bench.world import targets
from expunge.errors import MissingError

FACTS = 5
"""Facts of each target in the runs with facts."""
FEW = 1_000
"""Targets of the run that a large one is compared with."""
Tick = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Size:
    """One registry: its figures from the import and from a process that started with it.

    `start_s` is from the start of that process until it is ready to read; what the other figures mean is told by
    `registry_work`, whose names they have.
    """

    targets: int
    facts: int
    start_s: float
    imported: dict[str, Any]
    served: dict[str, Any]

    @property
    def per_second(self) -> float:
        """Targets registered a second, reading of the file included, embedding not."""
        seconds: float = self.imported["read_s"] + self.imported["store_s"]
        return self.targets / seconds


def measure_registry(url: str, names: int, facts: int, rounds: int, tick: Tick) -> list[Size]:
    """Measure `FEW` targets with facts, `facts` with facts and `names` with names only, in the database at a URL.

    Raises:
        MissingError: if a part does not come to its end, as when memory or the disk runs out.
    """
    sizes = [(min(FEW, facts), FACTS), (facts, FACTS), (names, 0)]
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for count, each in dict.fromkeys(sizes):
            found.append(_measure(url, Path(folder), count, each, rounds, tick))
    return found


def _measure(url: str, folder: Path, count: int, each: int, rounds: int, tick: Tick) -> Size:
    label = f"{count:,} targets, {each} facts" if each else f"{count:,} names"
    tenant = f"of-{count}-{each}"
    tick(f"{label}: inventing", 0, 0)
    file = folder / f"{tenant}{'.jsonl' if each else '.txt'}"
    with file.open("w", encoding="utf-8") as lines:
        for target in targets(count, facts=each):
            row = {"name": target.name, "facts": [fact.text for fact in target.facts]}
            lines.write((json.dumps(row, ensure_ascii=False) if each else target.name) + "\n")
    imported, _ = _apart({"do": "import", "url": url, "tenant": tenant, "file": str(file)}, label, tick)
    file.unlink()
    served, start_s = _apart(
        {"do": "serve", "url": url, "tenant": tenant, "rounds": rounds, "facts": each}, label, tick
    )
    return Size(count, count * each, start_s, imported, served)


def _apart(arguments: dict[str, Any], label: str, tick: Tick) -> tuple[dict[str, Any], float]:
    """The figures of a process of its own, and the seconds until it said that it was ready."""
    began = time.perf_counter()
    start_s = 0.0
    command = [sys.executable, "-m", "benchmarks.registry_work", json.dumps(arguments)]
    figures: dict[str, Any] | None = None
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=same_modules()) as process:
        assert process.stdout is not None
        for line in process.stdout:
            told = json.loads(line)
            if isinstance(told, dict):
                figures = told
                continue
            step, done, total = told
            if step == "ready":
                start_s = time.perf_counter() - began
            tick(f"{label}: {step}", done, total)
    if process.returncode or figures is None:
        raise MissingError(f"{label} could not be measured; look at memory and disk, or try fewer.")
    return figures, start_s
