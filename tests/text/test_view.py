from __future__ import annotations

from functools import partial

import pytest

from expunge.text.view import View

FORWARD = View("cba", 4, 7, "reversed", weak=True, offsets=partial(range, 6, 3, -1))


@pytest.mark.parametrize(
    ("view", "span", "expected"),
    [
        (View("text", 3, 12, "base64"), (0, 2), (3, 12)),
        (FORWARD, (0, 1), (6, 7)),
        (FORWARD, (0, 3), (4, 7)),
        (FORWARD, (2, 2), (4, 7)),
        (FORWARD, (7, 9), (4, 7)),
        (View("ace", 0, 6, "every-second", True, partial(range, 0, 6, 2)), (1, 3), (2, 5)),
    ],
)
def test_a_match_is_placed_in_the_source(view: View, span: tuple[int, int], expected: tuple[int, int]) -> None:
    assert view.locate(*span) == expected


def test_offsets_are_no_part_of_what_a_view_is() -> None:
    assert View("a", 0, 1, "rot13", True, partial(range, 1)) == View("a", 0, 1, "rot13", True)
