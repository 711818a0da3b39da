from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from expunge.errors import UsageError
from expunge.evals.suites import multilingual


def test_targets_are_english_and_questions_are_not(data_folder: Path) -> None:
    suite = multilingual.load(data_folder, languages=["fr"])
    assert [target.name for target in suite.targets] == ["Odo Brackwell", "Ilse Vantongeren"]
    assert suite.targets[0].facts[0].text == "Odo Brackwell has a tame otter."
    assert [(case.id, case.forget, case.gold) for case in suite.cases] == [
        ("fr forget/0", True, "Une loutre."),
        ("fr forget/1", True, "Un ketch."),
        ("fr retain/0", False, "Une pie."),
    ]


def test_whoever_is_in_no_smaller_split_is_kept(data_folder: Path) -> None:
    suite = multilingual.load(data_folder, languages=["fr"], split="forget01")
    assert [case.part for case in suite.cases] == ["fr forget", "fr retain", "fr retain"]


@pytest.mark.parametrize("languages", [(), ("de",), ("fr", "de"), ("../tofu/forget10",)])
def test_languages_that_are_not_there(data_folder: Path, languages: Sequence[str]) -> None:
    with pytest.raises(UsageError, match="choose from: fr"):
        multilingual.load(data_folder, languages=languages)


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"author_index": 1, "question": "Q ?"}, 'line 1: "answer" is missing'),
        ({"question": "Q ?", "answer": "R."}, 'line 1: "author_index" is missing'),
        ({"author_index": 1, "question": "Q ?", "answer": "R."}, "does not fit the folder tofu/"),
        ({"author_index": 77, "question": "Q ?", "answer": "R."}, "does not fit the folder tofu/"),
    ],
)
def test_another_version(data_folder: Path, row: object, says: str) -> None:
    (data_folder / "tofu_multilingual" / "fr.jsonl").write_text(json.dumps(row), encoding="utf-8")
    with pytest.raises(UsageError, match=says):
        multilingual.load(data_folder, languages=["fr"])
