"""What is mended where something went."""

from __future__ import annotations

from typing import Any

import pytest

from expunge.agents.rules.attribution import read_draft
from expunge.agents.rules.compression import compressed, recounted

NAMES = ["two", "three", "four", "five"]


def _without(make_case: Any, draft: str, *gone: str) -> str:
    reading = read_draft(make_case("", draft, "Marisa Vell"), ["t0"])
    new: list[str | None] = []
    for unit in reading.layout.units:
        own = draft[unit.body : unit.span.end].rstrip()
        new.append(None if own in gone else own)
    text: str = compressed(reading, new)
    return text


@pytest.mark.parametrize(
    ("draft", "gone", "expected"),
    [
        ("One. Two. Three.\n", ["Two."], "One. Three.\n"),
        ("One.\n\nTwo.\n\nThree.", ["Two."], "One.\n\nThree."),
        ("1. hats\n2. odes\n3. bread", ["odes"], "1. hats\n2. bread"),
        ("# Hats\nGreen.\n\n# Odes\nLong.", ["Long."], "# Hats\nGreen."),
        ("Odes:\n\n- long\n\nHats are green.", ["long"], "Hats are green."),
        ("There were three:\n- hats\n- odes\n- bread\n", ["odes"], "There were two:\n- hats\n- bread\n"),
        ("Hats, 3 of them:\n- hats\n- odes\n- bread", ["odes"], "Hats, 2 of them:\n- hats\n- bread"),
        ("- hats\n- odes\n- bread\n\nAll three sell.", ["odes"], "- hats\n- bread\n\nAll two sell."),
        ("- hats\n- odes\n- bread\n\nIn 3 days.", ["odes"], "- hats\n- bread\n\nIn 3 days."),
        ("All three sell.\n- hats\n- odes\n- bread", [], "All three sell.\n- hats\n- odes\n- bread"),
    ],
)
def test_what_a_gap_leaves_is_mended(draft: str, gone: list[str], expected: str, make_case: Any) -> None:
    assert _without(make_case, draft, *gone) == expected


@pytest.mark.parametrize(
    ("text", "digits", "expected"),
    [
        ("Three of them", False, "Two of them"),
        ("there were 3", True, "there were 2"),
        ("there were 3", False, "there were 3"),
        ("in 1953", True, "in 1953"),
        ("3.5 miles", True, "3.5 miles"),
        ("thirty-three", False, "thirty-three"),
        ("five of them", False, "five of them"),
    ],
)
def test_only_the_number_itself_is_changed(text: str, digits: bool, expected: str) -> None:
    assert recounted(text, 3, 2, NAMES, digits=digits) == expected
