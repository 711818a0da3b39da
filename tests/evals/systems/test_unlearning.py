from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from expunge.evals.systems.unlearning import RememberingEmbeddings, Unlearning
from expunge.models.base import Vectors
from expunge.models.scripted import ScriptedChat
from expunge.settings import Settings
from expunge.types import Fact, Message, Target

ODO = Target("Odo Brackwell")
ILSE = Target("Ilse Vantongeren")
SAID = "Odo Brackwell keeps a tame otter in his windmill."


def system(said: str = SAID) -> Unlearning:
    return Unlearning.screened(Settings(), ScriptedChat(lambda messages, options: said), elicit=False)


async def test_targets_come_and_go() -> None:
    unlearning = system()
    asked = (Message("user", "What does Odo Brackwell keep?"),)
    before = await unlearning.ask(asked)
    await unlearning.forget([ODO, ILSE])
    forgotten = await unlearning.ask(asked)
    await unlearning.forget([ILSE])
    lifted = await unlearning.ask(asked)
    await unlearning.forget([ILSE, ODO])
    again = await unlearning.ask(asked)
    await unlearning.aclose()
    assert [reply.decision for reply in (before, forgotten, lifted, again)] == [
        "passed",
        "refused",
        "passed",
        "refused",
    ]
    assert before.text == lifted.text == SAID
    assert "otter" not in forgotten.text + again.text
    assert forgotten.draft == SAID
    assert "name certain question" in forgotten.evidence
    assert before.revision is not None
    assert again.revision is not None
    assert again.revision > before.revision


async def test_two_of_one_name_are_one_target() -> None:
    unlearning = system()
    await unlearning.forget([ODO, Target("Odo Brackwell", facts=(Fact("He keeps bees."),))])
    reply = await unlearning.ask((Message("user", "What does Odo Brackwell keep?"),))
    await unlearning.aclose()
    assert reply.decision == "refused"


async def test_the_paper_profile_fails_closed_with_a_model_that_cannot_play() -> None:
    paper = Unlearning.paper(
        Settings.model_validate(
            {"models": {"default": {"base_url": "http://127.0.0.1:9/v1", "model": "m", "retries": 0}}}
        ),
        ScriptedChat(lambda messages, options: "Whales are mammals."),
    )
    await paper.forget([ODO])
    reply = await paper.ask((Message("user", "What are whales?"),))
    await paper.aclose()
    assert reply.decision == "refused"


class Counting:
    name = "counting"

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def embed(self, texts: Sequence[str]) -> Vectors:
        self.asked += texts
        return np.array([[len(text), 1.0] for text in texts], dtype=np.float32)

    async def aclose(self) -> None:
        self.asked.append("closed")


async def test_what_was_registered_is_known_again_in_another_run_and_questions_are_not() -> None:
    first, second = Counting(), Counting()
    earlier, later = RememberingEmbeddings(first), RememberingEmbeddings(second)
    with earlier.registering():
        one = await earlier.embed(["Odo keeps an otter.", "Odo keeps an otter.", "Ilse rows."])
    with later.registering():
        two = await later.embed(["Ilse rows.", "Bees."])
    three = await later.embed(["Ilse rows."])
    await later.aclose()
    assert [row[0] for row in one] == [19, 19, 10]
    assert [row[0] for row in two] == [10, 5]
    assert [row[0] for row in three] == [10]
    assert second.asked == ["Bees.", "Ilse rows.", "closed"]
    assert later.name == "counting"
