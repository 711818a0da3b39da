"""The work behind `expunge eval`, from a request to a summary."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from expunge.bench.runs import machine
from expunge.bench.scale import QUICK_SIZES, SIZES, measure_scale
from expunge.bench.terminal import Tick
from expunge.errors import UsageError
from expunge.evals.inspect_task import Watch, commit, watched
from expunge.evals.plan import Job, Request, jobs
from expunge.evals.running import TASKS, run_suite, runs_in
from expunge.evals.summary import Run, suite_summary
from expunge.evals.systems import SYSTEMS
from expunge.evals.upstreams import Oracle
from expunge.gateway.model_server import model_server
from expunge.settings import Settings


def run_request(request: Request, folder: Path, at_once: int, sizes: str | None, tick: Tick) -> dict[str, Any]:
    """Run every suite and system of a request; with `all`, also by number of targets.

    Raises:
        UsageError: if the request cannot be run.
        EvaluationStopped: if the upstream failed or the run was stopped; `folder` keeps the finished cases.
    """
    planned = jobs(request)
    if request.suite == "all":
        _check(planned)
    done: dict[str, list[Run]] = {}
    for job in planned:
        run = run_suite(job.suite, job.arguments, folder / job.folder, at_once=at_once, tick=tick)
        done.setdefault(job.suite, []).append(run)
    suites = [suite_summary(runs) for runs in done.values()]
    scale = None
    if request.suite == "all":
        scale = run_scale(request, sizes, tick)["scale"]
    return {"made": made(request.seed), "suites": suites, "scale": scale}


def _check(planned: Sequence[Job]) -> None:
    """Load every suite once, so that missing data show up at once and not after hours."""
    with watched(Watch()):
        for job in {job.suite: job for job in planned}.values():
            TASKS[job.suite](**job.arguments)


def logged_summary(folder: Path) -> dict[str, Any]:
    """Summarize the finished runs in a folder of logs.

    Raises:
        UsageError: if the folder has none.
    """
    by_suite: dict[str, dict[str, Run]] = {}
    for run in runs_in(folder):
        about = run.about
        refusal = about["models"].get("refusal")
        refusal = refusal if refusal in ("plain", "mirror") else "auto"
        key = repr((about["suite"], about["upstream"], about["facts"], refusal, sorted(about["options"].items())))
        best = by_suite.setdefault(key, {})
        # Keep the longest run of the same thing.
        if len(run.records) >= len(best.get(about["system"], Run({}, ())).records):
            best[about["system"]] = run
    suites = [suite_summary([found[name] for name in SYSTEMS if name in found]) for found in by_suite.values()]
    return {"made": made(0), "suites": suites, "scale": None}


def run_scale(request: Request, sizes: str | None, tick: Tick) -> dict[str, Any]:
    """Measure leaks, false suppressions and cost by number of targets.

    Raises:
        UsageError: if the sizes or the data cannot be used.
    """
    chosen = _sizes(sizes) if sizes is not None else QUICK_SIZES if request.quick else SIZES
    scale = measure_scale(
        Settings.load(request.config),
        None if request.data is None else Path(request.data),
        request.systems or SYSTEMS,
        chosen,
        each=request.limit or (2 if request.quick else 20),
        paper=request.most or (1 if request.quick else 4),
        tick=tick,
    )
    return {"made": made(request.seed), "suites": [], "scale": scale}


@contextmanager
def served_oracle(request: Request) -> Iterator[str]:
    """Serve the oracle of a request's suite on loopback while the block runs; yields its URL.

    Raises:
        UsageError: if the request cannot be run.
    """
    job = jobs(request)[0]
    watch = Watch()
    with watched(watch):
        TASKS[job.suite](**job.arguments)
    with model_server(Oracle.of_suite(watch.stages[-1].suite)) as url:
        yield url


def made(seed: int) -> dict[str, Any]:
    """Describe the machine, command and commit behind the figures, without local paths."""
    told = machine()
    words = [Path(word).name if word.startswith("/") else word for word in told["command"]]
    return {**told, "command": words, "commit": commit(), "date": datetime.now(UTC).date().isoformat(), "seed": seed}


def _sizes(text: str) -> Sequence[int]:
    try:
        sizes = [int(part.replace("_", "")) for part in text.split(",")]
    except ValueError:
        sizes = []
    if not sizes or min(sizes) < 1 or max(sizes) > 1_000_000:
        raise UsageError("The sizes must be whole numbers from 1 to 1,000,000, separated by commas.")
    return sizes
