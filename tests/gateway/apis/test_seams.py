"""Where texts meet."""

from __future__ import annotations

import pytest

from expunge.gateway.apis.seams import seams


@pytest.mark.parametrize(
    ("texts", "met"),
    [
        ([], []),
        (["One text."], []),
        (["She is Odo Brack", "well, I think."], ["Odo Brackwell, I", "Odo Brack well, I"]),
        (["She is Odo", " ", "Brackwell, I think."], ["is OdoBrackwell, I", "is Odo Brackwell, I"]),
        (["a", "b", "c"], ["ab", "a b", "bc", "b c"]),
    ],
)
def test_the_end_of_a_text_with_the_beginning_of_the_next(texts: list[str], met: list[str]) -> None:
    assert list(seams(texts)) == met


def test_little_is_taken_of_long_texts() -> None:
    assert all(len(text) < 600 for text in seams(["x" * 10_000, "y" * 10_000]))
