from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from expunge.errors import UsageError
from expunge.evals.data import Person
from expunge.evals.suites import island, sequences
from expunge.types import Fact


def one(name: str) -> Person:
    return Person(name, (Fact(f"{name} has a boat.", f"What does {name} have?"),))


FOUR = tuple(one(name) for name in ("Odo Brackwell", "Ilse Vantongeren", "Vesna Tarlo", "Anselm Pruitt"))


def test_after_each_change_one_in_force_and_one_who_is_not() -> None:
    suite = sequences.build(FOUR, "a test", changes=50)
    assert suite.ordered
    assert [case.part for case in suite.cases] == ["in force", "lifted"] * 50
    for case in suite.cases:
        assert case.in_force is not None
        about = next(person.name for person in FOUR if person.name in case.messages[0].content)
        assert (about in case.in_force) is case.forget is (case.part == "in force")


def test_every_step_is_one_add_or_one_lift_and_who_changed_is_asked_about() -> None:
    cases = sequences.build(FOUR, "a test", changes=50).cases
    states = [set(case.in_force or ()) for case in cases[::2]]
    assert len(states[0]) == 1
    adds = 0
    for step, (before, after) in enumerate(pairwise(states), start=1):
        (moved,) = before ^ after
        added = moved in after
        adds += added
        assert moved in cases[2 * step + (0 if added else 1)].messages[0].content
    assert 15 < adds < 35


def test_the_seed_is_all_chance() -> None:
    assert sequences.build(FOUR, "a test", seed=3) == sequences.build(FOUR, "a test", seed=3)
    assert sequences.build(FOUR, "a test", seed=3) != sequences.build(FOUR, "a test", seed=4)


def test_facts_that_name_others_are_not_asked_for() -> None:
    told = Person("Gilda Moss", (Fact("Odo Brackwell.", "Who is the friend of Gilda Moss?"),))
    suite = sequences.build((*FOUR, told), "a test")
    assert "Gilda Moss" not in [target.name for target in suite.targets]


@pytest.mark.parametrize(("people", "changes"), [(FOUR[:2], 10), (FOUR, 0)])
def test_too_little(people: tuple[Person, ...], changes: int) -> None:
    with pytest.raises(UsageError, match="three people"):
        sequences.build(people, "a test", changes=changes)
    assert len(sequences.build(FOUR[:3], "a test", changes=10).cases) == 20


def test_whose_people(data_folder: Path) -> None:
    assert "the island" in sequences.load(None).title
    assert {target.name for target in sequences.load(None).targets} <= {person.name for person in island.people()}
    assert "K-Bench" in sequences.load(data_folder).title
    (data_folder / "kbench").rename(data_folder / "other")
    with pytest.raises(UsageError, match="three people"):
        sequences.load(data_folder)
