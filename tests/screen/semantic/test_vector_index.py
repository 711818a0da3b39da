from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from expunge.screen.semantic import embeddings, vector_index
from expunge.screen.semantic.embeddings import NO_ROWS, Rows, Vectors, as_rows, as_vectors
from expunge.screen.semantic.vector_index import MOST_NEAR, VectorIndex, products


def unit(rows: np.ndarray) -> Vectors:
    unit: Vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return unit


@pytest.fixture
def rows() -> Vectors:
    """Three hundred clouds of ten vectors each, all with much in common, as texts have."""
    draw = np.random.default_rng(5)
    centres = draw.normal(size=(300, 128)) + 2.0
    return unit(np.repeat(centres, 10, axis=0) + 0.3 * draw.normal(size=(3_000, 128)))


@pytest.fixture(autouse=True)
def few_is_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vector_index, "MANY", 100)
    monkeypatch.setattr(vector_index, "_CELL", 100)
    monkeypatch.setattr(vector_index, "_BLOCK", 1_024)
    monkeypatch.setattr(vector_index, "_AXES", 24)
    monkeypatch.setattr(vector_index, "_LOOSE", 150)


def exact(rows: Vectors, vector: Vectors, floor: float) -> dict[int, float]:
    scores = rows @ vector
    near = np.argsort(-scores)[:MOST_NEAR]
    return {int(i): float(scores[i]) for i in near if scores[i] >= floor}


@pytest.mark.parametrize("floor", [0.9, 0.97])
def test_the_sieve_lets_through_what_is_near(rows: Vectors, floor: float) -> None:
    sifted = VectorIndex(as_rows(rows))
    asked = rows[::250]
    for vector, found in zip(asked, sifted.find(asked, floor), strict=True):
        wanted = exact(rows, vector, floor + 0.001)
        assert wanted.keys() <= dict(found).keys()
        assert all(score >= floor and score == pytest.approx(vector @ rows[row], abs=0.002) for row, score in found)


def test_rows_that_are_put_in_are_found_and_those_not_known_never(rows: Vectors) -> None:
    halves: Rows = as_rows(rows)
    blank = Rows.unknown(len(halves), halves.shape[1])
    blank.put(0, halves[:200])
    sifted = VectorIndex(blank)
    vector = rows[2_500:2_501]
    assert all(row < 200 for row, _ in sifted.find(vector, 0.1)[0])
    for start in range(200, 3_000, 100):
        sifted.put(start, halves[start : start + 100])
    assert sifted.find(vector, 0.9)[0][0][0] == 2_500
    whole = VectorIndex(halves)
    for vector in rows[::500]:
        mine, same = (n.find(vector[None], 0.95)[0] for n in (sifted, whole))
        assert {row for row, score in same if score > 0.951} <= {row for row, _ in mine}


def test_nothing_is_known_at_first() -> None:
    sifted = VectorIndex(Rows.unknown(500, 32))
    vector = unit(np.ones((1, 32)))
    assert sifted.find(vector, 0.5) == [[]]
    sifted.put(7, as_rows(vector))
    assert [row for row, _ in sifted.find(vector, 0.5)[0]] == [7]


def test_many_are_kept_in_eight_bits_and_found_nevertheless(rows: Vectors, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embeddings, "MANY", 100)
    kept = Rows.unknown(len(rows), rows.shape[1])
    kept.put(0, as_rows(rows))
    assert kept.codes.dtype == np.int8
    assert np.abs(as_vectors(kept) @ rows[::100].T - rows @ rows[::100].T).max() < 0.004
    for vector in rows[::300]:
        wanted = exact(rows, vector, 0.904)
        assert wanted.keys() <= dict(VectorIndex(kept).find(vector[None], 0.9)[0]).keys()


def test_what_was_put_in_twice_is_found_once_as_it_was_put_in_last(rows: Vectors) -> None:
    sifted = VectorIndex(as_rows(rows))
    for _ in range(200):
        sifted.put(7, as_rows(rows[2_000:2_001]))
    found = sifted.find(rows[2_000:2_001], 0.9)[0]
    assert [row for row, _ in found].count(7) == 1
    assert dict(found)[7] == pytest.approx(1.0, abs=0.001)


def test_closeness_is_exact(rows: Vectors) -> None:
    asked = rows[[3, 1_500]]
    scores = (asked @ rows.T).max(axis=0)
    numbers = np.array([0, 3, 70, 2_999], dtype=np.int32)
    assert VectorIndex(as_rows(rows)).closeness_of(asked, numbers) == pytest.approx(scores[numbers], abs=0.002)
    assert VectorIndex(as_rows(rows[:80])).closeness(asked) == pytest.approx(scores[:80], abs=0.002)


def test_few_rows_are_all_measured(rows: Vectors) -> None:
    few = VectorIndex(as_rows(rows[:50]))
    assert dict(few.find(rows[:1], 0.5)[0]) == pytest.approx(
        {i: float(s) for i, s in enumerate(rows[:50] @ rows[0]) if s >= 0.5}, abs=0.002
    )
    few.put(0, Rows.unknown(50, 128))
    assert few.find(rows[:1], 0.5) == [[]]
    assert VectorIndex(NO_ROWS).find(rows[:2], 0.5) == [[], []]


def test_many_vectors_at_once_find_what_each_finds_alone(rows: Vectors) -> None:
    sifted = VectorIndex(as_rows(rows))
    asked = rows[5::90]
    together = sifted.find(asked, 0.9)
    for vector, found in zip(asked, together, strict=True):
        alone = dict(sifted.find(vector[None], 0.9)[0])
        assert dict(found) == pytest.approx(alone, abs=1e-5)


def test_what_is_far_from_everything_is_hardly_looked_for(rows: Vectors, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vector_index, "_CELL", 10)
    monkeypatch.setattr(vector_index, "_FIRST", 4)
    sifted = VectorIndex(as_rows(rows))
    asked: list[int] = []
    scored = vector_index._Cells._scored

    def counted(self: vector_index._Cells, cells: Sequence[NDArray[np.int64]], vectors: Vectors) -> object:
        asked.append(sum(len(own) for own in cells))
        return scored(self, cells, vectors)

    monkeypatch.setattr(vector_index._Cells, "_scored", counted)
    far = unit(np.random.default_rng(9).normal(size=(1, 128)))
    assert sifted.find(far, 0.9) == [[]]
    assert asked[0] <= 8
    assert asked[1] == 0


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 5, 7, 8, 9, 64])
def test_each_is_multiplied_by_each(count: int) -> None:
    draw = np.random.default_rng(count)
    few = draw.normal(size=(count, 24)).astype(np.float32)
    many = draw.normal(size=(50, 24)).astype(np.float32)
    found = products(few, many)
    assert found.shape == (count, 50)
    assert found.dtype == np.float32
    assert np.allclose(found, few @ many.T, atol=1e-5)


def test_none_of_many() -> None:
    assert products(np.ones((2, 3), dtype=np.float32), np.ones((0, 3), dtype=np.float32)).shape == (2, 0)
