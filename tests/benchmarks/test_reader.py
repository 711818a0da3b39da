"""What the reader is learnt from, and how it is measured."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks.reader import documents, limit

FOLDER = Path(__file__).parents[1] / "e2e" / "documents"


def test_documents_and_texts_to_scrub_are_read() -> None:
    rows = documents([FOLDER / "documents.jsonl", FOLDER / "scrubs.jsonl"])
    assert {row.kind for row in rows} == {"entangled", "control", "direct"}
    assert {row.asked for row in rows} == {True, False}
    assert all(len(row.snapshot) == len(row.targets) for row in rows)


def test_a_limit_lets_a_share_through() -> None:
    scores, labels = np.arange(101, dtype=np.float64), np.zeros(101, dtype=bool)
    assert limit(scores, labels, 0.1) == 90.0
