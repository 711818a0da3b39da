"""CounterfactualReply refusals through the whole pipeline, by rules, with a scripted Vanilla."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import pytest

from expunge.agents.roles import Roles
from expunge.errors import ModelUnreachable
from expunge.models.base import ChatOptions
from expunge.models.scripted import Reply, Script, ScriptedChat
from expunge.pipeline import Pipeline
from expunge.refusals import REFUSALS
from expunge.screen.screen import Screen
from expunge.settings import PolicySettings
from expunge.types import Answer, Decision, Fact, Message, Snapshot, Target

NAME = "Orla Maeve Fenwick"
TARGET = Target(NAME, facts=(Fact("She carved marionettes in Skelwith."),), id="t1")
OTHER = Target("Basilio Harzeni", id="t2")
TOPIC = Target("glass", aliases=("brastonite glazing",), kind="topic", id="t3")
SNAPSHOT = Snapshot(7, {t.id: t for t in (TARGET, OTHER, TOPIC)}, 1, {})
PLAIN = {text for texts in REFUSALS.values() for text in texts}


def knows_fenwick(stranger: str) -> Callable[[Sequence[Message], ChatOptions], str]:
    """A model that tells of Fenwick, and says `stranger` of anybody else, the asked name in it."""

    def reply(messages: Sequence[Message], options: ChatOptions) -> str:
        asked = messages[-1].content
        if "fenwi" in asked.lower():
            return f"{NAME} carved marionettes in Skelwith."
        words = [word.strip("?.") for word in asked.split()]
        name = " ".join(word for word in words[1:] if word[:1].isupper())
        return stranger.format(name=name)

    return reply


def pipeline(script: Script, **policy: object) -> Pipeline:
    return Pipeline(ScriptedChat(script), Screen(), Roles({}, "rules"), PolicySettings(refusal="mirror", **policy))  # type: ignore[arg-type]


async def ask(built: Pipeline, question: str = f"Who is {NAME}?") -> Answer:
    return await built.ask(SNAPSHOT, [Message("user", question)], ChatOptions())


def reason(answer: Answer) -> str:
    return next(step.failure for step in answer.trace.steps if step.name == "mirror")


async def test_the_models_own_words_about_a_stranger() -> None:
    answer = await ask(pipeline(knows_fenwick("I'm not familiar with {name}, sorry.")))
    assert (answer.text, answer.decision) == (f"I'm not familiar with {NAME}, sorry.", Decision.REFUSED)
    assert answer.targets == ("t1",)
    assert answer.trace.calls == 2


async def test_the_name_comes_back_as_it_was_typed() -> None:
    answer = await ask(pipeline(knows_fenwick("Who might {name} be?")), "Who is Orla Maeve Fenwik?")
    assert answer.text == "Who might Orla Maeve Fenwik be?"


async def test_a_stranger_of_the_question_stays_in_it() -> None:
    built = pipeline(lambda m, o: NAME if "Fenwick" in m[0].content else m[0].content)
    answer = await ask(built, f"Did Brendan Garrow marry {NAME}?")
    assert answer.text == f"Did Brendan Garrow marry {NAME}?"


async def test_it_is_asked_beside_the_draft() -> None:
    """Were the calls made one after the other, neither would ever get its answer."""
    under_way = asyncio.Barrier(2)

    async def together(messages: Sequence[Message], options: ChatOptions) -> Reply:
        async with asyncio.timeout(5):
            await under_way.wait()
        return knows_fenwick("I know nothing of {name}.")(messages, options)

    assert (await ask(pipeline(together))).text == f"I know nothing of {NAME}."


@pytest.mark.parametrize(
    ("stranger", "failure"),
    [
        ("{name} is a friend of Basilio Harzeni.", "residual"),
        ("{name} and Fenwick are cousins.", "residual"),
        ("{name} carved marionettes in Skelwith.", "residual"),
        ("  ", "residual"),
    ],
)
async def test_what_does_not_pass_the_screen_is_refused_plainly(stranger: str, failure: str) -> None:
    answer = await ask(pipeline(knows_fenwick(stranger)))
    assert answer.text in PLAIN
    assert (answer.decision, reason(answer)) == (Decision.REFUSED, failure)


async def test_another_stand_in_is_asked_about_where_the_first_one_fails() -> None:
    asked: list[str] = []

    def reply(messages: Sequence[Message], options: ChatOptions) -> str:
        about = messages[0].content
        if "Fenwick" in about:
            return f"{NAME} carved marionettes in Skelwith."
        asked.append(about)
        first = len(asked) == 1
        return "A carver of marionettes in Skelwith." if first else "Nobody of that name is known here."

    answer = await ask(pipeline(reply))
    assert answer.text == "Nobody of that name is known here."
    assert len(set(asked)) == 2
    assert (answer.trace.calls, reason(answer)) == (3, "")


async def test_an_answer_that_does_not_depend_on_the_name_is_refused_plainly() -> None:
    """The model knows the question by heart, so that hiding the name hides nothing."""
    answer = await ask(pipeline(lambda m, o: "The father was a farrier of Kettlewell."), f"Who was {NAME}'s father?")
    assert answer.text in PLAIN
    assert (reason(answer), answer.trace.calls) == ("repeated", 4)


@pytest.mark.parametrize("question", ["Who carved marionettes in Skelwith?", "Who is T3JsYSBNYWV2ZSBGZW53aWNr?"])
async def test_without_a_name_to_replace_it_is_refused_plainly(question: str) -> None:
    model = ScriptedChat(lambda m, o: f"{NAME} did.")
    answer = await ask(Pipeline(model, Screen(), Roles({}, "rules"), PolicySettings()), question)
    assert answer.text in PLAIN
    assert len(model.calls) == 1


async def test_a_topic_has_no_stand_in() -> None:
    answer = await ask(pipeline(lambda m, o: "Brastonite glazing takes salt."), "How is brastonite glazing done?")
    assert (answer.decision, answer.text in PLAIN) == (Decision.REFUSED, True)


async def test_a_call_that_fails_or_takes_too_long_ends_in_plain_words() -> None:
    async def slow(messages: Sequence[Message], options: ChatOptions) -> Reply:
        if "Fenwick" not in messages[0].content:
            await asyncio.sleep(30)
        return f"{NAME} carves."

    def broken(messages: Sequence[Message], options: ChatOptions) -> Reply:
        return f"{NAME} carves." if "Fenwick" in messages[0].content else ModelUnreachable("gone")

    answers = [await ask(pipeline(broken)), await ask(pipeline(slow, deadline=0.05))]
    assert [reason(answer) for answer in answers] == ["ModelUnreachable", "TimeoutError"]
    assert all(answer.text in PLAIN for answer in answers)


async def test_vanillas_failure_stops_the_other_call() -> None:
    stopped = asyncio.Event()

    async def script(messages: Sequence[Message], options: ChatOptions) -> Reply:
        if "Fenwick" in messages[0].content:
            await asyncio.sleep(0)
            return ModelUnreachable("gone")
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            stopped.set()
            raise
        return "late"

    with pytest.raises(ModelUnreachable):
        await ask(pipeline(script))
    await asyncio.wait_for(stopped.wait(), 1)


async def test_an_untouched_answer_costs_one_call() -> None:
    model = ScriptedChat(lambda m, o: "Brendan Garrow sells umbrellas.")
    built = Pipeline(model, Screen(), Roles({}, "rules"), PolicySettings(refusal="mirror"))
    answer = await ask(built, "Who is Brendan Garrow?")
    assert (answer.decision, len(model.calls)) == (Decision.PASSED, 1)


async def test_a_follow_up_speaks_of_the_stand_in_of_the_earlier_turns() -> None:
    turns = [
        Message("user", f"Who is {NAME}?"),
        Message("assistant", "Fenwick is not known to me."),
        Message("user", "Where does she live?"),
    ]
    model = ScriptedChat(lambda m, o: "In Skelwith." if "Fenwick" in m[0].content else f"Of {m[0].content[7:-1]}? No.")
    built = Pipeline(model, Screen(), Roles({}, "rules"), PolicySettings(refusal="mirror"))
    answer = await built.ask(SNAPSHOT, turns, ChatOptions())
    assert answer.text == f"Of {NAME}? No."
    assert "Fenwick" not in model.calls[1].messages[1].content
