from __future__ import annotations

import pytest

from expunge.text.codecs.look import Look
from expunge.text.codecs.spelled import nato, spelled


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("b-a-s-i-l", "basil"),
        ("B a s i l", "Basil"),
        ("B.a.s.i.l", "Basil"),
        ("O_r_l_a", "Orla"),
        ("O-r-l-a F-e-n-w-i-c-k", "Orla Fenwick"),
        ("O r l a  F e n w i c k", "Orla Fenwick"),
        ("O r l a F e n w i c k", "Orla Fenwick"),
        ("O\nr\nl\na", "Orla"),
        ("O🍎r🍎l🍎a", "Orla"),
        ("З-о-я", "Зоя"),
        ("山 田 花 子", "山田花子"),
        ("O for Oxylen, R for Rust, L for Lamp, A for Ash", "ORLA"),
        ("O wie Otto, R wie Rose, L wie Licht, A wie Abend", "ORLA"),
    ],
)
def test_spelled(source: str, text: str) -> None:
    assert (text, False) in [(view.text, view.weak) for view in spelled(Look.at(f"It is {source}."))]


@pytest.mark.parametrize(
    "source",
    [
        "options a, b, c, d, e",
        "x = y + z",
        "E = m c^2; p V = n R T",
        "U.S.A.",
        "x x x x x",
        "पुराना पुल और हर साल",
        "I am a b",
    ],
)
def test_lists_of_letters_are_weak_at_most(source: str) -> None:
    assert all(view.weak for view in spelled(Look.at(source)))


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("Bravo Alfa Sierra India Lima", "BASIL"),
        ("bravo, alpha, sierra, india, lima", "BASIL"),
        ("Oscar-Romeo-Lima-Alfa / Foxtrot-Echo-November", "ORLA FEN"),
        ("1. Oscar\n2. Romeo\n3. Lima\n4. Alfa", "ORLA"),
        ("X-ray Echo November India Alfa", "XENIA"),
    ],
)
def test_nato(source: str, text: str) -> None:
    assert [(view.text, view.weak) for view in nato(Look.at(source))] == [(text, False)]


def test_hotels_and_people_are_no_radio_alphabet() -> None:
    assert list(nato(Look.at("Victor met Juliet at our hotel in Lima, and Oscar played golf in Quebec."))) == []
