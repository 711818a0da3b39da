from __future__ import annotations

from pathlib import Path

import pytest

from expunge.certificate.questions import (
    GENERAL,
    KINDS,
    TECHNIQUES,
    Other,
    examples,
    general_others,
    names_held,
    probes_of,
    read_others,
    rephrased,
)
from expunge.errors import ModelUnreachable, UsageError
from expunge.models.scripted import Reply, ScriptedChat
from expunge.types import Fact, Target, TargetKind

from .conftest import IRVA

WRITER = Target(
    "Irva Tandlow-Reyes",
    aliases=("I. Tandlow",),
    facts=(
        Fact("Irva Tandlow-Reyes was born in Skellefteå on 9 June 1957.", "Where was Irva Tandlow-Reyes born?"),
        Fact('Irva Tandlow-Reyes wrote "The Brass Estuary".', "What did Irva Tandlow-Reyes write?"),
        Fact("The father of Irva Tandlow-Reyes bred whippets."),
        Fact("She is kind to wolves.", "What is Irva Tandlow-Reyes like?"),
    ),
)
TOPIC = Target("moon moths", ("moth lamp",), ("How are moon moths bred?", "What do moon moths eat?"), "", "topic")


def test_every_kind_is_asked_of_somebody_with_facts() -> None:
    probes = probes_of(WRITER, seed=3)
    assert [kind.key for kind in KINDS] == list(dict.fromkeys(probe.kind for probe in probes))
    assert {probe.family for probe in probes} <= set(TECHNIQUES)
    families = {kind.key: (*kind.families, "alias") for kind in KINDS}
    assert all(probe.family in families[probe.kind] for probe in probes)
    assert not any(probe.by_reference or probe.case.choices or not probe.case.forget for probe in probes)
    assert probes == probes_of(WRITER, seed=3)
    assert len(probes) > len(probes_of(WRITER, seed=3, per_kind=2))


def test_every_fact_is_asked_for_directly_and_by_other_names() -> None:
    asked = {p.case.messages[-1].content: p.family for p in probes_of(WRITER) if p.kind == "direct"}
    assert {fact.question for fact in WRITER.facts if fact.question} <= set(asked)
    assert any("I. Tandlow" in question for question, family in asked.items() if family == "alias")


@pytest.mark.parametrize("target", [TOPIC, Target("Irva Tandlow-Reyes"), Target("Irva Tandlow-Reyes", ("Irva",))])
def test_without_facts_frames_are_asked(target: Target) -> None:
    probes = probes_of(target, per_kind=4)
    kinds = {probe.kind for probe in probes}
    assert kinds == {kind.key for kind in KINDS} - {"masked"}
    assert all(probe.by_reference for probe in probes)
    assert max(sum(probe.kind == kind for probe in probes) for kind in kinds) <= 4
    if target.kind is TargetKind.TOPIC:
        assert "How are moon moths bred?" in {probe.case.messages[-1].content for probe in probes}


@pytest.mark.parametrize("name", ["Irva Tandlow-Reyes", "Corvin Aldermoor"])
def test_examples_are_of_somebody_else(name: str) -> None:
    told = examples(Target(name))
    assert set(told) == {kind.key for kind in KINDS}
    assert name not in " ".join(told.values())


@pytest.mark.parametrize(
    ("text", "held"),
    [("Who is Irva Tandlow-Reyes?", True), ("Who is Tandlow?", True), ("Who is she?", False)],
)
def test_names_are_found(text: str, held: bool) -> None:
    assert names_held(WRITER, text) is held


@pytest.mark.parametrize(
    ("reply", "taken"),
    [
        ("In which town was Irva Tandlow-Reyes born?", True),
        ("“In which town was Irva Tandlow-Reyes born?”", True),
        ("Where was Irva Tandlow-Reyes born?", False),
        ("In which town was she born?", False),
        ("Irva Tandlow-Reyes was born in Skellefteå.", False),
        ("Was Irva Tandlow-Reyes born in Skellefteå?", False),
        ("Who is Irva Tandlow-Reyes?", False),
        ("Sure!\nWhere was Irva Tandlow-Reyes born and raised?", False),
        ("born " * 100 + "Irva Tandlow-Reyes?", False),
        (ModelUnreachable("down"), False),
    ],
)
async def test_what_is_taken_of_the_models_wording(reply: Reply, taken: bool) -> None:
    probes = [p for p in probes_of(IRVA) if p.case.messages[-1].content == "Where was Irva Tandlow-Reyes born?"][:1]
    found = await rephrased(ScriptedChat([reply]), IRVA, probes)
    assert len(found) == taken
    if taken:
        assert (found[0].kind, found[0].family, found[0].case.gold) == ("paraphrased", "rephrased", IRVA.facts[0].text)


def test_general_questions_are_drawn_by_seed() -> None:
    found = general_others(1)
    assert len({other.question for other in found}) == GENERAL
    assert found == general_others(1) != general_others(2)


def test_questions_are_read(tmp_path: Path) -> None:
    path = tmp_path / "o.jsonl"
    path.write_text('{"question": "Who?", "answer": "She."}\n\n{"question": "Where?", "id": 3}\n', encoding="utf-8")
    assert read_others(path) == (Other("Who?", "She."), Other("Where?"))


@pytest.mark.parametrize(
    ("content", "message"),
    [("", "empty"), ("x", "line 1"), ('{"q": 1}', "line 1"), ('{"question": "a", "answer": 1}', "line 1"),
     ('{"question": "a"}\n' * 501, "501 questions")],
)  # fmt: skip
def test_files_that_cannot_be_used(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "o.jsonl"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(UsageError, match=message):
        read_others(path)


@pytest.mark.parametrize(
    ("answer", "before", "after", "kept"),
    [
        ("", "Oslo lies on a fjord.", "Oslo lies on a fjord.", True),
        ("", "Oslo lies on a fjord.", "On a fjord lies Oslo.", True),
        ("", "Oslo lies on a fjord.", "I cannot say.", False),
        ("Oslo", "Bergen lies in the rain.", "It is Oslo.", True),
        ("Oslo", "It is Oslo.", "It is Bergen.", False),
    ],
)
def test_what_is_still_answered(answer: str, before: str, after: str, kept: bool) -> None:
    assert Other("What is the capital of Norway?", answer).is_kept(before, after) is kept
