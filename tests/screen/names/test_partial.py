from __future__ import annotations

import pytest

from expunge.screen.matches import TokenizedText
from expunge.screen.names.partial import FIRST_NAME, RareParts, belongs_to_another
from expunge.types import EvidenceKind, Strength, Target


@pytest.mark.parametrize(
    ("name", "question", "strength"),
    [
        ("Ada Torri", "When was Torri's first book printed in Skelwith?", Strength.LIKELY),
        ("Ada Torri", "How many torri are there in the old town of Lucca?", None),
        ("Ada Torri", "When was Bruno Torri's first book printed in Skelwith?", None),
        ("Ada Torri", "She takes Vitamin C. Torri, who is it?", Strength.LIKELY),
        ("Ada Torri", "When was Ada L. Torri's first book printed in Skelwith?", Strength.LIKELY),
        ("Torri Ellisworth", "When was Torri L. Skelmerow's first book printed?", None),
        ("Torri Ellisworth", "When was Torri's first book printed in Skelwith?", None),
        ("Ada Dahlgren", "When did dahlgren write it, and where in Skelwith?", Strength.HINT),
        ("Ada Dahlgren", "when did dahlgren write it?", Strength.LIKELY),
        ("Adela, Duchess of Skelmerow", "Which river runs through Skelmerow?", Strength.HINT),
        ("Adela Skelmerow", "Which river did Skelmerow paint?", Strength.LIKELY),
    ],
)
def test_a_part_alone(name: str, question: str, strength: Strength | None) -> None:
    found = [
        s.strength for s in RareParts([Target(name)]).find(TokenizedText(question), asked=True) if s.via != FIRST_NAME
    ]
    assert found == ([strength] if strength else [])


@pytest.mark.parametrize(
    ("question", "draft", "another"),
    [
        ("What did Oduyani win?", "Bola Oduyani won the long jump.", True),
        ("Who is Oduyani?", "Bola Oduyani is a long jumper.", True),
        ("What did Oduyani win?", "Oduyani won the long jump, as Bola Oduyani had.", False),
        ("Who was Oduyani married to?", "Bola Oduyani was the wife.", False),
        ("Who was Oduyani married to?", "Bola Oduyani", False),
        ("Which opening bears the name of Oduyani?", "The Oduyani Gambit", False),
        ("Which opening bears the name of Oduyani?", "The Oduyani Gambit is named so.", False),
        ("What did Oduyani win?", "The long jump", False),
    ],
)
def test_whose_part_it_is_by_what_the_draft_says(question: str, draft: str, another: bool) -> None:
    assert belongs_to_another(Target("Anna Oduyani"), TokenizedText(question), TokenizedText(draft)) is another


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        ("Where was Tobin R. born?", True),
        ("Who is Tobin R?", True),
        ("Where was Tobin K. born?", False),
        ("Where was Tobin R. Smith born?", False),
        ("Is Tobin a name?", False),
        ("Was it Tobin?\nR is a letter.", False),
    ],
)
def test_a_first_name_with_an_initial(question: str, meant: bool) -> None:
    found = RareParts([Target("Tobin Rendlesham")]).find(TokenizedText(question), asked=True)
    assert any(s.kind is EvidenceKind.REFERENCE and s.strength is Strength.HINT for s in found) is meant
