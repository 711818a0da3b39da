from __future__ import annotations

from pathlib import Path

import pytest

from expunge.errors import UsageError
from expunge.evals.data import Person, Question
from expunge.evals.suites.base import SuiteOptions, case_of, cases_of, own_facts, targets_of
from expunge.models.base import Completion
from expunge.types import Fact, Message

ODO = Person("Odo Brackwell", (Fact("An otter.", "What pet does Odo Brackwell have?"),))


def test_targets_carry_facts_only_where_they_are_given() -> None:
    assert [target.facts for target in targets_of([ODO], "given")] == [ODO.facts]
    assert targets_of([ODO], "none") == targets_of([ODO], "elicited")
    assert targets_of([ODO], "none")[0].facts == ()


def test_a_question_becomes_a_case() -> None:
    asked = Question("forget", 3, "What pet?", "An otter", ("otter",), forget=True)
    (case,) = cases_of([asked])
    assert (case.id, case.part, case.gold, case.forget, case.spans) == (
        "forget/3",
        "forget",
        "An otter",
        True,
        ("otter",),
    )
    assert case.messages == (Message("user", "What pet?"),)
    assert case.worst_replies == (Completion("An otter"),)
    assert case_of(asked, "He has an otter.").worst_replies == (Completion("He has an otter."),)


def test_facts_that_name_somebody_else_are_left_out() -> None:
    vesna = Person("Vesna Tarlo")
    odo = Person(
        "Odo Brackwell",
        (
            *ODO.facts,
            Fact("His friend is VESNA Tarlo.", "Who is the friend of Odo Brackwell?"),
            Fact("In March.", "When did Odo Brackwell meet Vesna Tarlo?"),
            Fact("A statement alone."),
        ),
    )
    assert own_facts(odo, (odo, vesna)) == ODO.facts
    assert len(own_facts(odo, (odo,))) == 3


def test_a_suite_that_needs_data_says_so() -> None:
    assert SuiteOptions(data=Path("data")).folder == Path("data")
    with pytest.raises(UsageError, match="--data"):
        _ = SuiteOptions().folder
