from __future__ import annotations

from expunge.text.counting import counted


def test_one_and_many() -> None:
    assert [counted(n, "fact") for n in (0, 1, 2, 2_000)] == ["0 facts", "1 fact", "2 facts", "2,000 facts"]
    assert [counted(n, "alias", "aliases") for n in (0, 1, 2)] == ["0 aliases", "1 alias", "2 aliases"]
