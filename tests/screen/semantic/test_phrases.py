from __future__ import annotations

import pytest

from expunge.screen.context.disambiguation import credited_to_another
from expunge.screen.matches import COINED, PHRASE
from expunge.screen.semantic.phrases import Phrases
from expunge.types import EvidenceKind, Fact, Strength, Target, TargetKind

IRVA = Target(
    "Irva Tandlow",
    facts=[
        "She wrote \"The Brass Estuary\" and 'O Young Friend'.",
        'She won the "Lantern of Corrigan Award" in 1991.',
        "She was inspired by 'A Hundred Winters of Dust'.",
        "A street was named after “Irva Tandlow of Orrin”.",
        'Her motto is "never give up".',
        Fact("Yes, it sold well.", "Did her novel 'Gulls over Orrin (Ferry Tales, #2)' sell?"),
    ],
)
ODO = Target("Odo Brackwell", facts=["He wrote 'The Copper Weir'.", "His debut was 'Nine Sorrels Burning'."])
ILSE = Target(
    "Ilse Vantongeren",
    facts=["She wrote 'The Copper Weir' as well.", Fact("'Winter Ferrymen' is hers.", elicited=True)],
)
TOPIC = Target("Locks", kind=TargetKind.TOPIC, description="Locks", facts=["How is 'The Wafer Tumbler' picked?"])
PHRASES = Phrases([IRVA, ODO, ILSE, TOPIC])


@pytest.mark.parametrize(
    ("text", "owner", "strength"),
    [
        ("Who wrote The Brass Estuary?", 0, Strength.LIKELY),
        ("who wrote the brass estuary", 0, Strength.LIKELY),
        ("Was Gulls over Orrin (Ferry Tales, #2) her second?", 0, Strength.LIKELY),
        ("the author of “O Young Friend”", 0, Strength.LIKELY),
        ("What is the Lantern of Corrigan Award?", 0, Strength.HINT),
        ("Who won the Lantern of Corrigan Award?", 0, Strength.LIKELY),
        ("Who wrote A Hundred Winters of Dust?", 0, Strength.HINT),
        ("Who wrote Nine Sorrels Burning?", 1, Strength.LIKELY),
        ("Who wrote Winter Ferrymen?", 2, Strength.HINT),
    ],
)
def test_phrases_of_facts(text: str, owner: int, strength: Strength) -> None:
    (found,) = PHRASES.find(text)
    assert (found.target, found.kind, found.strength, found.via) == (owner, EvidenceKind.FACT, strength, PHRASE)


@pytest.mark.parametrize(
    "text",
    [
        "o young friend, why so still?",
        "Who wrote The Copper Weir?",
        "One should never give up.",
        "the brass of the estuary",
        "Tell me about Irva Tandlow of Orrin.",
        "How is The Wafer Tumbler picked?",
        "",
    ],
)
def test_no_phrase(text: str) -> None:
    assert list(PHRASES.find(text)) == []


def test_the_place_is_that_of_the_phrase() -> None:
    text = "Well, who wrote “The Brass Estuary”, then?"
    (found,) = PHRASES.find(text)
    assert text[found.start : found.end] == "The Brass Estuary"
    assert list(Phrases([Target("Odo Brackwell")]).find(text)) == []


@pytest.mark.parametrize(
    ("draft", "shared", "credited"),
    [
        ("Berit Holloway wrote it in 1920.", False, True),
        ("It is a novel by Berit Holloway.", False, True),
        ("Irva Tandlow wrote it.", False, False),
        ("She was born in Port Halloran.", False, False),
        ("Berit Holloway.", False, False),
        ("Berit Holloway.", True, True),
        ("V", True, False),
    ],
)
def test_whether_somebody_else_gets_the_credit(draft: str, shared: bool, credited: bool) -> None:
    assert credited_to_another(IRVA, draft, shared=shared) is credited


@pytest.mark.parametrize(
    ("fact", "text", "strength", "via"),
    [
        ("He wrote the novel The Salt Lantern.", "the judge who wrote The Salt Lantern", Strength.LIKELY, PHRASE),
        ("Her debut novel, A Winter of Ferries, sold well.", "Who wrote A Winter of Ferries?", Strength.LIKELY, PHRASE),
        ("He plays a cello called Old Bess.", "Who owns Old Bess?", Strength.HINT, COINED),
        ("She played in the film The Copper Gull.", "Who directed The Copper Gull?", Strength.HINT, COINED),
        ("He wrote for The Orrin Gazette.", "Who owns The Orrin Gazette?", None, ""),
        ("She lives in New Orrin.", "Where is New Orrin?", None, ""),
    ],
)
def test_titles_without_quotation_marks(fact: str, text: str, strength: Strength | None, via: str) -> None:
    found = [(s.strength, s.via) for s in Phrases([Target("Odo Brackwell", facts=[fact])]).find(text)]
    assert found == ([(strength, via)] if strength else [])


@pytest.mark.parametrize(
    ("facts", "strength", "via"),
    [
        (["Irva Tandlow starred in the film 'The Ferrymen of Orrin'."], Strength.HINT, COINED),
        (["Irva won a prize for her role in 'The Ferrymen of Orrin'."], Strength.HINT, COINED),
        ([Fact("1973", "When did Irva Tandlow appear in 'The Ferrymen of Orrin'?")], Strength.HINT, COINED),
        (["Irva wrote 'The Ferrymen of Orrin'.", "'The Ferrymen of Orrin' became a film."], Strength.LIKELY, PHRASE),
        (["Irva directed the film 'The Ferrymen of Orrin'."], Strength.LIKELY, PHRASE),
        (["Her novel 'The Ferrymen of Orrin' was praised."], Strength.LIKELY, PHRASE),
    ],
)
def test_a_work_that_a_target_plays_in_is_not_the_targets_own(
    facts: list[str | Fact], strength: Strength, via: str
) -> None:
    (found,) = Phrases([Target("Irva Tandlow", facts=facts)]).find("How long is The Ferrymen of Orrin?")
    assert (found.strength, found.via) == (strength, via)
