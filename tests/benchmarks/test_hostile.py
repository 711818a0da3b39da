from __future__ import annotations

import json

import pytest

from benchmarks.hostile import Dear, measure_hostile
from benchmarks.hostile_texts import TEXTS
from benchmarks.show import hostile_table
from tests.bench.reading import text_of


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_is_as_long_as_asked_for(name: str) -> None:
    text = TEXTS[name](3_000)
    assert 2_400 <= len(text) <= 3_600
    assert text == TEXTS[name](3_000)
    json.dumps(text).encode()


def test_there_are_at_least_thirty() -> None:
    assert len(TEXTS) >= 30


async def test_a_gateway_is_asked_both_ways() -> None:
    measured = await measure_hostile(3_000, ["digits and letters"], lambda what, done, total: None)
    assert [(dear.text, dear.repeated, dear.status) for dear in measured] == [
        ("digits and letters", False, 200),
        ("digits and letters", True, 200),
    ]
    assert "digits and letters" in text_of(hostile_table(3_000, measured))


def test_what_takes_too_long_does_not_hold() -> None:
    assert Dear("x", False, 200, 9.0, 0.1).holds
    assert not Dear("x", False, 200, 11.0, 0.1).holds
    assert not Dear("x", False, 200, 9.0, 0.3).holds
