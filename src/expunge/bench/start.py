"""The time of a process from its start to its first answer, without loading a model."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from expunge.bench.stub import stub_endpoint
from expunge.bench.world import people
from expunge.errors import MissingError
from expunge.evals.metrics import percentile

_RUN = "from expunge.cli.main import run; run()"


@dataclass(frozen=True, slots=True)
class StartTime:
    """Seconds from starting `expunge ask` to its end, against a loopback endpoint; `interpreter_s` is the bare
    interpreter that imports nothing."""

    median_s: float
    worst_s: float
    interpreter_s: float
    runs: int


def measure_start(runs: int = 5) -> StartTime:
    """Start `expunge ask` `runs` times, after one run that is not counted, with one target registered.

    Raises:
        MissingError: if the command does not answer.
    """
    with tempfile.TemporaryDirectory() as folder, stub_endpoint() as url:
        config = Path(folder) / "expunge.toml"
        registry = Path(folder) / "expunge.db"
        config.write_text(
            f"[registry]\nurl = {json.dumps(f'sqlite:///{registry}')}\n"
            f'[models.default]\nbase_url = "{url}"\nmodel = "stub"\n'
            '[policy]\nagents = "rules"\n',
            encoding="utf-8",
        )
        _run("targets", "add", people(1)[0], "--no-elicit", "--config", str(config))
        times, bare = [], []
        for _ in range(runs + 1):
            times.append(_run("ask", "Who rebuilt the harbour?", "--json", "--config", str(config)))
            started = time.perf_counter()
            subprocess.run([sys.executable, "-c", ""], check=True)
            bare.append(time.perf_counter() - started)
    counted = times[1:]
    return StartTime(percentile(counted, 0.5), max(counted), percentile(bare[1:], 0.5), runs)


def _run(*arguments: str) -> float:
    started = time.perf_counter()
    run = subprocess.run([sys.executable, "-c", _RUN, *arguments], capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - started
    if run.returncode:
        raise MissingError(f"expunge {arguments[0]} ended with code {run.returncode}; run it by hand to see why.")
    return seconds
