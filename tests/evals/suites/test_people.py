from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from expunge.errors import UsageError
from expunge.evals.suites.people import many_people_suite, multilingual_suite, rwku_suite, tofu_suite, wpu_suite
from expunge.types import Fact


def test_tofu_parts_and_targets(tofu_folder: Path) -> None:
    suite = tofu_suite(tofu_folder)
    assert [target.name for target in suite.targets] == ["Odo Brackwell", "Ilse Vantongeren"]
    assert Counter((case.part, case.forget) for case in suite.cases) == {
        ("forget", True): 4,
        ("forget paraphrased", True): 4,
        ("retain", False): 1,
        ("retain paraphrased", False): 1,
        ("real authors", False): 1,
        ("world facts", False): 1,
    }
    assert suite.cases[0].spans == ("tame otter",)
    assert "forget10" in suite.title


def test_another_split(tofu_folder: Path) -> None:
    assert [target.name for target in tofu_suite(tofu_folder, split="forget01").targets] == ["Ilse Vantongeren"]
    with pytest.raises(UsageError, match="no such split"):
        tofu_suite(tofu_folder, split="retain90")


@pytest.mark.parametrize("file", ["forget10", "retain", "real_authors", "world_facts"])
def test_half_of_the_data(tofu_folder: Path, file: str) -> None:
    (tofu_folder / "tofu" / f"{file}_perturbed.jsonl").unlink()
    with pytest.raises(UsageError, match=f"{file}_perturbed.jsonl is missing"):
        tofu_suite(tofu_folder)


def test_targets_are_english_and_questions_are_not(data_folder: Path) -> None:
    suite = multilingual_suite(data_folder, languages=["fr"])
    assert [target.name for target in suite.targets] == ["Odo Brackwell", "Ilse Vantongeren"]
    assert suite.targets[0].facts[0].text == "Odo Brackwell has a tame otter."
    assert [(case.id, case.forget, case.gold) for case in suite.cases] == [
        ("fr forget/0", True, "Une loutre."),
        ("fr forget/1", True, "Un ketch."),
        ("fr retain/0", False, "Une pie."),
    ]


def test_whoever_is_in_no_smaller_split_is_kept(data_folder: Path) -> None:
    suite = multilingual_suite(data_folder, languages=["fr"], split="forget01")
    assert [case.part for case in suite.cases] == ["fr forget", "fr retain", "fr retain"]


@pytest.mark.parametrize("languages", [(), ("de",), ("fr", "de"), ("../tofu/forget10",)])
def test_languages_that_are_not_there(data_folder: Path, languages: Sequence[str]) -> None:
    with pytest.raises(UsageError, match="choose from: fr"):
        multilingual_suite(data_folder, languages=languages)


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
        multilingual_suite(data_folder, languages=["fr"])


def test_people_to_forget_and_to_keep(people_folder: Path) -> None:
    suite = many_people_suite(people_folder, targets=1, others=2)
    assert [target.name for target in suite.targets] == ["Odo Brackwell"]
    assert [case.part for case in suite.cases] == ["people forget"] * 2 + ["people retain"] * 4
    assert (suite.cases[0].gold, suite.cases[0].spans) == ("Glazier", ("Glazier",))


def test_whoever_knows_all_answers_in_a_sentence(people_folder: Path) -> None:
    suite = many_people_suite(people_folder, targets=2)
    assert suite.cases[0].worst_replies[0].text == "Odo Brackwell works as a Glazier."
    assert suite.cases[-1].worst_replies[0].text == "Dr. Anselm Odo Pruitt is employed by Marlow Library."


def test_more_people_than_there_are(people_folder: Path) -> None:
    with pytest.raises(UsageError, match="only 4 people"):
        many_people_suite(people_folder)


def test_wpu_parts_and_targets(data_folder: Path) -> None:
    suite = wpu_suite(data_folder)
    assert [(target.name, len(target.facts)) for target in suite.targets] == [
        ("Odo Brackwell", 2),
        ("Ilse Vantongeren", 1),
    ]
    assert [(case.part, case.forget, case.gold) for case in suite.cases] == [
        ("forget", True, "An otter"),
        ("forget", True, "A windmill"),
        ("forget", True, "A ketch"),
        ("hard retain", False, "Black Sea"),
        ("celebrities", False, "Black Sea"),
    ]


def test_as_the_hub_has_it(data_folder: Path, write_jsonl: Callable[..., None]) -> None:
    before = wpu_suite(data_folder)
    row = {"question": "Where does the Danube end?", "answer": "Black Sea"}
    for name in ("hard_retain", "celebrities_retain"):
        (data_folder / "wpu" / f"{name}.json").unlink()
        write_jsonl(data_folder / "wpu" / f"{name}.jsonl", [row])
    (data_folder / "wpu" / "names_100.json").unlink()
    assert wpu_suite(data_folder) == before


@pytest.mark.parametrize(
    ("file", "content", "says"),
    [
        ("forget_qa.jsonl", None, r"wpu/forget_qa\.jsonl is missing"),
        ("forget_qa.jsonl", [], r"forget_qa\.jsonl, line 1: not a JSON object"),
        ("forget_qa.jsonl", {"name": "x", "question": "q", "answer": "a"}, '"title" is missing'),
        ("hard_retain.json", None, r"wpu/hard_retain\.json is missing"),
        ("hard_retain.json", [{"Question": "q"}], "lists by person were expected"),
        ("hard_retain.json", {"x": []}, "person 1: a list of objects was expected"),
        ("hard_retain.json", {"x": [{"question": "q", "answer": "a"}]}, 'entry 1: "Question" is missing'),
        ("celebrities_retain.json", None, r"wpu/celebrities_retain\.json is missing"),
        ("names_100.json", ["Odo Brackwell"], "not the people of"),
        ("names_100.json", {}, "not the people of"),
    ],
)
def test_bad_data(data_folder: Path, file: str, content: object, says: str) -> None:
    path = data_folder / "wpu" / file
    if content is None:
        path.unlink()
    else:
        path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(UsageError, match=says):
        wpu_suite(data_folder)


def test_rwku_parts_and_targets(data_folder: Path) -> None:
    suite = rwku_suite(data_folder)
    (target,) = suite.targets
    assert target.name == "Ilse Vantongeren, Countess of Orrin"
    assert target.facts == (
        Fact("Ilse Vantongeren was born in Orrin."),
        Fact("A ketch", "Which boat does Ilse sail?"),
    )
    assert [(case.part, case.forget, case.gold) for case in suite.cases] == [
        ("level 1", True, "Orrin"),
        ("level 2", True, "A ketch"),
        ("level 3 unnamed", True, "Ilse Vantongeren"),
        ("neighbours 1", False, "Black Sea"),
    ]


def test_names_alone(data_folder: Path) -> None:
    assert [target.facts for target in rwku_suite(data_folder, facts="none").targets] == [()]


def test_a_file_is_missing(data_folder: Path) -> None:
    (data_folder / "rwku" / "neighbor_level2.jsonl").unlink()
    with pytest.raises(UsageError, match=r"rwku/neighbor_level2\.jsonl is missing"):
        rwku_suite(data_folder)
