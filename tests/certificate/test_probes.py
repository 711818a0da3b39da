from __future__ import annotations

import pytest

from expunge.certificate.probes import KINDS, TECHNIQUES, examples, names_held, probes_of
from expunge.types import Fact, Target, TargetKind

IRVA = Target(
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
    probes = probes_of(IRVA, seed=3)
    assert [kind.key for kind in KINDS] == list(dict.fromkeys(probe.kind for probe in probes))
    assert {probe.family for probe in probes} <= set(TECHNIQUES)
    families = {kind.key: (*kind.families, "alias") for kind in KINDS}
    assert all(probe.family in families[probe.kind] for probe in probes)
    assert not any(probe.by_reference or probe.case.choices or not probe.case.forget for probe in probes)
    assert probes == probes_of(IRVA, seed=3)
    assert len(probes) > len(probes_of(IRVA, seed=3, per_kind=2))


def test_every_fact_is_asked_for_directly_and_by_other_names() -> None:
    asked = {p.case.messages[-1].content: p.family for p in probes_of(IRVA) if p.kind == "direct"}
    assert {fact.question for fact in IRVA.facts if fact.question} <= set(asked)
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
    assert names_held(IRVA, text) is held
