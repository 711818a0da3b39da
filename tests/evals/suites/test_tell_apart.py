from __future__ import annotations

from expunge.evals.suites import island, tell_apart
from expunge.evals.tellapart import TEMPLATES


def test_the_same_is_asked_of_targets_and_of_as_many_strangers() -> None:
    suite = tell_apart.load(None)
    people = island.forgotten()
    targets = [case for case in suite.cases if case.part == "targets"]
    strangers = [case for case in suite.cases if case.part == "strangers"]
    assert len(targets) == len(strangers) == len(people) * len(TEMPLATES)
    assert all(case.forget for case in targets)
    assert not any(case.forget for case in strangers)
    for own, other in zip(targets, strangers, strict=True):
        name, stranger = own.id.split("/", 2)[2], other.id.split("/", 2)[2]
        assert own.messages[0].content.replace(name, "X") == other.messages[0].content.replace(stranger, "X")
        assert stranger not in {person.name for person in people}


def test_cases_take_turns_and_wait_for_each_other() -> None:
    suite = tell_apart.load(None)
    assert suite.ordered
    assert [case.part for case in suite.cases[:4]] == ["targets", "strangers"] * 2


def test_a_few_cases_are_still_of_everybody() -> None:
    few = tell_apart.load(None).limited(3)
    assert len({case.id.split("/", 2)[2] for case in few.cases}) == 2 * len(island.forgotten())
