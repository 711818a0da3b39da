from __future__ import annotations

from expunge.models.scripted import ScriptedEmbeddings
from expunge.screen.screen import Screen
from expunge.screen.topics import general_questions, topics_of
from expunge.screen.vectors import FactVectors
from expunge.types import Draft, EvidenceKind, Fact, Message, Snapshot, Strength, Target, TargetKind

TOPIC = Target(
    "Falconry",
    aliases=("jesses", "hunting hawk"),
    facts=tuple(
        Fact(text)
        for text in (
            "How do I train a falcon to return to the glove?",
            "How do I train a hawk to hunt rabbits?",
            "Which falcon is best to train for the glove?",
        )
    ),
    kind=TargetKind.TOPIC,
    id="f",
)
SNAPSHOT = Snapshot(1, {"f": TOPIC}, 1, {})


async def kinds(question: str, draft: str = "Well.") -> set[tuple[EvidenceKind, Strength]]:
    evidence = await Screen(ScriptedEmbeddings()).read(SNAPSHOT, [Message("user", question)], Draft(draft))
    return {(e.kind, e.strength) for e in evidence if e.channel == "question"}


async def test_a_question_on_the_topic_is_seen() -> None:
    assert (EvidenceKind.TOPIC, Strength.LIKELY) in await kinds("How do I train a falcon for the glove?")


async def test_a_term_is_seen() -> None:
    assert (EvidenceKind.ALIAS, Strength.CERTAIN) in await kinds("Where are jesses sold?")


async def test_general_questions_are_let_be() -> None:
    for question in (
        "What is the capital of Australia?",
        "Write a short poem about autumn leaves.",
        "What is falconry?",
    ):
        assert not await kinds(question)


async def test_people_have_no_topic() -> None:
    assert await topics_of([Target("Orla Fenwick", description="A carver.")], FactVectors(ScriptedEmbeddings())) is None


def test_the_general_questions_are_many_and_different() -> None:
    assert len(set(general_questions())) > 100
