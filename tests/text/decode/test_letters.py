from __future__ import annotations

import pytest

from expunge.text.decode.letters import boxed, braille, invisible, morse, nato, spelled, upside_down
from expunge.text.decode.look import Look


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


@pytest.mark.parametrize(
    "source",
    [
        "--- .-. .-.. .-",
        "Say: --- .-. .-.. .-.",
        "−−− ·−· ·−·· ·−",
        "___ ._. ._.. ._",
        "---/.-./.-../.-",
        "---\n.-.\n.-..\n.-",
        "dah-dah-dah di-dah-dit di-dah-di-dit di-dah",
        "dash-dash-dash dot-dash-dot dot-dash-dot-dot dot-dash",
    ],
)
def test_morse(source: str) -> None:
    assert "ORLA" in ["".join(view.text.split()) for view in morse(Look.at(source))]


@pytest.mark.parametrize(
    "source",
    [
        "| --- | :---: |\n|---|---|",
        "- a\n- b\n---\n...",
        "wait... -- no - yes.",
        "* * *",
        ". . . - - -",
        "......... 12",
    ],
)
def test_rules_and_lists_are_no_morse(source: str) -> None:
    assert list(morse(Look.at(source))) == []


def test_braille() -> None:
    assert [view.text for view in braille(Look.at("is ⠕⠗⠇⠁ here"))] == ["orla"]
    assert list(braille(Look.at("⠋ ⠙ ⠹ ⠸ loading"))) == []


@pytest.mark.parametrize(
    ("source", "text", "weak"),
    [("🇴 🇷 🇱 🇦 🇸", "ORLAS", False), ("🅞🅡🅛🅐", "ORLA", False), ("🅾🆁🅻🅰", "ORLA", False), ("🇫🇷🇩🇪", "FRDE", True)],
)
def test_boxed_letters(source: str, text: str, weak: bool) -> None:
    assert [(view.text, view.weak) for view in boxed(Look.at(source))] == [(text, weak)]


def test_upside_down() -> None:
    source = "He is ʞɔᴉʍuǝɟ ɐlɹo now"
    assert [(view.text, source[view.start : view.end]) for view in upside_down(Look.at(source))] == [
        ("orla fenwick", "ʞɔᴉʍuǝɟ ɐlɹo")
    ]
    assert list(upside_down(Look.at("cross /krɔs/, red [ɹɛd], about /əˈbaʊt/"))) == []


def test_invisible_characters() -> None:
    tags = "".join(chr(0xE0000 + ord(c)) for c in "Orla")
    assert [(view.text, view.start, view.end) for view in invisible(Look.at(f"Hi{tags}!"))] == [("Orla", 2, 6)]
    bits = "".join(f"{ord(c):08b}" for c in "Orla").replace("0", "\u200c").replace("1", "\u200b")
    assert ("Orla", "zero-width") in [(view.text, view.via) for view in invisible(Look.at(f"a{bits}b"))]
    assert (
        list(
            invisible(Look.at("🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f and 👨\u200d👩\u200d👧"))
        )
        == []
    )
