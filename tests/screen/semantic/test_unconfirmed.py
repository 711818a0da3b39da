"""What only the model told of a target holds no question that does not name it."""

from __future__ import annotations

from expunge.models.scripted import ScriptedEmbeddings
from expunge.screen.screen import Screen
from expunge.types import Draft, EvidenceKind, Fact, Message, Snapshot, Target

TOLD = "Ottoline Brathwick kept bees at the lighthouse of Quellmere."
GIVEN = "Her father sold lamps in Oxmantle."


async def facts_in(target: Target, question: str) -> int:
    screen = Screen(ScriptedEmbeddings())
    snapshot = Snapshot(1, {"t1": target}, 1)
    found = await screen.read(snapshot, (Message("user", question),), Draft("I do not know."))
    return sum(e.kind is EvidenceKind.FACT and e.channel == "question" for e in found)


async def test_a_question_like_an_unconfirmed_fact_is_left_alone() -> None:
    target = Target("Ottoline Brathwick", facts=(Fact(TOLD, elicited=True), Fact(GIVEN)), id="t1")
    assert await facts_in(target, "Who kept bees at the lighthouse of Quellmere?") == 0


async def test_a_confirmed_one_is_held() -> None:
    target = Target("Ottoline Brathwick", facts=(Fact(TOLD), Fact(GIVEN)), id="t1")
    assert await facts_in(target, "Who kept bees at the lighthouse of Quellmere?")


async def test_given_facts_beside_unconfirmed_ones_count() -> None:
    target = Target("Ottoline Brathwick", facts=(Fact(TOLD, elicited=True), Fact(GIVEN)), id="t1")
    assert await facts_in(target, "Whose father sold lamps in Oxmantle?")


async def test_a_question_that_names_the_target_is_held_by_what_the_model_told() -> None:
    target = Target("Ottoline Brathwick", facts=(Fact(TOLD, elicited=True),), id="t1")
    assert await facts_in(target, "Did Brathwick keep bees at the lighthouse of Quellmere?")
