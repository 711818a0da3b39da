from __future__ import annotations

import pytest

from expunge.text.decode.look import Look
from expunge.text.decode.numbers import binary, codes, spread


@pytest.mark.parametrize(
    ("source", "via", "text"),
    [
        ("79 114 108 97", "decimal", "Orla"),
        ("[79, 114, 108, 97]", "decimal", "Orla"),
        ("1051 1091 1085 1072", "decimal", "Луна"),
        ("117 162 154 141", "octal", "Orla"),
        (r"\117\162\154\141", "octal", "Orla"),
        ("2-1-19-9-12", "a1z26", "basil"),
        ("15-18-12-1 6-5-14-23-9-3-11", "a1z26", "orla fenwick"),
        ("15 18 12 1 / 6 5 14 23 9 3 11", "a1z26", "orla fenwick"),
    ],
)
def test_codes(source: str, via: str, text: str) -> None:
    assert (via, text, False) in [(view.via, view.text, view.weak) for view in codes(Look.at(source))]


@pytest.mark.parametrize(
    "source",
    [
        "1, 2, 3, 4, 5, 6",
        "ages 65, 70, 72, 80, 85",
        "1, 1, 2, 3, 5, 8, 13, 21",
        "on 12/05/2024 at 10:15:20",
        "10.1.12.5",
        "1987, 1994, 2003, 2011",
        "25000, 32000, 28000",
        "4 8 15 16 23 42",
    ],
)
def test_lists_of_numbers_are_weak_at_most(source: str) -> None:
    assert all(view.weak for view in codes(Look.at(source)))


def test_pairs_of_digits_only_when_asked() -> None:
    look = Look.at("0201190912")
    assert list(codes(look)) == []
    assert [view.text for view in codes(look, wide=True)] == ["basil"]


@pytest.mark.parametrize(
    "source",
    [
        "01001111 01110010 01101100 01100001",
        "01001111011100100110110001100001",
        "1001111 1110010 1101100 1100001",
        "0b01001111, 0b01110010, 0b01101100, 0b01100001",
    ],
)
def test_binary(source: str) -> None:
    assert [view.text for view in binary(Look.at(source))] == ["Orla"]


@pytest.mark.parametrize(
    "source", ["1010 and 1100", "10000000 20000000", "00000000 11111111 00000000", "101010101010101010101010"]
)
def test_other_zeros_and_ones(source: str) -> None:
    assert list(binary(Look.at(source))) == []


def test_spread_puts_spaces_at_the_rarer_gaps() -> None:
    assert spread(list("abcd"), ["-", " ", "-"]) == "ab cd"
    assert spread(["a"], []) == "a"
