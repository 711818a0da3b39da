from __future__ import annotations

import random

import pytest
from ahocorasick_rs import AhoCorasick

from expunge.errors import OverBudget
from expunge.text import pattern_set
from expunge.text.budget import budget, counted
from expunge.text.pattern_set import PatternSet
from expunge.text.slices import SLICE


@pytest.fixture(params=["an automaton", "a table"])
def kept_as(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    kind = str(request.param)
    if kind == "a table":
        monkeypatch.setattr(pattern_set, "FEW", 0)
    return kind


def test_of_nothing_nothing_is_found(kept_as: str) -> None:
    assert list(PatternSet([]).find("anything")) == []
    assert list(PatternSet(["needle"]).find("")) == []
    assert len(PatternSet(["needle", "pin"])) == 2


def test_all_are_found_overlapping_and_twice_given(kept_as: str) -> None:
    found = list(PatternSet(["she", "he", "hers", "he", "longerthanthetext"]).find("ushers"))
    assert found == [(0, 1, 4), (1, 2, 4), (3, 2, 4), (2, 2, 6)]


@pytest.mark.parametrize("letters", ["ab", "aä語😀", "abcdefghij"])
@pytest.mark.parametrize("longest", [3, 9, 40, 200])
def test_a_table_finds_what_an_automaton_finds(monkeypatch: pytest.MonkeyPatch, letters: str, longest: int) -> None:
    draw = random.Random(longest)
    text = "".join(draw.choices(letters, k=3_000))
    patterns = ["".join(draw.choices(letters, k=draw.randint(1, longest))) for _ in range(200)]
    for _ in range(200):
        start = draw.randrange(len(text))
        patterns.append(text[start : start + draw.randint(1, longest)])
    expected = AhoCorasick(patterns).find_matches_as_indexes(text, overlapping=True)
    monkeypatch.setattr(pattern_set, "FEW", 0)
    found = list(PatternSet(patterns).find(text))
    assert sorted(found) == sorted(expected)
    assert [match[2] for match in found] == sorted(match[2] for match in found)


@pytest.mark.parametrize("place", [0, SLICE - 1, SLICE, SLICE + 5, 2 * SLICE - 6])
def test_a_string_is_found_once_wherever_it_stands(kept_as: str, place: int) -> None:
    text = "語" * place + "needleandthread" + "語" * SLICE
    found = list(PatternSet(["needleandthread", "dle", "x" * 100]).find(text))
    assert sorted(found) == [(0, place, place + 15), (1, place + 3, place + 6)]


def test_a_text_made_to_be_looked_at_closely_is_read_within_a_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pattern_set, "FEW", 0)
    monkeypatch.setattr(pattern_set, "_LOOKED_UP_AT_ONCE", 1_000)
    patterns = PatternSet(["a" * length for length in range(8, 400, 3)])
    with pytest.raises(OverBudget), budget(0.0), counted():
        list(patterns.find("a" * SLICE))
