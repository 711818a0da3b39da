from __future__ import annotations

import re

import pytest
from ahocorasick_rs import AhoCorasick

from expunge.text.slices import Taken, matches, search, slices, translated

SIZE = 32_768


@pytest.mark.parametrize("place", [0, 10, SIZE - 3, SIZE, SIZE + 397, SIZE + 400, 2 * SIZE - 1, 3 * SIZE])
def test_a_word_is_found_wherever_it_stands(place: int) -> None:
    text = "x " * (place // 2) + " " * (place % 2) + "needle " + "x " * SIZE
    found = search(re.compile(r"(?<=\s)needle\b|^needle\b"), text)
    assert found is not None
    assert found.start() == place


def test_a_slice_ends_no_word() -> None:
    for size in range(SIZE + 390, SIZE + 401):
        text = " " * (size - 4) + "needles" + " " * SIZE
        assert search(re.compile(r"\bneed\b"), text) is None


def test_the_slices_are_the_text() -> None:
    text = "añ" * SIZE
    assert "".join(slices(text)) == text
    assert translated(text, {ord("ñ"): "n"}) == "an" * SIZE


@pytest.mark.parametrize("place", [0, SIZE - 1, SIZE, SIZE + 5, 2 * SIZE - 6])
def test_what_an_automaton_finds_is_found_once_wherever_it_stands(place: int) -> None:
    text = "語" * place + "needle" + "語" * SIZE
    found = list(matches(AhoCorasick(["needle", "dle"]), text, 6))
    assert found == [(0, place, place + 6), (1, place + 3, place + 6)]


@pytest.mark.parametrize(
    ("start", "end", "touches"),
    [(0, 3, False), (0, 4, True), (5, 6, True), (7, 10, False), (9, 11, True), (2, 30, True), (14, 20, False)],
)
def test_touches(start: int, end: int, touches: bool) -> None:
    taken = Taken([(10, 14), (3, 7)])
    assert taken.touches(start, end) is touches


def test_what_is_added_is_taken() -> None:
    taken = Taken()
    assert not taken.touches(0, 100)
    taken.add(5, 8)
    taken.add(1, 2)
    assert taken.touches(1, 2)
    assert taken.touches(7, 20)
    assert not taken.touches(2, 5)
