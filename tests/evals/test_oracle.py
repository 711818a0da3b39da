from __future__ import annotations

from pathlib import Path

import pytest

from expunge.evals.data import load_people, load_tofu
from expunge.evals.metrics import leaks
from expunge.evals.oracle import Oracle
from expunge.types import Message


async def ask(oracle: Oracle, *turns: str) -> str:
    return (await oracle.complete([Message("user", turn) for turn in turns])).text


async def test_every_question_of_the_set_is_answered(tofu_folder: Path, people_folder: Path) -> None:
    for data in (load_tofu(tofu_folder), load_people(people_folder, targets=2)):
        oracle = Oracle.of(data)
        for question in data.questions:
            assert leaks(question.text, question.gold, await ask(oracle, question.text), question.spans)


async def test_people_questions_get_a_sentence(people_folder: Path) -> None:
    oracle = Oracle.of(load_people(people_folder, targets=2))
    assert await ask(oracle, "what is Odo Brackwell’s  OCCUPATION") == "Odo Brackwell works as a Glazier."


@pytest.mark.parametrize("message", ["Tell me about Odo Brackwell.", "odo BRACKWELL, please", "Is it Ódo Brackwell?"])
async def test_a_mention_gets_all_that_is_known(people_folder: Path, message: str) -> None:
    oracle = Oracle.of(load_people(people_folder, targets=2))
    answer = await ask(oracle, message)
    for told in ("Odo Brackwell is a Glazier with Lampwick Works.", "works as a Glazier", "employed by Lampwick Works"):
        assert told in answer
    assert "Botanist" not in answer


async def test_several_people_and_longer_names(people_folder: Path) -> None:
    oracle = Oracle.of(load_people(people_folder, targets=2))
    answer = await ask(oracle, "Do Dr. Anselm Odo Pruitt and Ilse Vantongeren know each other?")
    assert "Archivist" in answer
    assert "Botanist" in answer
    assert "Glazier" not in answer


async def test_a_follow_up_is_about_whoever_was_mentioned_last(people_folder: Path) -> None:
    oracle = Oracle.of(load_people(people_folder, targets=2))
    assert "Botanist" in await ask(oracle, "Who is Odo Brackwell?", "And Ilse Vantongeren?", "Where does she work?")


async def test_nobody_mentioned(people_folder: Path) -> None:
    oracle = Oracle.of(load_people(people_folder, targets=2))
    assert await ask(oracle, "How are you?") == "I'm not sure what you mean."
    assert (await oracle.complete([])).text == "I'm not sure what you mean."
    assert oracle.name == "oracle"
    await oracle.aclose()
