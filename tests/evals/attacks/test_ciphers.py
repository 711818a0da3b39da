from __future__ import annotations

import base64
from collections.abc import Callable

import pytest

from expunge.evals.attacks import ciphers
from expunge.evals.attacks.languages import accented, arabic, cyrillic, devanagari, greek, katakana, respelled
from expunge.evals.metrics import words
from expunge.text.decode.search import uncover

TEXT = "Her father bred whippets in Port Halloran"


@pytest.mark.parametrize(
    "write",
    [
        ciphers.base64_of, lambda text: base64.b32encode(text.encode()).decode(), ciphers.hex_of,
        lambda text: " ".join(f"{octet:08b}" for octet in text.encode()), ciphers.rot13_of, ciphers.caesar_of,
        ciphers.morse_of, ciphers.escaped, ciphers.radio_of, ciphers.numbers_of, ciphers.acrostic_of, ciphers.spelled,
        ciphers.boxed, lambda text: ciphers.base64_of(ciphers.base64_of(text)),
        lambda text: ciphers.spelled(text)[::-1],
    ],
)  # fmt: skip
def test_what_is_written_can_be_uncovered(write: Callable[[str], str]) -> None:
    squashed = "".join(words(TEXT))
    assert any(squashed in "".join(words(view.text)) for view in uncover(write(TEXT), wide=True))


@pytest.mark.parametrize(
    ("write", "written"),
    [
        (ciphers.pig_latin_of, "erhay atherfay edbray ippetswhay inway ortpay alloranhay"),
        (ciphers.leet_of, "h3r f47h3r br3d wh1pp375 1n p0r7 h4ll0r4n"),
        (ciphers.swapped, "Her father bred whipepts in Port Halloran"),
        (ciphers.looking_alike, "Неr fаthеr brеd whірреts іn Роrt Наllоrаn".replace("і", "i")),
    ],
)
def test_forms(write: Callable[[str], str], written: str) -> None:
    assert write(TEXT) == written


def test_bold_and_invisible_letters() -> None:
    assert ciphers.bold("Ab") == "\U0001d5d4\U0001d5ef"
    assert ciphers.split_invisibly("abcdef").split("\u200b") == ["abc", "def"]


@pytest.mark.parametrize(
    ("write", "written"),
    [
        (cyrillic, "Одо Бракквелл"),
        (greek, "Οντο Μπρακκουελλ"),
        (arabic, "ودو براككويلل"),
        (devanagari, "ओदो बराककवेलल"),
        (katakana, "オド・ブラクウェル"),
        (accented, "Odō Brāckwēll"),
        (respelled, "Odo Brakkwell"),
    ],
)
def test_names_in_other_scripts(write: Callable[[str], str], written: str) -> None:
    assert write("Odo Brackwell") == written
