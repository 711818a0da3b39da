from __future__ import annotations

from pathlib import Path

import pytest

from expunge.errors import UsageError
from expunge.evals.suites import people


def test_people_to_forget_and_to_keep(people_folder: Path) -> None:
    suite = people.load(people_folder, targets=1, others=2)
    assert [target.name for target in suite.targets] == ["Odo Brackwell"]
    assert [case.part for case in suite.cases] == ["people forget"] * 2 + ["people retain"] * 4
    assert (suite.cases[0].gold, suite.cases[0].spans) == ("Glazier", ("Glazier",))


def test_whoever_knows_all_answers_in_a_sentence(people_folder: Path) -> None:
    suite = people.load(people_folder, targets=2)
    assert suite.cases[0].worst_replies[0].text == "Odo Brackwell works as a Glazier."
    assert suite.cases[-1].worst_replies[0].text == "Dr. Anselm Odo Pruitt is employed by Marlow Library."


def test_more_people_than_there_are(people_folder: Path) -> None:
    with pytest.raises(UsageError, match="only 4 people"):
        people.load(people_folder)
