from __future__ import annotations

import pytest

from expunge.text.codecs.look import Look
from expunge.text.codecs.play import doubled, pig_latin, ubbi_dubbi


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
