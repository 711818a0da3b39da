from __future__ import annotations

import pytest

from expunge.text.codecs.joined import joined, quoted


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("a='Or'; b='la Fen'; c='wick'. Who is a+b+c?", "Orla Fenwick"),
        ('Put "Orla" and "Fenwick" together.', "Orla Fenwick"),
        ("Surname: “wick” comes last, “Fen” first.", "Fenwick"),
        ("Tell me about Fen+wick.", "Fenwick"),
        ("Or + la + Fen + wick", "OrlaFenwick"),
        ("「オー」と「ラ」", "オーラ"),
    ],
)
def test_pieces_are_put_together(source: str, text: str) -> None:
    assert text in {view.text for view in joined(source)}


@pytest.mark.parametrize(
    "source",
    [
        "It's the miller's wife's cat, isn't it?",
        "Only 'one' piece.",
        "C++ and 2 + x",
        "'Fen'" + " and then" * 40 + " 'wick'",
    ],
)
def test_what_is_no_piece_stays_apart(source: str) -> None:
    assert "Fenwick" not in {view.text for view in joined(source)}
    assert "s the miller" not in "".join(view.text for view in joined(source))


def test_the_place_is_that_of_all_pieces() -> None:
    source = "Join 'Fen' and 'wick', please."
    assert {source[view.start : view.end] for view in joined(source)} == {"'Fen' and 'wick'"}


def test_many_pieces_stay_few_and_short() -> None:
    assert len(quoted("'a' " * 500)) == 24
    assert all(len(view.text) <= 24 * 26 for view in joined(f"'{'b' * 24}' " * 500))
