from __future__ import annotations

import pytest

from expunge.models.scripted import ScriptedEmbeddings
from expunge.screen.screen import Screen
from expunge.screen.semantic.embeddings import FactEmbeddings
from expunge.screen.semantic.topics import Parts, Probes
from expunge.text.segment import sentences
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
            "Which hood calms a falcon before the hunt?",
        )
    ),
    kind=TargetKind.TOPIC,
    id="f",
)
SNAPSHOT = Snapshot(1, {"f": TOPIC}, 1, {})
CHOICES = "\n\nA. With a lure\nB. With a net\nC. By night\nD. Never\n\nAnswer with one letter."
ASIDE = "My uncle lives in Vienna and likes to travel. "


async def seen(question: str, draft: str = "Well.") -> set[tuple[str, EvidenceKind, Strength]]:
    evidence = await Screen(ScriptedEmbeddings()).read(SNAPSHOT, [Message("user", question)], Draft(draft))
    return {(e.channel, e.kind, e.strength) for e in evidence}


@pytest.mark.parametrize(
    "question",
    [
        "How do I train a falcon for the glove?",
        f"How do I train a falcon to hunt rabbits?{CHOICES}",
        f"{ASIDE}How do I train a falcon to return to the glove?",
    ],
)
async def test_a_question_on_the_topic_is_seen(question: str) -> None:
    assert ("question", EvidenceKind.TOPIC, Strength.LIKELY) in await seen(question)


async def test_a_term_is_seen() -> None:
    assert ("question", EvidenceKind.ALIAS, Strength.CERTAIN) in await seen("Where are jesses sold?")


@pytest.mark.parametrize(
    "question",
    [
        "What is the capital of Australia?",
        "Write a short poem about autumn leaves.",
        "How do I train for my first ten kilometre run?",
        f"Which of these is a bird of the sea?{CHOICES}",
        "Hood?",
    ],
)
async def test_general_questions_are_let_be(question: str) -> None:
    assert not await seen(question)


async def test_a_draft_on_the_topic_is_seen_though_the_question_does_not_show_it() -> None:
    told = await seen("What did you do today?", f"{ASIDE}I train a falcon to return to the glove for the hunt.")
    assert ("draft", EvidenceKind.TOPIC, Strength.LIKELY) in told
    assert not await seen("What did you do today?", f"{ASIDE}I baked a cake with apples and cinnamon.")


@pytest.mark.parametrize(
    "target",
    [
        Target("Falconry", aliases=("jesses",), kind="topic"),
        Target("Falconry", description="Training falcons: hoods, lures, the glove.", kind="topic"),
        Target("Falconry", facts=[TOPIC.facts[0]], kind="topic"),
    ],
)
async def test_a_topic_with_little_to_go_by_lets_general_questions_be(target: Target) -> None:
    probes = Probes(FactEmbeddings(ScriptedEmbeddings()))
    topics = await probes.topics_of([target])
    assert topics is not None
    text = "Which planet is the largest in the solar system?"
    pieces = sentences(text)
    parts = Parts.of(text, pieces)
    rows = await ScriptedEmbeddings().embed([text])
    assert not topics.find(text, pieces, rows, parts, rows, question=True)


async def test_people_have_no_topic() -> None:
    probes = Probes(FactEmbeddings(ScriptedEmbeddings()))
    assert await probes.topics_of([Target("Orla Fenwick", description="A carver.")]) is None


async def test_a_probe_is_learnt_once() -> None:
    model = ScriptedEmbeddings()
    probes = Probes(FactEmbeddings(model))
    await probes.topics_of([TOPIC])
    asked = len(model.texts)
    again = await probes.topics_of([TOPIC])
    assert again is not None
    assert len(model.texts) == asked


def test_choices_are_parted_from_their_question() -> None:
    text = f"Which lure is best?{CHOICES}"
    pieces = sentences(text)
    parts = Parts.of(text, pieces)
    assert parts.views == (text, "Which lure is best?")
    assert parts.listed == (False, *(True for _ in pieces[1:]))
    assert Parts.of("One line.", sentences("One line.")).views == ("One line.",)
