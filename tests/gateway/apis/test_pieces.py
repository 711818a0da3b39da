"""How a text is cut for a stream."""

from __future__ import annotations

import pytest

from expunge.gateway.apis.pieces import pieces


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("", []),
        (" ", [" "]),
        ("I know.", ["I", " know."]),
        ("  two\n\nlines \n", ["  two", "\n\nlines", " \n"]),
        ("x" * 30, ["x" * 12, "x" * 12, "x" * 6]),
        ("私は知りません", ["私は知りません"]),
    ],
)
def test_a_text_is_cut_by_itself_alone(text: str, cut: list[str]) -> None:
    assert pieces(text) == cut
    assert "".join(cut) == text
