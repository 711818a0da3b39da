from __future__ import annotations

import pytest

from expunge.text.taken import Taken


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
