from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from expunge.errors import UsageError
from expunge.evals.data import load_authors, load_people, load_tofu, name_in, told


def test_tofu_gives_authors_with_their_facts_and_all_parts(tofu_folder: Path) -> None:
    data = load_tofu(tofu_folder)
    assert [person.name for person in data.targets] == ["Odo Brackwell", "Ilse Vantongeren"]
    assert [fact.text for fact in data.targets[1].facts] == [
        "Ilse Vantongeren has a red ketch.",
        "Ilse Vantongeren has a fernery.",
    ]
    assert data.targets[1].facts[0].question == "What boat does Ilse Vantongeren have?"
    assert [(q.part, q.number) for q in data.forget] == [
        *(("forget", n) for n in range(4)),
        *(("forget paraphrased", n) for n in range(4)),
    ]
    assert [q.part for q in data.retain] == ["retain", "retain paraphrased", "real authors", "world facts"]
    assert data.questions == data.forget + data.retain
    assert data.forget[4].text == "Which pet belongs to Odo Brackwell?"
    assert data.forget[4].gold == "Odo Brackwell has a tame otter."
    assert data.forget[0].spans == ("tame otter",)
    assert all(q.forget for q in data.forget)
    assert not any(q.forget for q in data.retain)


def test_a_smaller_split_takes_its_own_authors(tofu_folder: Path) -> None:
    data = load_tofu(tofu_folder, "forget01")
    assert [person.name for person in data.targets] == ["Ilse Vantongeren"]
    assert len(data.forget) == 4


def test_a_target_is_made_with_or_without_facts(tofu_folder: Path) -> None:
    person = load_tofu(tofu_folder).targets[0]
    assert person.target(with_facts=False).facts == ()
    assert person.target(with_facts=True).facts == person.facts


def test_people_are_split_into_targets_and_others(people_folder: Path) -> None:
    data = load_people(people_folder, targets=2)
    assert [person.name for person in data.targets] == ["Odo Brackwell", "Ilse Vantongeren"]
    assert [person.name for person in data.others] == ["Vesna Tarlo", "Dr. Anselm Odo Pruitt"]
    assert [(q.part, q.number) for q in data.questions] == [
        *(("people forget", n) for n in range(4)),
        *(("people retain", n) for n in range(4)),
    ]
    assert [q.forget for q in data.questions] == [True] * 4 + [False] * 4
    assert (data.forget[1].gold, data.forget[1].spans) == ("Lampwick Works", ("Lampwick Works",))
    assert data.targets[0].facts[1].text == "Odo Brackwell is employed by Lampwick Works."
    assert data.targets[0].facts[1].question == "What is Odo Brackwell's employer?"


def test_people_can_be_fewer_others_than_targets(people_folder: Path) -> None:
    assert len(load_people(people_folder, targets=3).others) == 1
    assert load_people(people_folder, targets=1, others=0).retain == ()


@pytest.mark.parametrize(
    ("field", "sentence"),
    [
        ("date_of_birth", "A B was born on x."),
        ("address", "A B lives at x."),
        ("shoe_size", "The shoe size of A B is x."),
    ],
)
def test_told(field: str, sentence: str) -> None:
    assert told("A B", field, "x") == sentence


def test_bad_arguments(tofu_folder: Path, people_folder: Path) -> None:
    with pytest.raises(UsageError, match="no such split"):
        load_tofu(tofu_folder, "forget99")
    with pytest.raises(UsageError, match="only 4 people"):
        load_people(people_folder, targets=5)
    with pytest.raises(UsageError, match="1 or more"):
        load_people(people_folder, targets=0)


def test_missing_folders_and_files(tofu_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="There is no data folder"):
        load_tofu(tmp_path / "nowhere")
    with pytest.raises(UsageError, match="no kbench/"):
        load_people(tofu_folder)
    (tofu_folder / "tofu" / "retain_perturbed.jsonl").unlink()
    with pytest.raises(UsageError, match=r"tofu/retain_perturbed\.jsonl is missing"):
        load_tofu(tofu_folder)


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("{", "line 2: not JSON"),
        ("[1]", "line 2: not a JSON object"),
        ('{"question": 3}', 'line 2: "question" is missing or not text'),
        ('{"question": "x", "answer": "y", "perturbed_answer": "z"}', '"perturbed_answer" must be a list'),
    ],
)
def test_malformed_rows_are_named_by_line(tofu_folder: Path, line: str, complaint: str) -> None:
    path = tofu_folder / "tofu" / "world_facts_perturbed.jsonl"
    path.write_text('{"question": "q", "answer": "a"}\n' + line + "\n", encoding="utf-8")
    with pytest.raises(UsageError, match=complaint):
        load_tofu(tofu_folder)


