"""The tasks as Inspect itself runs them."""

from __future__ import annotations

from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest
from inspect_ai import eval as inspect_eval
from inspect_ai.model import ModelOutput, ModelUsage, get_model

from expunge.evals import suites, tasks
from expunge.evals.inspect_task import Common, command
from expunge.evals.running import TASKS, run_of

MOCKED = "What the mock says."


def said_by_the_mock(input: Any, tools: Any, choice: Any, config: Any) -> ModelOutput:
    output = ModelOutput.from_content("mockllm/model", MOCKED)
    # With the usage given, Inspect fetches no tokenizer.
    output.usage = ModelUsage(input_tokens=3, output_tokens=4, total_tokens=7)
    return output


def test_every_suite_has_a_task() -> None:
    assert set(TASKS) == set(suites.SUITES)


def test_inspect_finds_the_tasks() -> None:
    (found,) = [entry for entry in entry_points(group="inspect_ai") if entry.name == "expunge"]
    assert found.load() is tasks


@pytest.mark.parametrize("upstream", ["oracle", "inspect"])
def test_inspect_runs_a_task(tmp_path: Path, upstream: str) -> None:
    (log,) = inspect_eval(
        tasks.island(system="keyword", upstream=upstream, limit=2),
        model=get_model("mockllm/model", custom_outputs=said_by_the_mock),
        log_dir=str(tmp_path),
        display="none",
        log_level="error",
    )
    assert log.status == "success", log.error
    run = run_of(log)
    assert len(run.records) == 6
    said = {record.texts[0] for record in run.records if not record.forget}
    assert (said == {MOCKED}) is (upstream == "inspect")
    assert log.results is not None
    metrics = log.results.scores[0].metrics
    otherwise = 1.0 if upstream == "inspect" else 0.5  # a keyword filter leaks where no name stands
    assert {name: metric.value for name, metric in metrics.items()} == {
        "forget": 1.0,
        "retain": 1.0,
        "otherwise": otherwise,
    }


def test_the_command_that_repeats_a_run_names_no_path() -> None:
    common = Common("keyword", "/home/somebody/model.gguf", None, "/home/somebody/data", "none", 3, 1, None, 9)
    assert command("many-shot", common, {"shots": (0, 8)}) == (
        "expunge eval many-shot --shots 0,8 --upstream model.gguf --data DATA --facts none --limit 3 --most 9 --seed 1 "
        "--system keyword"
    )
