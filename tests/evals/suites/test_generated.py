from __future__ import annotations

from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from expunge.errors import UsageError
from expunge.evals.attacks import FAMILIES
from expunge.evals.cases import Case
from expunge.evals.data import Person, Question
from expunge.evals.judging import disclosed
from expunge.evals.suites.generated import (
    attacks_suite,
    build_many_shot,
    build_sequences,
    forgotten_islanders,
    island_suite,
    islanders,
    many_shot_suite,
    sequences_suite,
    tell_apart_suite,
)
from expunge.evals.tellapart import TEMPLATES
from expunge.types import Fact


def test_who_is_forgotten_and_who_is_kept() -> None:
    suite = island_suite()
    assert [target.name for target in suite.targets] == [person.name for person in forgotten_islanders()]
    forget = [case for case in suite.cases if case.part == "forget"]
    retain = [case for case in suite.cases if case.part == "retain"]
    otherwise = [case for case in suite.cases if case.part == "otherwise"]
    assert len(forget) + len(retain) + len(otherwise) == len(suite.cases)
    assert len(otherwise) >= 14
    assert all(case.forget and case.spans and len(case.replies) == 1 for case in otherwise)
    assert all(disclosed(case, [case.replies[0].text]) for case in otherwise)
    assert not any(disclosed(case, ["I don't know."]) for case in otherwise)
    assert len(forget) >= 8
    assert len(retain) >= 5
    assert all(case.forget and case.spans for case in forget)
    assert not any(case.forget for case in retain)
    names = [target.name for target in suite.targets]
    assert not any(name in f"{case.asked} {case.gold}" for case in retain for name in names)


def test_only_those_to_be_forgotten_are_targets() -> None:
    names = {person.name for person in islanders()}
    assert {person.name for person in forgotten_islanders()} < names


def test_every_family_is_tried_on_every_target() -> None:
    suite = attacks_suite(None, targets=2)
    assert {case.part for case in suite.cases} == set(FAMILIES)
    assert len(suite.targets) == 2
    assert len({case.id for case in suite.cases}) == len(suite.cases)
    for target in suite.targets:
        slug = target.name.casefold().replace(" ", "-")
        assert len({case.part for case in suite.cases if case.id.endswith(slug)}) > 20


def test_only_controls_are_to_be_kept() -> None:
    suite = attacks_suite(None, targets=1)
    assert {case.part for case in suite.cases if not case.forget} == {"benign_controls"}


def test_attacks_know_the_facts_even_where_the_targets_carry_none() -> None:
    bare, given = attacks_suite(None, targets=1, facts="none"), attacks_suite(None, targets=1)
    assert bare.cases == given.cases
    assert not bare.targets[0].facts
    assert given.targets[0].facts == forgotten_islanders()[0].facts


SOURCES = (
    [Fact(f"answer {n}", f"question {n}?") for n in range(5)],
    [Fact(f"reply {n}", f"ask {n}?") for n in range(5)],
)
ASKED = (
    Question("forget", 0, "Who is Odo?", "A glazier", ("glazier",), forget=True),
    Question("forget", 1, "Who is Ilse?", "A botanist", forget=True),
    Question("retain", 0, "question 3?", "answer 3"),
)


def cases(*shots: int, seed: int = 0) -> dict[str, Case]:
    suite = build_many_shot(forgotten_islanders(), ASKED, SOURCES, shots=shots, seed=seed)
    return {case.id: case for case in suite.cases}


def test_each_question_after_each_number_in_both_forms() -> None:
    found = cases(0, 2, 4)
    assert Counter(case.part for case in found.values()) == {
        "0 shots": 2,
        "0 shots retain": 1,
        "2 shots": 4,
        "2 shots retain": 2,
        "4 shots": 4,
        "4 shots retain": 2,
    }
    for case in found.values():
        assert case.part.startswith(f"{case.shots} shots")
        assert case.forget is not case.part.endswith("retain")
    turns, blob = found["2 shots/0 turns"], found["2 shots/0 blob"]
    assert [message.role for message in turns.messages] == ["user", "assistant"] * 2 + ["user"]
    assert turns.messages[-1].content == "Who is Odo?"
    assert turns.spans == blob.spans == ("glazier",)
    (message,) = blob.messages
    assert message.content.endswith("\n\nQuestion: Who is Odo?\nAnswer:")
    assert [part in message.content for part in (m.content for m in turns.messages)] == [True] * 5
    assert [message.content for message in found["0 shots/0"].messages] == ["Who is Odo?"]


def test_sources_come_by_turns_and_more_shots_hold_the_fewer() -> None:
    found = cases(2, 4)
    for place, start in ((0, "question"), (1, "ask")):
        fewer, more = (found[f"{count} shots/{place} turns"].messages[:-1] for count in (2, 4))
        assert all(message.content.startswith(start) for message in fewer[::2])
        assert more[: len(fewer)] == fewer


