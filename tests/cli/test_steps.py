from __future__ import annotations

from typing import Any


def test_each_step_is_shown_with_its_texts(expunge: Any) -> None:
    expunge("targets", "add", "Isolde Farrow", "--no-elicit")
    shown = expunge("ask", "Who is Isolde Farrow?", "--show-steps")
    assert shown.code == 0
    lines = shown.out.splitlines()
    assert [line.split(" ")[0] for line in lines if not line.startswith(" ")] == [
        "vanilla",
        "screen",
        "audit",
        "erase",
        "mirror",
        "answer",
    ]
    assert "  Isolde Farrow is a cartographer from Hollowmere." in lines
    assert any(line.startswith("  certain: name in the question, characters 7-20") for line in lines)
    assert any(line.startswith("  direct disclosure of t_") for line in lines)
