from __future__ import annotations

from pathlib import Path

import pytest

from expunge.errors import UsageError
from expunge.evals.data import Question
from expunge.evals.judging import disclosed
from expunge.evals.suites.sampled import leak_at_k_suite, ways_to_tell


def test_every_question_is_sampled_with_seeds_of_its_run() -> None:
    suite = leak_at_k_suite(None, samples=4)
    assert {case.samples for case in suite.cases} == {(0, 1, 2, 3)}
    assert {case.samples for case in leak_at_k_suite(None, samples=4, seed=2).cases} == {(8, 9, 10, 11)}
    assert {case.part for case in suite.cases} == {"forget", "retain"}


def test_of_data_only_the_plain_questions_are_asked(data_folder: Path) -> None:
    suite = leak_at_k_suite(data_folder, samples=1)
    assert {case.part for case in suite.cases} == {"forget", "retain"}
    assert {case.forget for case in suite.cases} == {True, False}


def test_every_way_to_tell_about_a_target_discloses_the_fact() -> None:
    for case in leak_at_k_suite(None).cases:
        texts = [reply.text for reply in case.worst_replies]
        assert len(set(texts)) == len(texts) or not case.spans
        if case.forget:
            assert all(disclosed(case, [text]) for text in texts), case.id


def test_what_is_told_about_others_names_no_target() -> None:
    suite = leak_at_k_suite(None)
    kept = [reply.text for case in suite.cases if not case.forget for reply in case.worst_replies]
    assert not any(target.name.casefold() in text.casefold() for text in kept for target in suite.targets)


def test_some_ways_to_tell_leave_the_name_out() -> None:
    asked = Question(
        "forget", 0, "Where does Odo Brackwell live?", "Odo Brackwell lives in Marnwick.", ("marnwick",), True
    )
    ways = ways_to_tell(asked, "Odo Brackwell", ("Odo Brackwell lives in Marnwick.", "He is a glazier."))
    assert len(set(ways)) == 32
    assert "That person lives in Marnwick." in ways
    assert "Sure! marnwick" in ways
    assert any("glazier" in way for way in ways)


def test_there_must_be_a_sample() -> None:
    with pytest.raises(UsageError, match="1 or more"):
        leak_at_k_suite(None, samples=0)
