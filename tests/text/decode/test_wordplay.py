from __future__ import annotations

import pytest

from expunge.text.decode.look import Look
from expunge.text.decode.wordplay import atbash, doubled, joined, pig_latin, quoted, rot13, skips, ubbi_dubbi, whole


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("Orlaway Enwickfay", "Orla Fenwick"),
        ("Orlayay Enwickfay", "Orla Fenwick"),
        ("Orlaay Enwickfay", "Orla Fenwick"),
        ("Orla-way Enwick-fay", "Orla Fenwick"),
        ("Ambray Ostranderay", "Bram Ostrander"),
        ("ingstray eesbay", "string bees"),
    ],
)
def test_pig_latin(source: str, text: str) -> None:
    assert (text, False) in [(view.text, view.weak) for view in pig_latin(Look.at(f"It was {source}, then."))]


@pytest.mark.parametrize(
    "source", ["On Monday we may play and stay away all day.", "Okay, say hooray!", "The essay is about the railway."]
)
def test_ordinary_words_are_no_pig_latin(source: str) -> None:
    assert list(pig_latin(Look.at(source))) == []


def test_one_unknown_word_is_weak() -> None:
    assert all(view.weak for view in pig_latin(Look.at("They went to Bellway together.")))


def test_ubbi_dubbi() -> None:
    views = list(ubbi_dubbi(Look.at("Uborluba Fubenwubick kept bees")))
    assert [(view.text, view.weak) for view in views] == [("Orla Fenwick", False)]
    assert all(view.weak for view in ubbi_dubbi(Look.at("Cuba, Dubai, a tuba and public clubs")))


def test_doubled_syllables() -> None:
    assert [view.text for view in doubled(Look.at("Oporlapa Fepenwipick"))] == ["Orla Fenwick"]
    assert [view.text for view in doubled(Look.at("Ororlola Fofenonwowicockok"))] == ["Orla Fenwick"]
    assert list(doubled(Look.at("The old mill by the river is open to all."))) == []


def test_turning_twice_gives_the_text_back() -> None:
    for text in ("Orla Fenwick, 1961", "Зоя Ёжикова", "Ωρα", "דנה"):
        assert atbash(atbash(text)) == text
        assert rot13(rot13(text)) == text
    assert atbash("Abc") == "Zyx"
    assert atbash("абв") == "яюэ"


def test_matches_are_placed_exactly() -> None:
    text = "The name is kciwneF alrO, they say."
    view = next(view for view in whole(Look.at(text)) if view.via == "reversed")
    start = view.text.index("Orla Fenwick")
    low, high = view.locate(start, start + len("Orla Fenwick"))
    assert text[low:high] == "kciwneF alrO"


@pytest.mark.parametrize(
    ("text", "via", "letters"),
    [
        ("Our rain left again.", "acrostic", "Orla"),
        ("“Our” *rain* (left) - again", "acrostic", "Orla"),
        ("Our boat\nRain came\nLamps lit\nA door", "acrostic", "ORLA"),
        ("to far all a", "telestich", "orla"),
        ("OxrxlxaxFx", "every-second", "OrlaF"),
        ("alrO kciwneF", "reversed-words", "Orla Fenwick"),
    ],
)
def test_skips(text: str, via: str, letters: str) -> None:
    assert (via, letters) in [(view.via, view.text) for view in skips(Look.at(text))]


def test_shifts_are_tried_where_the_text_is_no_language_or_all_are_asked_for() -> None:
    natural = Look.at("The old mill by the river is open to all.")
    assert not any(view.via.startswith("caesar") for view in whole(natural))
    assert sum(view.via.startswith("caesar") for view in whole(natural, wide=True)) == 24
    assert any(view.text == "Orla Fenwick" for view in whole(Look.at("Vysh Mludpjr")))


def test_texts_without_letters_have_no_views() -> None:
    assert list(whole(Look.at("12 34 ..."))) == []


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