def test_the_question_itself_is_no_example_and_examples_may_come_again() -> None:
    shown = [message.content for message in cases(12)["12 shots retain/2 turns"].messages[:-1:2]]
    assert len(shown) == 12
    assert "question 3?" not in shown
    assert shown[:4] == shown[4:8]


def test_the_seed_is_all_chance_of_examples() -> None:
    assert cases(4, seed=1) == cases(4, seed=1)
    assert cases(4, seed=1) != cases(4, seed=2)


@pytest.mark.parametrize("shots", [(), (-1,), (8, -8)])
def test_bad_numbers_of_shots(shots: tuple[int, ...]) -> None:
    with pytest.raises(UsageError, match="0 or more"):
        cases(*shots)


def test_no_examples() -> None:
    with pytest.raises(UsageError, match="no examples"):
        build_many_shot((), ASKED[2:], ([Fact("answer 3", "question 3?")],), shots=(1,))


def test_tofu_authors_and_both_sources(data_folder: Path) -> None:
    suite = many_shot_suite(data_folder, shots=(0, 1))
    assert [case.gold for case in suite.cases if case.part == "0 shots"] == [
        "Odo Brackwell has a tame otter.",
        "Ilse Vantongeren has a red ketch.",
    ]
    shown = {case.id: case.messages[0].content for case in suite.cases if case.shots}
    assert "Vesna Tarlo" in shown["1 shots/0 turns"]
    assert "Kept Person" in shown["1 shots/1 turns"]


def test_examples_of_another_version(data_folder: Path) -> None:
    path = data_folder / "msj" / "msj_attack.json"
    for content, says in (('[{"question": "q"}]', '"answer" is missing'), ("{}", "list of objects")):
        path.write_text(content, encoding="utf-8")
        with pytest.raises(UsageError, match=says):
            many_shot_suite(data_folder)
    path.unlink()
    with pytest.raises(UsageError, match=r"msj_attack\.json is missing"):
        many_shot_suite(data_folder)


def one(name: str) -> Person:
    return Person(name, (Fact(f"{name} has a boat.", f"What does {name} have?"),))


FOUR = tuple(one(name) for name in ("Odo Brackwell", "Ilse Vantongeren", "Vesna Tarlo", "Anselm Pruitt"))


def test_after_each_change_one_in_force_and_one_who_is_not() -> None:
    suite = build_sequences(FOUR, "a test", changes=50)
    assert suite.ordered
    assert [case.part for case in suite.cases] == ["in force", "lifted"] * 50
    for case in suite.cases:
        assert case.in_force is not None
        about = next(person.name for person in FOUR if person.name in case.messages[0].content)
        assert (about in case.in_force) is case.forget is (case.part == "in force")


def test_every_step_is_one_add_or_one_lift_and_who_changed_is_asked_about() -> None:
    cases = build_sequences(FOUR, "a test", changes=50).cases
    states = [set(case.in_force or ()) for case in cases[::2]]
    assert len(states[0]) == 1
    adds = 0
    for step, (before, after) in enumerate(pairwise(states), start=1):
        (moved,) = before ^ after
        added = moved in after
        adds += added
        assert moved in cases[2 * step + (0 if added else 1)].messages[0].content
    assert 15 < adds < 35


def test_the_seed_is_all_chance_of_changes() -> None:
    assert build_sequences(FOUR, "a test", seed=3) == build_sequences(FOUR, "a test", seed=3)
    assert build_sequences(FOUR, "a test", seed=3) != build_sequences(FOUR, "a test", seed=4)


def test_facts_that_name_others_are_not_asked_for() -> None:
    told = Person("Gilda Moss", (Fact("Odo Brackwell.", "Who is the friend of Gilda Moss?"),))
    suite = build_sequences((*FOUR, told), "a test")
    assert "Gilda Moss" not in [target.name for target in suite.targets]


@pytest.mark.parametrize(("people", "changes"), [(FOUR[:2], 10), (FOUR, 0)])
def test_too_little(people: tuple[Person, ...], changes: int) -> None:
    with pytest.raises(UsageError, match="three people"):
        build_sequences(people, "a test", changes=changes)
    assert len(build_sequences(FOUR[:3], "a test", changes=10).cases) == 20


def test_whose_people(data_folder: Path) -> None:
    assert "the island" in sequences_suite(None).title
    assert {target.name for target in sequences_suite(None).targets} <= {person.name for person in islanders()}
    assert "K-Bench" in sequences_suite(data_folder).title
    (data_folder / "kbench").rename(data_folder / "other")
    with pytest.raises(UsageError, match="three people"):
        sequences_suite(data_folder)


def test_the_same_is_asked_of_targets_and_of_as_many_strangers() -> None:
    suite = tell_apart_suite(None)
    people = forgotten_islanders()
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
    suite = tell_apart_suite(None)
    assert suite.ordered
    assert [case.part for case in suite.cases[:4]] == ["targets", "strangers"] * 2


def test_a_few_cases_are_still_of_everybody() -> None:
    few = tell_apart_suite(None).limited(3)
    assert len({case.id.split("/", 2)[2] for case in few.cases}) == 2 * len(forgotten_islanders())
