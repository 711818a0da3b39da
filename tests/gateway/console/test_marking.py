from __future__ import annotations

import random

import pytest

from expunge.gateway.console.marking import Difference, Piece, differences, marked
from expunge.types import Evidence, EvidenceKind, Strength

TEXT = "Orla Quennell kept the lighthouse."


def seen(start: int, end: int, strength: Strength = Strength.CERTAIN, about: str = "a") -> tuple[Evidence, str]:
    return Evidence("t_1", EvidenceKind.NAME, strength, "draft", start, end), about


@pytest.mark.parametrize(
    ("evidence", "pieces"),
    [
        ([], [Piece(TEXT)]),
        ([seen(0, 13)], [Piece("Orla Quennell", "certain", "a"), Piece(" kept the lighthouse.")]),
        (
            [seen(0, 13, Strength.HINT, "a"), seen(5, 18, Strength.LIKELY, "b")],
            [
                Piece("Orla ", "hint", "a"),
                Piece("Quennell", "likely", "a; b"),
                Piece(" kept", "likely", "b"),
                Piece(" the lighthouse."),
            ],
        ),
        ([seen(0, 34), seen(0, 34, Strength.HINT)], [Piece(TEXT, "certain", "a")]),
        ([seen(5, 5), seen(30, 99), seen(-3, 4)], [Piece(TEXT)]),
    ],
)
def test_evidence_is_marked(evidence: list[tuple[Evidence, str]], pieces: list[Piece]) -> None:
    assert marked(TEXT, evidence) == pieces


def test_pieces_make_up_the_text_whatever_overlaps() -> None:
    dice = random.Random(4)
    for _ in range(50):
        spans = [sorted(dice.sample(range(len(TEXT) + 1), 2)) for _ in range(6)]
        assert "".join(piece.text for piece in marked(TEXT, [seen(a, b) for a, b in spans])) == TEXT


@pytest.mark.parametrize(
    ("first", "second", "found"),
    [
        ("a b", "a b", [("a b", "same")]),
        ("a b c", "a c", [("a ", "same"), ("b ", "gone"), ("c", "same")]),
        ("a b c", "a x c", [("a ", "same"), ("b", "gone"), ("x", "new"), (" c", "same")]),
        ("a b c d", "a x y d", [("a ", "same"), ("b c", "gone"), ("x y", "new"), (" d", "same")]),
        ("a", "", [("a", "gone")]),
        ("", "a", [("a", "new")]),
        ("", "", []),
    ],
)
def test_differences(first: str, second: str, found: list[tuple[str, str]]) -> None:
    assert [(each.text, each.side) for each in differences(first, second)] == found


@pytest.mark.parametrize("size", [10, 2_000, 40_000])
def test_differences_give_back_both_texts(size: int) -> None:
    dice = random.Random(size)
    words = [dice.choice(["red", "green", "blue", "\n", "."]) for _ in range(size)]
    first = " ".join(words)
    second = " ".join(word for word in words if dice.random() > 0.2)
    found: list[Difference] = differences(first, second)
    assert "".join(each.text for each in found if each.side != "new") == first
    assert "".join(each.text for each in found if each.side != "gone") == second
