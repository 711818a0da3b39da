from __future__ import annotations

import pytest

from expunge.text.codecs.look import Look
from expunge.text.codecs.whole import atbash, rot13, skips, whole


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
