from __future__ import annotations

from expunge.evals.suites import island


def test_who_is_forgotten_and_who_is_kept() -> None:
    suite = island.load()
    assert [target.name for target in suite.targets] == [person.name for person in island.forgotten()]
    forget = [case for case in suite.cases if case.part == "forget"]
    retain = [case for case in suite.cases if case.part == "retain"]
    assert len(forget) + len(retain) == len(suite.cases)
    assert len(forget) >= 8
    assert len(retain) >= 5
    assert all(case.forget and case.spans for case in forget)
    assert not any(case.forget for case in retain)
    names = [target.name for target in suite.targets]
    assert not any(name in f"{case.asked} {case.gold}" for case in retain for name in names)


def test_only_those_to_be_forgotten_are_targets() -> None:
    names = {person.name for person in island.people()}
    assert {person.name for person in island.forgotten()} < names
