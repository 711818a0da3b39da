"""How a text is cut for a stream."""

from __future__ import annotations

import pytest

from expunge.gateway.apis.pieces import pieces


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
    assert pieces(text) == cut
    assert "".join(cut) == text