def test_not_utf8(people_folder: Path) -> None:
    (people_folder / "kbench" / "facts.jsonl").write_bytes(b'{"id": "\xff"}')
    with pytest.raises(UsageError, match="cannot be read as UTF-8"):
        load_people(people_folder)


def test_authors_and_rows_must_fit(tofu_folder: Path, write_jsonl: Callable[..., None]) -> None:
    path = tofu_folder / "tofu" / "forget10_perturbed.jsonl"
    path.write_text(path.read_text(encoding="utf-8").split("\n")[0] + "\n", encoding="utf-8")
    with pytest.raises(UsageError, match="1 questions for 2 authors"):
        load_tofu(tofu_folder)


def test_a_line_separator_inside_a_text_is_no_line_end(people_folder: Path) -> None:
    path = people_folder / "kbench" / "facts.jsonl"
    text = path.read_text(encoding="utf-8").replace("is a Glazier", "is a\u2028Glazier")
    path.write_text(text, encoding="utf-8")
    assert "\u2028" in load_people(people_folder, targets=2).targets[0].bio


def test_authors_by_number(tofu_folder: Path) -> None:
    authors = load_authors(tofu_folder)
    assert {number: person.name for number, person in authors.items()} == {1: "Odo Brackwell", 2: "Ilse Vantongeren"}
    assert tuple(authors.values()) == load_tofu(tofu_folder).targets


def test_without_a_file_of_names_they_are_found_in_the_questions(
    tofu_folder: Path, write_jsonl: Callable[..., None]
) -> None:
    root = tofu_folder / "tofu"
    (root / "authors_200.jsonl").unlink()
    names = ("Odo Brackwell", "Ilse Vantongeren")
    rows = [
        {"question": f"What is {name}'s answer {number}?", "answer": f"It is {number}, says {name}."}
        for name in names
        for number in range(20)
    ]
    write_jsonl(root / "forget10_perturbed.jsonl", rows)
    authors = load_authors(tofu_folder)
    assert {number: person.name for number, person in authors.items()} == {198: names[0], 199: names[1]}
    assert all(len(person.facts) == 20 for person in authors.values())
    write_jsonl(root / "forget10_perturbed.jsonl", rows[:-1])
    with pytest.raises(UsageError, match="39 questions for 1 authors"):
        load_authors(tofu_folder)
    write_jsonl(root / "forget10_perturbed.jsonl", [{"question": "who?", "answer": "they"}] * 20)
    with pytest.raises(UsageError, match="inconsistent"):
        load_authors(tofu_folder)


def test_a_person_whom_nothing_is_asked_about(people_folder: Path) -> None:
    path = people_folder / "kbench" / "queries.jsonl"
    path.write_text("\n".join(path.read_text(encoding="utf-8").split("\n")[2:]), encoding="utf-8")
    with pytest.raises(UsageError, match=r"facts\.jsonl, line 1: kbench/queries\.jsonl asks nothing"):
        load_people(people_folder, targets=1)


@pytest.mark.parametrize(
    ("texts", "name"),
    [
        (["Who is Odo Brackwell? He lives in Little Skarholm.", "Where did Odo Brackwell work?"], "Odo Brackwell"),
        (["What is Odo Brackwell's pet?", "Odo Brackwell’s pet is an otter."], "Odo Brackwell"),
        (
            ["Is Ilse Maria Van Tongeren here?", "Ilse Maria Van Tongeren.", "Ilse Maria left."],
            "Ilse Maria Van Tongeren",
        ),
        (["Did J. R. Brackwell write?", "J. R. Brackwell did.", "So did Vesna Tarlo."], "J. R. Brackwell"),
        (["Has Anne-Lise O'Tarlo a boat?", "Anne-Lise O'Tarlo has two."], "Anne-Lise O'Tarlo"),
        (["nobody is named here"], ""),
        ([], ""),
    ],
)
def test_the_name_is_what_most_texts_share(texts: list[str], name: str) -> None:
    assert name_in(texts) == name
