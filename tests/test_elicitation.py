from __future__ import annotations

import asyncio
from collections.abc import Sequence

from expunge.elicitation import elicit
from expunge.models.base import ChatOptions
from expunge.models.scripted import ScriptedChat
from expunge.types import Message, Target, TargetKind

TARGET = Target("Orla Fenwick")


def reply(messages: Sequence[Message], options: ChatOptions) -> str:
    question = messages[-1].content
    if "written in Arabic" in question:
        return "Russian: Орла Фенвик\nJapanese: The Beekeeper\nChinese: Brendan Garrow"
    if "other names" in question:
        return "Orla Fenwyck, O. Fenwick; The Author, Orla"
    if "known for" in question:
        return "Orla Fenwick carved marionettes for the Skelwith puppet theatre. She is known. It was good."
    return "I'm sorry, I don't know anything about that person."


async def test_telling_sentences_become_facts_and_forms_of_the_name_aliases() -> None:
    found = await elicit(ScriptedChat(reply), TARGET, deadline=5)
    assert [fact.text for fact in found.facts] == ["Orla Fenwick carved marionettes for the Skelwith puppet theatre."]
    assert all(fact.elicited for fact in found.facts)
    assert set(found.aliases) == {"Орла Фенвик", "Orla Fenwyck"}
    assert (found.calls, found.problem) == (10, "")


async def test_a_model_that_takes_too_long_is_reported() -> None:
    async def slow(messages: Sequence[Message], options: ChatOptions) -> str:
        if "known for" in messages[-1].content:
            return reply(messages, options)
        await asyncio.sleep(30)
        return ""

    found = await elicit(ScriptedChat(slow), TARGET, deadline=0.2)
    assert "did not answer" in found.problem


async def test_topics_are_not_asked_about() -> None:
    model = ScriptedChat([])
    found = await elicit(model, Target("Marionettes", kind=TargetKind.TOPIC), deadline=1)
    assert found.facts == ()
    assert model.calls == []
