from __future__ import annotations

from pathlib import Path

import pytest

from expunge.errors import UsageError
from expunge.evals.plan import WITHOUT_DATA, Request, jobs
from expunge.evals.suites import SUITES
from expunge.evals.systems import SYSTEMS


def test_one_suite_runs_expunge_and_what_it_is_compared_with() -> None:
    planned = jobs(Request("tofu", data="D", options={"split": "forget01", "targets": None}))
    assert [(job.suite, job.arguments["system"], job.folder) for job in planned] == [
        ("tofu", "none", "tofu-given/none"),
        ("tofu", "expunge", "tofu-given/expunge"),
    ]
    assert planned[1].arguments["split"] == "forget01"


def test_all_runs_every_system_on_every_suite() -> None:
    planned = jobs(Request("all", data="D"))
    published = [name for name, suite in SUITES.items() if suite.published]
    assert {(job.suite, job.arguments["system"]) for job in planned} == {(s, y) for s in published for y in SYSTEMS}


def test_all_takes_unpublished_data_where_there_is_some(tmp_path: Path) -> None:
    (tmp_path / "longform").mkdir()
    suites = {job.suite for job in jobs(Request("all", data=str(tmp_path)))}
    assert "longform" in suites
    assert "conversations" not in suites


def test_without_data_all_keeps_to_the_shipped_people() -> None:
    assert {job.suite for job in jobs(Request("all"))} == set(WITHOUT_DATA)


@pytest.mark.parametrize(
    ("suite", "upstream", "expected"),
    [("tofu", "auto", "auto"), ("wpu", "auto", "oracle"), ("wpu", "config", "config"), ("many-shot", "auto", "auto")],
)
def test_all_asks_the_configured_model_only_what_is_about_a_real_one(suite: str, upstream: str, expected: str) -> None:
    planned = [job for job in jobs(Request("all", data="D", upstream=upstream)) if job.suite == suite]
    assert {job.arguments["upstream"] for job in planned} == {expected}


def test_a_quick_run_is_short_and_shortest_for_the_paper() -> None:
    planned = jobs(Request("all", data="D", quick=True))
    assert all(job.arguments["limit"] == 2 for job in planned)
    assert {job.arguments["system"] for job in planned if "most" in job.arguments} == {"alu-paper"}
    assert {job.arguments["targets"] for job in planned if job.suite == "many-people"} == {20}


@pytest.mark.parametrize(
    ("request_", "sentence"),
    [
        (Request("tofuu"), "Did you mean tofu?"),
        (Request("tofu", systems=("keywords",)), "Did you mean keyword?"),
        (Request("wpu", options={"split": "forget01"}), "--split belongs to tofu, not to wpu"),
        (Request("tofu", options={"targets": 3}), "--targets belongs to many-people, kbench, attacks and search"),
    ],
)
def test_wrong_use_is_one_sentence(request_: Request, sentence: str) -> None:
    with pytest.raises(UsageError) as raised:
        jobs(request_)
    assert sentence in str(raised.value)
