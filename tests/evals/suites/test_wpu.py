from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from expunge.errors import UsageError
from expunge.evals.suites import wpu


def test_parts_and_targets(data_folder: Path) -> None:
    suite = wpu.load(data_folder)
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
    before = wpu.load(data_folder)
    row = {"question": "Where does the Danube end?", "answer": "Black Sea"}
    for name in ("hard_retain", "celebrities_retain"):
        (data_folder / "wpu" / f"{name}.json").unlink()
        write_jsonl(data_folder / "wpu" / f"{name}.jsonl", [row])
    (data_folder / "wpu" / "names_100.json").unlink()
    assert wpu.load(data_folder) == before


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
        wpu.load(data_folder)
