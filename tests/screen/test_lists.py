from __future__ import annotations

import pytest

from expunge.screen.lists import before_list


@pytest.mark.parametrize(
    ("text", "lead"),
    [
        ("Which lure is best?\n\nA. red\nB. blue", "Which lure is best?"),
        ("Which lure is best?\n(a) red\n(b) blue\n\nAnswer with one letter.", "Which lure is best?"),
        ("どの鷹ですか。\nA、赤\nB、青", "どの鷹ですか。"),
        ("Buy:\n- bread\n- salt", "Buy:"),
        ("A. Smith wrote it.\nNobody read it.", "A. Smith wrote it.\nNobody read it."),
        ("  One line.  ", "One line."),
        ("1. red\n2. blue", ""),
    ],
)
def test_what_stands_before_a_list(text: str, lead: str) -> None:
    assert before_list(text) == lead
