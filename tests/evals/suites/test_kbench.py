"""Sessions of an agent about people of the data folder, and about invented ones."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from expunge.errors import UsageError
from expunge.evals.react import SUBSTRATES
from expunge.evals.records import Record, Stage
from expunge.evals.suites.kbench import invented, kbench_suite
from expunge.evals.summary import Run, suite_summary
from expunge.evals.systems.base import Alone, System
from expunge.evals.systems.baselines import KeywordFilter
from expunge.evals.upstreams import Oracle


def test_every_substrate_asks_about_both_sides(data_folder: Path) -> None:
    suite = kbench_suite(data_folder, targets=2)
    assert [case.part for case in suite.cases[::2]] == [
        f"{s} {side}" for s in SUBSTRATES for side in ("forget", "keep")
    ]
    assert len({case.id for case in suite.cases}) == len(suite.cases) == 4 * len(SUBSTRATES)
    for case in suite.cases:
        assert case.task is not None
        assert (case.gold in case.messages[-1].content) is case.part.startswith("C ")
        assert case.forget is (case.task.name in {target.name for target in suite.targets})


def test_a_request_of_many_documents_holds_those_of_others() -> None:
    suite = kbench_suite(None, targets=3)
    names = {target.name for target in suite.targets}
    kept = [case for case in suite.cases if case.part == "C among others keep"]
    assert all(any(name in case.messages[-1].content for name in names) for case in kept)


def test_invented_people_are_the_same_for_a_seed() -> None:
    assert invented(5, 1) == invented(5, 1)
    assert invented(5, 1) != invented(5, 2)


def test_namesakes_of_targets_are_not_asked_about(people_folder: Path) -> None:
    facts = people_folder / "kbench" / "facts.jsonl"
    lines = facts.read_text().splitlines()
    first, second = (line.split('"name": "')[1].split('"')[0] for line in lines[:2])
    facts.write_text("\n".join([lines[0], lines[1].replace(f'"{second}"', f'"{first}"'), *lines[2:]]) + "\n")
    suite = kbench_suite(people_folder, targets=1)
    assert {case.task.name for case in suite.cases if case.task and not case.forget} == {"Vesna Tarlo"}


@pytest.mark.parametrize("targets", [0, 4])
def test_too_few_people(targets: int, data_folder: Path) -> None:
    with pytest.raises(UsageError, match=r"number of targets|only 4 people"):
        kbench_suite(data_folder, targets=targets)


def _same(system: System) -> System:
    return system


async def _records(stage: Stage) -> tuple[Record, ...]:
    try:
        return tuple([await stage.ask(case) for case in stage.suite.cases])
    finally:
        await stage.aclose()


async def test_figures() -> None:
    suite = kbench_suite(None, targets=3)
    runs = []
    systems: tuple[System, ...] = (Alone(Oracle.of_suite(suite)), KeywordFilter(Oracle.of_suite(suite)))
    for system in systems:
        about = {
            "suite": "kbench",
            "title": suite.title,
            "system": system.name,
            "models": {"vanilla": "oracle"},
            "facts": "none",
            "targets": 3,
            "options": {},
            "seed": 0,
            "command": "",
        }
        runs.append(Run(about, await _records(Stage(suite, partial(_same, system)))))
    alone, keyword = (system["extra"] for system in suite_summary(runs)["systems"])
    for substrate in SUBSTRATES:
        assert alone["K-Score"][substrate]["value"] == 0.0
        assert alone["selectivity"][substrate]["value"] == 1.0
        assert alone["shown"][substrate]["answer"]["value"] == 1.0
    # A filter for names sees no name in a bare fact.
    assert keyword["K-Score"]["P"]["value"] == 0.0
    assert keyword["shown"]["P"]["thought"]["value"] == 0.0
    assert keyword["shown"]["P"]["summary"]["value"] == 1.0
    assert keyword["degeneration to forget"]["P"]["value"] == 1.0
    assert keyword["selectivity"]["C among others"]["value"] == 0.0
    records = runs[0].records
    assert all(record.leak is record.forget and record.answered for record in records)
    assert all(Record.of_plain(record.plain()) == record for record in records)
