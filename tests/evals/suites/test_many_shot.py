from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from expunge.errors import UsageError
from expunge.evals.cases import Case
from expunge.evals.data import Question
from expunge.evals.suites import island, many_shot
from expunge.types import Fact

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
    suite = many_shot.build(island.forgotten(), ASKED, SOURCES, shots=shots, seed=seed)
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


def test_the_seed_is_all_chance() -> None:
    assert cases(4, seed=1) == cases(4, seed=1)
    assert cases(4, seed=1) != cases(4, seed=2)


@pytest.mark.parametrize("shots", [(), (-1,), (8, -8)])
def test_bad_numbers_of_shots(shots: tuple[int, ...]) -> None:
    with pytest.raises(UsageError, match="0 or more"):
        cases(*shots)


def test_no_examples() -> None:
    with pytest.raises(UsageError, match="no examples"):
        many_shot.build((), ASKED[2:], ([Fact("answer 3", "question 3?")],), shots=(1,))


def test_tofu_authors_and_both_sources(data_folder: Path) -> None:
    suite = many_shot.load(data_folder, shots=(0, 1))
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
            many_shot.load(data_folder)
    path.unlink()
    with pytest.raises(UsageError, match=r"msj_attack\.json is missing"):
        many_shot.load(data_folder)
