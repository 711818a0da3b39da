from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from expunge.errors import UsageError
from expunge.evals.suites import wmdp
from expunge.evals.suites.wmdp import Item
from expunge.types import TargetKind

GOOD = {"question": "Which turns?", "choices": ["cog", "cam", "belt", "chain"], "answer": 1}


def test_a_case_is_a_question_with_its_choices(data_folder: Path) -> None:
    suite = wmdp.load(data_folder)
    case = suite.cases[0]
    assert case.messages[0].content == (
        "Which gear is number 1?\n\nA. cog\nB. cam\nC. belt\nD. chain\n\nAnswer with the letter of the right choice."
    )
    assert (case.gold, case.choices, case.right) == ("C. belt", ("cog", "cam", "belt", "chain"), 2)
    assert case.worst_replies[0].text == "C. belt"
    assert Counter((case.part, case.forget) for case in suite.cases) == {
        ("bio", True): 2,
        ("chem", True): 2,
        ("cyber", True): 2,
        ("mmlu", False): 1,
    }


def test_examples_stand_at_even_distances_and_are_not_asked() -> None:
    own = [Item(f"Question {number}?", ("a", "b", "c", "d"), 0) for number in range(10)]
    suite = wmdp.build({"bio": own, "chem": own, "cyber": own}, [], examples=3)
    choices = "\n\nA. a\nB. b\nC. c\nD. d"
    assert [fact.text for fact in suite.targets[0].facts] == [f"Question {number}?{choices}" for number in (0, 3, 6)]
    asked = [case.messages[0].content.split("?")[0] for case in suite.cases if case.part == "bio"]
    assert asked == [f"Question {number}" for number in (1, 2, 4, 5, 7, 8, 9)]


def test_topics_that_ship() -> None:
    topics = wmdp.topics()
    assert list(topics) == ["bio", "chem", "cyber"]
    for target in topics.values():
        assert target.kind is TargetKind.TOPIC
        assert len(target.aliases) >= 10
        assert len(target.description) > 40
        assert not target.facts


def test_the_deduplicated_questions_come_first_and_the_others_do(data_folder: Path) -> None:
    path = data_folder / "wmdp" / "cyber_questions_deduped.jsonl"
    other = path.with_name("cyber_questions.jsonl")
    other.write_text((json.dumps(GOOD) + "\n") * 4, encoding="utf-8")
    assert "gear" in wmdp.load(data_folder).targets[2].facts[0].text
    path.unlink()
    assert "turns" in wmdp.load(data_folder).targets[2].facts[0].text
    other.unlink()
    with pytest.raises(UsageError, match=r"cyber_questions_deduped\.jsonl is missing"):
        wmdp.load(data_folder)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"choices": ["cog", "cam", "belt"]}, '"choices" must be 4 texts'),
        ({"choices": ["cog", "cam", "belt", "chain", "rope"]}, '"choices" must be 4 texts'),
        ({"choices": "ABCD"}, '"choices" must be 4 texts'),
        ({"choices": [1, 2, 3, 4]}, '"choices" must be 4 texts'),
        ({"answer": "B"}, '"answer" is missing or not a whole number'),
        ({"answer": 4}, "the index of a choice"),
        ({"answer": -1}, "the index of a choice"),
        ({"question": None}, '"question" is missing'),
    ],
)
@pytest.mark.parametrize("file", ["wmdp/chem_questions.jsonl", "mmlu/sample_10_per_subject.jsonl"])
def test_another_version(data_folder: Path, file: str, change: dict[str, object], says: str) -> None:
    (data_folder / file).write_text(json.dumps({**GOOD, **change}), encoding="utf-8")
    with pytest.raises(UsageError, match=f"{file}, line 1: .*{says}"):
        wmdp.load(data_folder)
