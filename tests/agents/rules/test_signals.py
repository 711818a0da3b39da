"""The numbers by which the learnt reader goes."""

from __future__ import annotations

from typing import Any

import numpy as np

from expunge.agents.rules.attribution import read_draft
from expunge.agents.rules.signals import NAMES, signals

DRAFT = "Marisa Vell drew maps. It rained in 1961. She left with 12 chests.\n\n- Anton Kahn bakes. Who knows?"


def _column(case: Any, name: str, facts: np.ndarray) -> list[float]:
    reading = read_draft(case, ["t0"])
    vectors = np.eye(5, dtype=np.float32)
    rows = signals(reading, vectors, facts, np.zeros((0, 5), dtype=np.float32), ["She left in 1961."])
    assert rows.shape == (5, len(NAMES))
    assert np.isfinite(rows).all()
    return [round(float(value), 3) for value in rows[:, NAMES.index(name)]]


def test_each_says_what_its_name_says(make_case: Any) -> None:
    case = make_case("Who is Anton Kahn?", DRAFT, "Marisa Vell")
    facts = np.eye(5, dtype=np.float32)[2:3]
    assert _column(case, "nearest", facts) == [0, 0, 1, 0, 0]
    assert _column(case, "first", facts) == [0, 0, 1, 0, 0]
    assert _column(case, "below", facts) == [-1, -1, 0, -1, -1]
    assert _column(case, "fact_before", facts) == [0, -0.8, -0.8, 0.2, -0.8]
    assert _column(case, "numbers_shared", facts) == [0, 1, 0, 0, 0]
    assert _column(case, "numbers_other", facts) == [0, 0, 1, 0, 0]
    assert _column(case, "named_before", facts) == [0, 1, 0, 0, 0]
    assert _column(case, "since_named", facts) == [0, 0.5, 0.333, 0.25, 0.2]
    assert _column(case, "anywhere", facts) == [1] * 5
    assert _column(case, "opens_item", facts) == [0, 0, 0, 1, 0]
    assert _column(case, "asks", facts) == [0, 0, 0, 0, 1]
