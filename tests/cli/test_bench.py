from __future__ import annotations

from collections.abc import Callable
from typing import Any

Expunge = Callable[..., Any]


def test_the_bench_has_its_own_help(expunge: Expunge) -> None:
    result = expunge("bench", "--help")
    assert result.code == 0
    assert "expunge bench" in result.out


def test_wrong_use_of_the_bench(expunge: Expunge) -> None:
    result = expunge("bench", "--no-such-option")
    assert result.code == 2
    assert result.err.count("\n") == 1
