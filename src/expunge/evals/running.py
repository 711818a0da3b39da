"""Running suites before systems, with logs that a stopped run goes on from."""

from __future__ import annotations

import asyncio
import contextlib
import io
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from inspect_ai import Task, eval_set
from inspect_ai.log import EvalLog, list_eval_logs, read_eval_log

from expunge.errors import EvaluationStopped, UsageError
from expunge.evals import inspect_task, tasks
from expunge.evals.records import Record
from expunge.evals.summary import Run

Tick = Callable[[str, int, int], None]
TASKS: Mapping[str, Callable[..., Task]] = {
    "tofu": tasks.tofu,
    "tofu-multilingual": tasks.tofu_multilingual,
    "wpu": tasks.wpu,
    "rwku": tasks.rwku,
    "longform": tasks.longform,
    "conversations": tasks.conversations,
    "wmdp": tasks.wmdp,
    "many-people": tasks.many_people,
    "kbench": tasks.kbench,
    "attacks": tasks.attacks,
    "many-shot": tasks.many_shot,
    "sequences": tasks.sequences,
    "multi-hop": tasks.multi_hop,
    "leak-at-k": tasks.leak_at_k,
    "search": tasks.search,
    "tell-apart": tasks.tell_apart,
    "island": tasks.island,
}


def run_suite(suite: str, arguments: Mapping[str, Any], folder: Path, *, at_once: int, tick: Tick) -> Run:
    """One system on one suite. What a log in `folder` holds already is not asked again.

    Raises:
        UsageError: if an argument or the data cannot be used, or the folder cannot be written.
        EvaluationStopped: if the upstream failed, or somebody stopped the run; what was done is kept.
    """
    asked = total = 0
    label = f"{suite}: {arguments['system']}"

    def one_more() -> None:
        nonlocal asked
        asked += 1
        tick(label, asked, total)

    watch = inspect_task.Watch(one_more)
    with inspect_task.watched(watch):
        made = TASKS[suite](**arguments)
        loaded = watch.stages[-1].suite
        total = len(loaded.cases)
        tick(label, 0, total)
        try:
            logs = _evaluated(made, folder, 1 if loaded.ordered else at_once)
        finally:
            asyncio.run(watch.aclose())
    if not logs or logs[0].status != "success":
        raise EvaluationStopped(f"{label} ended after {_done(folder)} cases: {_why(watch, logs)}")
    return run_of(logs[0])


def _done(folder: Path) -> int:
    """Return how many cases the newest log of a run holds an answer to; 0 where there is none."""
    logs = sorted(list_eval_logs(str(folder)), key=lambda found: found.name)
    samples = (read_eval_log(logs[-1]).samples or []) if logs else []
    return sum(sample.error is None for sample in samples)


def _why(watch: inspect_task.Watch, logs: list[EvalLog]) -> str:
    if watch.failure is not None:
        return str(watch.failure)
    error = logs[0].error if logs else None
    if error is None:
        return "it was stopped."
    kind = error.traceback.strip().rsplit("\n", 1)[-1].partition(":")[0]
    return f"something went wrong inside ({kind}); the log tells more."


def _evaluated(made: Task, folder: Path, at_once: int) -> list[EvalLog]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        raise UsageError("The folder for logs cannot be made; name another one with --log-dir.") from None
    logging.getLogger("inspect_ai").setLevel(logging.ERROR)
    # Inspect prints its own words about sets of runs, which are not ours to explain.
    with contextlib.redirect_stdout(io.StringIO()):
        _, logs = eval_set(
            made,
            log_dir=str(folder),
            model=None,
            display="none",
            score_display=False,
            log_level="error",
            log_realtime=False,
            log_dir_allow_dirty=True,
            max_samples=at_once,
            max_tasks=1,
            retry_attempts=0,
            retry_immediate=False,
            fail_on_error=True,
        )
    return logs


def run_of(log: EvalLog) -> Run:
    """The records that a log holds."""
    if log.samples is None:
        log = read_eval_log(log.location)
    about = (log.eval.metadata or {}).get(inspect_task.ABOUT)
    if not isinstance(about, dict):
        raise UsageError("A log was not made by expunge; name a folder that holds its logs only.")
    records = [Record.of_plain(sample.metadata[inspect_task.RECORD]) for sample in log.samples or ()]
    return Run(about, tuple(records))


def runs_in(folder: Path) -> list[Run]:
    """Every finished run in a folder of logs and the folders under it, the newest of each suite, system and options.

    Raises:
        UsageError: if there is none.
    """
    newest: dict[str, Run] = {}
    for info in sorted(list_eval_logs(str(folder)), key=lambda found: found.name):
        log = read_eval_log(info)
        if log.status == "success":
            run = run_of(log)
            newest[repr(sorted((key, repr(value)) for key, value in run.about.items()))] = run
    if not newest:
        raise UsageError("There is no finished run in that folder; run expunge eval first.")
    return list(newest.values())
