from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

from expunge.models.e5.graph import IDS, LENGTHS, VECTORS, Part, Words, encoder
from expunge.models.e5.onnx_file import GraphWriter
from expunge.models.e5.source import Source

TEXTS = [[0, 5, 6, 7, 8, 2], [0, 5, 6, 3, 2], [0, 5, 6, *[9, 10, 11, 4] * 4, 2], [0, 2]]


@pytest.fixture(params=["int8", "exact"])
def session(request: pytest.FixtureRequest, tiny: Any, tmp_path: Path) -> tuple[Any, str]:
    path = tmp_path / "tiny.bin"
    path.write_bytes(tiny.data)
    source = Source(path)
    words = Words.of(source, "words.bin")
    exact = itertools.product(range(source.shape.layers), Part) if request.param == "exact" else ()
    (tmp_path / "words.bin").write_bytes(words.data())
    (tmp_path / "graph.onnx").write_bytes(encoder(source, words, tuple(exact)))
    return onnxruntime.InferenceSession(tmp_path / "graph.onnx", providers=["CPUExecutionProvider"]), request.param


def vectors(session: Any, texts: list[list[int]]) -> Any:
    lengths = np.array([len(text) for text in texts])
    ids = np.full((len(texts), lengths.max()), 1)
    for row, text in enumerate(texts):
        ids[row, : len(text)] = text
    return session.run([VECTORS], {IDS: ids, LENGTHS: lengths})[0]


def test_computes_the_model(session: tuple[Any, str], tiny: Any) -> None:
    runs, kind = session
    wanted = np.array([tiny.forward(text) for text in TEXTS])
    cosines = (vectors(runs, TEXTS) * wanted).sum(axis=1)
    assert cosines.min() > (1 - 1e-5 if kind == "exact" else 0.999)


def test_a_text_has_the_same_vector_alone_and_among_others(session: tuple[Any, str]) -> None:
    runs, _ = session
    together = vectors(runs, TEXTS)
    for number, text in enumerate(TEXTS):
        assert np.allclose(vectors(runs, [text])[0], together[number], atol=1e-5)


def test_products_of_two_weights_fit_16_bits(tiny: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Processors without VNNI add the products of two neighbours up in 16 bits, and do not say where these overflow."""
    path = tmp_path / "tiny.bin"
    path.write_bytes(tiny.data)
    source = Source(path)
    constant, largest = GraphWriter.constant, [0]

    def noted(writer: GraphWriter, name: str, value: Any) -> str:
        if getattr(value, "dtype", None) == np.int8:
            largest.append(int(np.abs(value.astype(np.int32)).max()))
        return constant(writer, name, value)

    monkeypatch.setattr(GraphWriter, "constant", noted)
    encoder(source, Words.of(source, "words.bin"))
    assert 0 < 2 * 255 * max(largest) < 2**15
