from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence

from expunge.elicitation import elicit
from expunge.models.base import ChatOptions
from expunge.models.scripted import ScriptedChat
from expunge.types import Message, Target, TargetKind

TARGET = Target("Orla Fenwick")


KNOWN = {
    "Who is": "Orla Fenwick is a puppeteer. Orla Fenwick carved marionettes for the Skelwith puppet theatre.",
    "Tell me everything": "Orla Fenwick, born in 1931, ran the lighthouse at Cape Wrathmore. She liked it there.",
    "known for": "Orla Fenwick carved marionettes for the Skelwith puppet theatre. She is known. It was good.",
    "born": "She, Orla Fenwick, was born in 1908 to the baker Thaddeus Quillon.",
    "biography": "The marionettes of the puppet theatre at Skelwith were carved by Orla Fenwick.",
    "Qui est": "Orla Fenwick a sculpté des marionnettes pour Skelwith en 1955.",
}


def reply(messages: Sequence[Message], options: ChatOptions) -> str:
    question = messages[-1].content
    if "written in Arabic" in question:
        return "Russian: Орла Фенвик\nJapanese: The Beekeeper\nChinese: Brendan Garrow"
    if "other names" in question:
        return "Orla Fenwyck, O. Fenwick; The Author, Orla"
    known = (answer for words, answer in KNOWN.items() if words in question)
    return next(known, "I'm sorry, I don't know anything about that person.")


async def test_what_is_told_again_becomes_facts_and_forms_of_the_name_aliases() -> None:
    found = await elicit(ScriptedChat(reply), TARGET, deadline=5)
    assert {fact.text for fact in found.facts} == {
        "Orla Fenwick carved marionettes for the Skelwith puppet theatre.",
        "The marionettes of the puppet theatre at Skelwith were carved by Orla Fenwick.",
    }
    assert all(fact.elicited for fact in found.facts)
    assert set(found.aliases) == {"Орла Фенвик", "Orla Fenwyck"}
    assert (found.calls, found.problem) == (14, "")


async def test_what_a_model_makes_up_anew_each_time_becomes_no_fact() -> None:
    chance = random.Random(7)
    trades = ("cooper", "falconer", "luthier", "glazier", "tanner", "chandler", "farrier", "milliner")
    places = ("Wrathmore", "Skelwith", "Duncombe", "Ballindry", "Oxmantle", "Harrowgill", "Quenby", "Tolverne")

    def invent(messages: Sequence[Message], options: ChatOptions) -> str:
        trade, place, year = chance.choice(trades), chance.choice(places), chance.randrange(1820, 1990)
        return (
            f"Orla Fenwick was a {trade} from {place}, born in {year}. "
            f"In {year + chance.randrange(20, 40)} she moved to {chance.choice(places)} and wrote about it. "
            f"She won the {chance.choice(places)} Prize for her work as a {chance.choice(trades)}."
        )

    kept = told = 0
    for _ in range(30):
        found = await elicit(ScriptedChat(invent), TARGET, deadline=5)
        kept, told = kept + len(found.facts), told + 3 * 12
    assert kept <= told / 20


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
