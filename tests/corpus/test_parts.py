from __future__ import annotations

import pickle
from pathlib import Path

from expunge.corpus.parts import KINDS, Counts, Kind, Part, PartDone


def test_counts_add_up() -> None:
    one = Counts(1, 1, 0, 2, 1, 0, {"b": 1})
    both = one + Counts(1, 1, 1, 0, 0, 1, {"a": 2, "b": 1})
    assert both == Counts(2, 2, 1, 2, 1, 1, {"a": 2, "b": 2})
    assert both.texts == 4
    assert list(both.as_json()["targets"]) == ["a", "b"]
    assert Counts(**both.as_json()) == both


def test_results_travel_between_processes() -> None:
    part = Part(3, Path("x"), Kind.JSONL, 7, 10, 20, 2)
    done = PartDone(part, b"x", Counts(), frozenset({"a"}))
    assert pickle.loads(pickle.dumps(done)) == done


def test_endings() -> None:
    assert KINDS[".ndjson"] is Kind.JSONL
    assert all(ending == ending.lower() for ending in KINDS)
