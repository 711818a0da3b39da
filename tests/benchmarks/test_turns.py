"""What the model of turns is learnt from, and how."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks.turns import composed, least_squares, regression, written

FOLDER = Path(__file__).parents[1] / "screen" / "semantic"


def test_conversations_are_put_together_in_all_languages() -> None:
    rows = composed(FOLDER / "turns")
    assert {row.language for row in rows} == {path.stem for path in (FOLDER / "turns").glob("*.txt")}
    assert not any("{n}" in m.content or "{a}" in m.content for row in rows for m in row.messages)
    assert all(row.messages[-1].role == "user" and row.parts for row in rows)
    assert all(row.setting(names_only=True) is not None for row in rows if row.kind in ("H", "F", "G"))


def test_long_conversations_end_either_way() -> None:
    rows = [row for row in composed(FOLDER / "turns") if row.kind.startswith("L")]
    long = [row.held for row in rows if len(row.messages) > 8]
    assert 0.3 < sum(long) / len(long) < 0.7


def test_what_was_written_whole_belongs_to_no_fold() -> None:
    rows = written(FOLDER / "conversations.jsonl")
    assert {row.held for row in rows} == {True, False}
    assert not any(row.parts for row in rows)


def test_a_line_is_learnt() -> None:
    chance = np.random.default_rng(1)
    points = chance.normal(size=(200, 3))
    labels = (points[:, 0] > 0).astype(float)
    for model in (regression(points, labels, 1.0), least_squares(points, labels, 1.0, np.ones(200))):
        said = points @ model.weights + model.constant > 0
        assert (said == (labels > 0)).mean() > 0.95
