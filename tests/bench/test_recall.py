from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from benchmarks.stand_in import StandInEmbeddings
from expunge.bench.cli import app
from expunge.bench.recall import mix, recall
from expunge.screen.semantic.embeddings import as_rows, as_vectors
from expunge.screen.semantic.vector_index import VectorIndex


def test_recall_counts_what_is_overlooked() -> None:
    unit = np.eye(8, dtype=np.float32)
    rows = as_rows(unit[[0, 0, *range(2, 8)]])

    class Blind(VectorIndex):
        def find(self, vectors: object, floor: float) -> list[list[tuple[int, float]]]:
            return [[(0, 1.0)], []]

    asked = np.eye(8, dtype=np.float32)[[0, 5]]
    seen, overlooked = recall(VectorIndex(rows), rows, asked, 0.9), recall(Blind(rows), rows, asked, 0.9)
    assert (seen.nearest, seen.near, seen.wanted) == (1.0, 1.0, 3)
    assert (overlooked.nearest, overlooked.near) == (0.5, 1 / 3)


def test_mixtures_are_unit_vectors_near_to_what_they_are_mixed_of() -> None:
    vectors = np.eye(20, 64, dtype=np.float32)
    mixed = as_vectors(mix(vectors, 500))
    assert np.array_equal(mixed[:20], vectors)
    assert np.linalg.norm(mixed, axis=1) == pytest.approx(np.ones(500), abs=0.002)
    assert (mixed @ vectors.T).max(axis=1).min() > 0.6


def test_recall_on_a_data_set(tofu_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def nothing(*_: object) -> tuple[list[object], list[object]]:
        return [], []  # test_sieve has the sieve's part, which needs more data

    monkeypatch.setattr("expunge.bench.runs.embedding_model", lambda settings, cache: StandInEmbeddings())
    monkeypatch.setattr("expunge.bench.runs.measure_sieve", nothing)
    arguments = ["recall", "--data", str(tofu_folder), "--rows", "300", "--asked", "3"]
    result = CliRunner().invoke(app, [*arguments, "--json"], catch_exceptions=False)
    figures = json.loads(result.stdout)
    assert [(one["rows"], one["asked"], one["nearest"], one["near"]) for one in figures["recall"]] == [
        (300, 3, 1.0, 1.0)
    ] * 3
    assert "fidelity" not in figures
    assert "nearest found" in CliRunner().invoke(app, arguments, catch_exceptions=False).stdout


def test_recall_shows_the_engines_fidelity_too(tofu_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def nothing(*_: object) -> tuple[list[object], list[object]]:
        return [], []

    async def faithful(sentences: int, *_: object) -> tuple[dict[str, object], list[str]]:
        found = {"likeness": [{"language": "all", "sentences": sentences}], "shift": 0.001, "shift_p99": 0.002}
        return {**found, "speed": []}, [f"{sentences} sentences alike"]

    monkeypatch.setattr("expunge.bench.runs.embedding_model", lambda settings, cache: StandInEmbeddings())
    monkeypatch.setattr("expunge.bench.runs.EmbeddedEmbeddings", StandInEmbeddings)
    monkeypatch.setattr("expunge.bench.runs.measure_sieve", nothing)
    monkeypatch.setattr("expunge.bench.runs.fidelity_run", faithful)
    arguments = ["recall", "--data", str(tofu_folder), "--rows", "300", "--asked", "3"]
    figures = json.loads(CliRunner().invoke(app, [*arguments, "--json"], catch_exceptions=False).stdout)
    assert figures["fidelity"]["likeness"] == [{"language": "all", "sentences": 2_000}]
    assert set(figures["fidelity"]) == {"likeness", "shift", "shift_p99"}
    assert "2000 sentences alike" in CliRunner().invoke(app, arguments, catch_exceptions=False).stdout
