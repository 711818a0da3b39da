"""The memory that a screen needs, measured in a process of its own: `python -m expunge.bench.memory SIZE`."""

from __future__ import annotations

import asyncio
import gc
import json
import resource
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from expunge.bench.world import prose, targets
from expunge.errors import ExpungeError, MissingError, UsageError
from expunge.screen.screen import Screen
from expunge.types import Snapshot, Target


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes a target for the snapshot and for the screen's index.

    `fixed_mb` is what the screen's own tables and libraries hold whatever the number of targets, `peak_mb` the
    most that the process held, both in MB (10^6 bytes).
    """

    targets: int
    fixed_mb: float
    snapshot_bytes: float
    index_bytes: float
    peak_mb: float

    @property
    def bytes_per_target(self) -> float:
        """Snapshot and index together."""
        return self.snapshot_bytes + self.index_bytes


def measure_apart(size: int) -> Memory:
    """Measure `size` invented targets, names only, in a fresh process.

    Raises:
        MissingError: if the process cannot be run to its end, as when memory runs out.
    """
    command = [sys.executable, "-m", "expunge.bench.memory", str(size)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode:
        raise MissingError(f"The memory of {size:,} targets could not be measured; try fewer with --sizes.")
    return Memory(**json.loads(run.stdout))


async def measure_here(size: int) -> Memory:
    """Measure in this process; only meaningful once, near its start.

    Raises:
        UsageError: if `size` is under 1.
    """
    if size < 1:
        raise UsageError("The number of targets must be 1 or more.")
    bare = resident()
    await Screen().read_text(_snapshot(targets(10)), prose(1)[0])
    before = resident()
    snapshot = _snapshot(targets(size))
    held = resident()
    screen = Screen()
    await screen.read_text(snapshot, "Nobody is here.")
    after = resident()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * MAXRSS_UNIT
    return Memory(size, (before - bare) / 1e6, (held - before) / size, (after - held) / size, peak / 1e6)


def _snapshot(targets: Sequence[Target]) -> Snapshot:
    return Snapshot(revision=1, base={target.id: target for target in targets}, base_id=1)


MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024
"""Bytes in a unit of `ru_maxrss`."""


def resident() -> int:
    """Bytes of memory that this process holds."""
    gc.collect()
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * MAXRSS_UNIT
    return pages * resource.getpagesize()


if __name__ == "__main__":
    try:
        print(json.dumps(asdict(asyncio.run(measure_here(int(sys.argv[1]))))))
    except ExpungeError as error:
        sys.exit(str(error))
