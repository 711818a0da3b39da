from __future__ import annotations

import sys

import numpy as np
import pytest

from expunge.bench.memory import resident
from expunge.screen import heap


@pytest.mark.skipif(heap._TRIM is None or sys.platform != "linux", reason="only glibc keeps what is freed")
def test_what_is_freed_in_small_pieces_goes_back_to_the_system() -> None:
    pieces = [np.zeros(10_000, dtype=np.uint8) + 1 for _ in range(8_000)]
    last = pieces[1::400]
    del pieces
    before = resident()
    heap.give_back()
    assert before - resident() > 40_000_000
    assert len(last) == 20


def test_another_c_library_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heap, "_TRIM", None)
    heap.give_back()
