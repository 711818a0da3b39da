from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from expunge.errors import WeightsInvalid
from expunge.models.e5.source import Shape, Source


def test_reads_what_the_file_holds(tiny: Any, tmp_path: Path) -> None:
    path = tmp_path / "tiny.bin"
    path.write_bytes(tiny.data)
    source = Source(path)
    assert source.shape == Shape(64, 2, 2, 96, 14, 24, source.shape.epsilon)
    vocabulary = source.vocabulary
    assert vocabulary.pieces[5] == "▁passage"
    assert (vocabulary.begin, vocabulary.end, vocabulary.padding, vocabulary.unknown) == (0, 2, 1, 3)
    assert vocabulary.normalised == {0x0A: " ", 0x01: ""}
    for name, rows in (("emb.word", 14), ("l1.fi.w", 96), ("l0.fo.w", 64)):
        assert np.array_equal(source.weights(name, rows), tiny.tensors[name])
    assert np.array_equal(source.floats("l1.oln.b"), tiny.tensors["l1.oln.b"])


@pytest.mark.parametrize(
    "damage", [lambda data: b"", lambda data: b"GGUF" + data[4:], lambda data: data[:150], lambda data: data[:90]]
)
def test_another_file(tiny: Any, tmp_path: Path, damage: Any) -> None:
    path = tmp_path / "tiny.bin"
    path.write_bytes(damage(tiny.data))
    with pytest.raises(WeightsInvalid, match=r"tiny\.bin"):
        Source(path)
