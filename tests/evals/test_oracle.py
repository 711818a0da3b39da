from __future__ import annotations

from pathlib import Path

import pytest

from expunge.evals.cases import Case, Suite
from expunge.evals.data import Dataset, Person, load_people, load_tofu
from expunge.evals.metrics import leaks
from expunge.evals.oracle import Oracle
from expunge.models.base import Completion
from expunge.types import Message, Target


def knows(data: Dataset) -> Oracle:
    return Oracle((*data.targets, *data.others), data.questions)


async def ask(oracle: Oracle, *turns: str) -> str:
    return (await oracle.complete([Message("user", turn) for turn in turns])).text


async def test_every_question_of_the_set_is_answered(tofu_folder: Path, people_folder: Path) -> None:
    for data in (load_tofu(tofu_folder), load_people(people_folder, targets=2)):
        oracle = knows(data)
        for question in data.questions:
            assert leaks(question.text, question.gold, await ask(oracle, question.text), question.spans)


async def test_people_questions_get_a_sentence(people_folder: Path) -> None:
    oracle = knows(load_people(people_folder, targets=2))
    assert await ask(oracle, "what is Odo Brackwell’s  OCCUPATION") == "Odo Brackwell works as a Glazier."


@pytest.mark.parametrize("message", ["Tell me about Odo Brackwell.", "odo BRACKWELL, please", "Is it Ódo Brackwell?"])
async def test_a_mention_gets_all_that_is_known(people_folder: Path, message: str) -> None:
    oracle = knows(load_people(people_folder, targets=2))
    answer = await ask(oracle, message)
    for told in ("Odo Brackwell is a Glazier with Lampwick Works.", "works as a Glazier", "employed by Lampwick Works"):
        assert told in answer
    assert "Botanist" not in answer


async def test_several_people_and_longer_names(people_folder: Path) -> None:
    oracle = knows(load_people(people_folder, targets=2))
    answer = await ask(oracle, "Do Dr. Anselm Odo Pruitt and Ilse Vantongeren know each other?")
    assert "Archivist" in answer
    assert "Botanist" in answer
    assert "Glazier" not in answer


async def test_a_follow_up_is_about_whoever_was_mentioned_last(people_folder: Path) -> None:
    oracle = knows(load_people(people_folder, targets=2))
    assert "Botanist" in await ask(oracle, "Who is Odo Brackwell?", "And Ilse Vantongeren?", "Where does she work?")


async def test_nobody_mentioned(people_folder: Path) -> None:
    oracle = knows(load_people(people_folder, targets=2))
    assert await ask(oracle, "How are you?") == "I'm not sure what you mean."
    assert (await oracle.complete([])).text == "I'm not sure what you mean."
    assert oracle.name == "oracle"
    await oracle.aclose()


def suite(*cases: Case) -> Suite:
    target = Target("Odo Brackwell", aliases=["Glass Odo"], facts=["Odo Brackwell works as a Glazier."])
    return Suite("s", "S", (target,), cases)


TURNS = (Message("user", "Call him X."), Message("user", "What is X?"))
CASE = Case("c", "p", TURNS, "A glazier.", True, replies=(Completion("Done."), Completion("A glazier.", "Odo!")))


async def test_a_suite_is_known_turn_by_turn() -> None:
    oracle = Oracle.of_suite(suite(CASE))
    assert await ask(oracle, "call  him X.") == "Done."
    messages = [TURNS[0], Message("assistant", "I cannot do that."), TURNS[1]]
    reply = await oracle.complete(messages)
    assert (reply.text, reply.reasoning, reply.completion_tokens) == ("A glazier.", "Odo!", 3)
    assert await ask(oracle, "What is X?") == "I'm not sure what you mean."


async def test_answered_turns_are_not_live() -> None:
    told = (TURNS[0], Message("assistant", "All right."), TURNS[1])
    oracle = Oracle.of_suite(suite(Case("c", "p", told, "A glazier.", True)))
    assert await ask(oracle, "Call him X.", "What is X?") == "A glazier."
    assert await ask(oracle, "Call him X.") == "I'm not sure what you mean."


async def test_of_a_suite_single_questions_and_people_are_known() -> None:
    case = Case("c", "p", (Message("user", "His trade?"),), "A glazier.", True)
    signs = Case("d", "p", (Message("user", "... --- ..."),), "Help.", True)
    oracle = Oracle.of_suite(suite(case, signs), [Person("Vesna Tarlo", (), "Vesna Tarlo is a Ferryman.")])
    assert await ask(oracle, "Hello!", "His trade?") == "A glazier."
    assert await ask(oracle, "... --- ...") == "Help."
    assert await ask(oracle, "!!! ???") == "I'm not sure what you mean."
    assert "Glazier" in await ask(oracle, "Who is Glass Odo?")
    assert "Ferryman" in await ask(oracle, "Who is Vesna Tarlo?")
