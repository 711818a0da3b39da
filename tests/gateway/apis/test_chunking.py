"""How a text is cut for a stream, and where texts meet."""

from __future__ import annotations

import pytest

from expunge.gateway.apis.chunking import boundaries, word_pieces


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("", []),
        (" ", [" "]),
        ("I know.", ["I", " know", "."]),
        ("It isn't so…", ["It", " isn", "'t", " so", "…"]),
        ("a_b __c", ["a", "_", "b", " __", "c"]),
        ("  two\n\nlines \n", ["  two", "\n\nlines", " \n"]),
        ("x" * 30, ["x" * 10, "x" * 10, "x" * 10]),
        ("私は知りません", ["私は", "知り", "ませ", "ん"]),
    ],
)
def test_a_text_is_cut_by_itself_alone(text: str, cut: list[str]) -> None:
    assert word_pieces(text) == cut
    assert "".join(cut) == text


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
    assert list(boundaries(texts)) == met


def test_little_is_taken_of_long_texts() -> None:
    assert all(len(text) < 600 for text in boundaries(["x" * 10_000, "y" * 10_000]))
