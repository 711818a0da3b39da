from __future__ import annotations

import pytest

from expunge.text.codecs.look import Look
from expunge.text.codecs.signs import boxed, braille, invisible, morse, upside_down


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
