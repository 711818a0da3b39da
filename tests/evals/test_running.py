"""Runs with logs: a run that stops is gone on with, and nothing is asked twice."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from expunge.errors import EvaluationStopped, ModelUnreachable, UsageError
from expunge.evals import upstreams
from expunge.evals.running import run_suite, runs_in
from expunge.evals.suites.generated import island_suite
from expunge.evals.upstreams import Oracle
from expunge.models.base import ChatOptions, Completion
from expunge.types import Message

CASES = island_suite().cases


class Mortal(Oracle):
    """An oracle that is gone after so many answers."""

    left = 10_000
    asked = 0

    async def complete(self, messages: Sequence[Message], options: ChatOptions = ChatOptions()) -> Completion:
        if Mortal.left == 0:
            raise ModelUnreachable("The endpoint is gone; start it again.")
        Mortal.left -= 1
        Mortal.asked += 1
        return await super().complete(messages, options)


@pytest.fixture
def mortal(monkeypatch: pytest.MonkeyPatch) -> type[Mortal]:
    monkeypatch.setattr(upstreams, "Oracle", Mortal)
    monkeypatch.setattr(Mortal, "left", 10_000)
    monkeypatch.setattr(Mortal, "asked", 0)
    return Mortal


def run(folder: Path, system: str = "keyword", **arguments: Any) -> Any:
    ticks: list[tuple[str, int, int]] = []
    made = run_suite(
        "island",
        {"system": system, "upstream": "oracle", **arguments},
        folder,
        at_once=1,
        tick=lambda what, done, total: ticks.append((what, done, total)),
    )
    return made, ticks


def test_a_run_tells_its_records_and_its_progress(tmp_path: Path, mortal: type[Mortal]) -> None:
    made, ticks = run(tmp_path)
    assert mortal.asked == len(made.records) == len(CASES)
    assert ticks == [("island: keyword", done, len(CASES)) for done in range(len(CASES) + 1)]
    assert made.about["system"] == "keyword"
    assert made.about["targets"] == 3


def test_an_upstream_that_dies_stops_the_run_which_then_goes_on(tmp_path: Path, mortal: type[Mortal]) -> None:
    mortal.left = 5
    with pytest.raises(EvaluationStopped, match=r"island: keyword ended after 5 cases: .*The endpoint is gone"):
        run(tmp_path)
    mortal.left = 10_000
    made, _ = run(tmp_path)
    assert len(made.records) == len(CASES)
    assert mortal.asked == len(CASES)
    again, _ = run(tmp_path)
    assert again == made
    assert mortal.asked == len(CASES)


def test_the_finished_runs_of_a_folder_are_found(tmp_path: Path) -> None:
    for system in ("none", "keyword"):
        run(tmp_path / system, system, limit=1)
    assert sorted(found.about["system"] for found in runs_in(tmp_path)) == ["keyword", "none"]


def test_an_empty_folder_holds_no_run(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no finished run"):
        runs_in(tmp_path)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"facts": "some"}, "facts must be one of none, given, elicited"),
        ({"system": "exspunge"}, "Did you mean expunge"),
        ({"upstream": "oracel"}, "upstream must be oracle, config, a GGUF file, or a URL"),
        ({"upstream": "nowhere.gguf"}, "There is no GGUF file nowhere.gguf"),
        ({"upstream": "http://127.0.0.1:9/v1"}, "names no model"),
        ({"config": "nowhere.toml"}, "does not exist"),
    ],
)
def test_wrong_use_is_one_sentence(tmp_path: Path, arguments: dict[str, Any], sentence: str) -> None:
    with pytest.raises((UsageError, EvaluationStopped)) as raised:
        run(tmp_path, **{"system": "keyword", **arguments})
    assert sentence in str(raised.value)
