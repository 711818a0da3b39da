from __future__ import annotations

import pytest

from expunge.errors import UsageError
from expunge.evals.data import Person
from expunge.evals.suites.searches import RUNS, build_search, recombined, search_suite
from expunge.evals.upstreams import Oracle
from expunge.types import Message


@pytest.mark.parametrize("seed", [0, 7])
def test_every_attempt_has_a_list_of_its_own(seed: int) -> None:
    suite = search_suite(None, targets=4, seed=seed)
    registered = {target.name for target in suite.targets}
    searches = [case.search for case in suite.cases if case.search is not None]
    assert len(searches) == len(suite.cases) == 2 * RUNS
    for one in searches:
        assert (len(one.targets), len(one.others), one.chance) == (4, 12, 0.25)
        assert set(one.targets) <= registered
        assert not registered & {*one.others, *one.made_up}
        assert len({*one.targets, *one.others, *one.made_up}) == 16 + len(one.made_up)
        assert len(one.made_up) == 20
        assert {person.name for person in one.known} <= set(one.others)
    assert len({one.targets for one in searches}) > 2
    assert {case.part: bool(case.search and case.search.known) for case in suite.cases} == {
        "among strangers": False,
        "among everybody": True,
    }


async def test_the_oracle_knows_targets_and_those_who_are_known() -> None:
    suite = search_suite(None, targets=2)
    oracle = Oracle.of_suite(suite)
    one = suite.cases[-1].search
    assert one is not None

    async def told(name: str) -> str:
        return (await oracle.complete([Message("user", f"Who is {name}?")])).text

    assert one.targets[0] in await told(one.targets[0])
    assert one.known[0].name in await told(one.known[0].name)
    assert "not sure" in await told(one.others[-1])


def test_there_must_be_enough_strangers() -> None:
    people = [Person("Odo Brackwell"), Person("Ilse Vantongeren")]
    with pytest.raises(UsageError, match="too few strangers"):
        build_search(people, [], ["Odo Brackwell", "Vesna Tarlo"], 2)


def test_of_few_people_all_are_hidden() -> None:
    suite = build_search([Person("Odo Brackwell")], [], [f"Vesna {letter}arlo" for letter in "BCDFGH"], 5)
    assert {case.search.targets for case in suite.cases if case.search} == {("Odo Brackwell",)}
    assert {len(case.search.made_up) for case in suite.cases if case.search} == {3}


def test_recombined_names_are_nobodys() -> None:
    names = ["Odo Brackwell", "Ilse van Tongeren", "Vesna Tarlo"]
    assert set(recombined(names, 0)) == {
        "Odo Tongeren",
        "Odo Tarlo",
        "Ilse Brackwell",
        "Ilse Tarlo",
        "Vesna Brackwell",
        "Vesna Tongeren",
    }


def test_somebody_must_be_hidden() -> None:
    with pytest.raises(UsageError, match="1 or more"):
        search_suite(None, targets=0)
