"""Every suite, on invented people."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from expunge.errors import UsageError
from expunge.evals.data import Facts
from expunge.evals.suites import SUITES, SuiteOptions, find

OPTIONS = SuiteOptions(targets=2, languages=("fr",), shots=(0, 2), changes=8)


# Attacks, sessions of an agent, chains, searches and what tells apart have shapes, and tests, of their own.
PLAIN = [name for name in SUITES if name not in ("attacks", "kbench", "multi-hop", "search", "tell-apart")]


@pytest.mark.parametrize("name", PLAIN)
def test_a_suite_keeps_what_the_contract_says(name: str, data_folder: Path) -> None:
    suite = find(name).load(replace(OPTIONS, data=data_folder))
    names = [target.name for target in suite.targets]
    assert suite.name == name
    assert suite.title
    assert len(set(names)) == len(names) > 0
    assert len({case.id for case in suite.cases}) == len(suite.cases)
    assert {case.forget for case in suite.cases} == {True, False}
    for case in suite.cases:
        roles = [message.role for message in case.messages]
        assert roles == ["user", "assistant"] * (len(roles) // 2) + ["user"]
        assert all(message.content.strip() for message in case.messages)
        assert case.gold.strip()
        assert len(case.worst_replies) == 1 or case.samples
        assert set(case.in_force or ()) <= set(names)
        assert (case.in_force is not None) is suite.ordered
        assert bool(case.choices) is (case.right >= 0) is (name == "wmdp")
    for part in {case.part for case in suite.cases}:
        assert len({case.forget for case in suite.cases if case.part == part}) == 1, part


@pytest.mark.parametrize("facts", ["none", "elicited"])
@pytest.mark.parametrize("name", PLAIN)
def test_without_given_facts_the_same_is_asked(name: str, facts: Facts, data_folder: Path) -> None:
    bare = find(name).load(replace(OPTIONS, data=data_folder, facts=facts))
    given = find(name).load(replace(OPTIONS, data=data_folder))
    assert bare.cases == given.cases
    assert all(not target.facts for target in bare.targets)
    assert all(target.facts for target in given.targets)


@pytest.mark.parametrize("name", SUITES)
def test_without_data(name: str) -> None:
    info = SUITES[name]
    if info.data:
        with pytest.raises(UsageError, match="needs data"):
            info.load(OPTIONS)
    else:
        assert info.load(OPTIONS).cases


@pytest.mark.parametrize("name", [name for name, info in SUITES.items() if info.data])
def test_the_data_that_a_suite_names_is_what_it_needs(name: str, data_folder: Path) -> None:
    for folder in SUITES[name].data:
        away = data_folder / f"not {folder}"
        (data_folder / folder).rename(away)
        with pytest.raises(UsageError, match=f"no {folder}/ in it"):
            SUITES[name].load(replace(OPTIONS, data=data_folder))
        away.rename(data_folder / folder)


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("wnpu", "Did you mean wpu?"),
        ("manyshot", "Did you mean many-shot?"),
        ("zzz", r"tell-apart, island, all, scale, report, results\.$"),
    ],
)
def test_an_unknown_suite(asked: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        find(asked)
