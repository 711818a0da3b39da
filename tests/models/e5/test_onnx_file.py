from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from expunge.models.e5.onnx_file import FLOAT, INT64, External, GraphWriter


def run(path: Path, **inputs: object) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    result: np.ndarray[tuple[int, ...], np.dtype[np.float32]] = session.run(["y"], inputs)[0]
    return result


def test_the_runtime_reads_what_is_written(tmp_path: Path) -> None:
    graph = GraphWriter()
    offset = graph.constant("offset", np.array([[1, 2, 3]], np.float32))
    assert graph.constant("offset", np.array([[9, 9, 9]], np.float32)) == offset
    left, right = graph.nodes("Split", graph.node("Add", "x", offset), outputs=2, axis=-2, num_outputs=2)
    turned = graph.node("Transpose", graph.node("Sub", left, right), perm=(1, 0))
    graph.result("y", graph.node("LeakyRelu", turned, alpha=0.5))
    path = tmp_path / "a.onnx"
    path.write_bytes(graph.file([("x", FLOAT, (2, "width"))], [("y", FLOAT, ("width", 1))]))
    x = np.array([[1, 2, 3], [3, 2, -1]], np.float32)
    assert np.array_equal(run(path, x=x), [[-1], [0], [4]])


def test_tensors_beside_the_graph(tmp_path: Path) -> None:
    table = np.arange(12, dtype=np.float16).reshape(4, 3)
    (tmp_path / "table.bin").write_bytes(bytes(4096) + table.tobytes())
    graph = GraphWriter()
    rows = graph.node("Gather", graph.constant("table", External("table.bin", 4096, table.dtype, table.shape)), "x")
    graph.result("y", graph.node("Cast", rows, to=FLOAT))
    path = tmp_path / "a.onnx"
    path.write_bytes(graph.file([("x", INT64, ("rows",))], [("y", FLOAT, ("rows", 3))]))
    assert np.array_equal(run(path, x=np.array([3, 0])), table[[3, 0]])


@pytest.mark.parametrize("dtype", [np.float32, np.uint8, np.int8, np.int64, np.float16])
def test_types(tmp_path: Path, dtype: type[np.generic]) -> None:
    graph = GraphWriter()
    value = graph.constant("value", np.array([1, 2, 100], dtype))
    graph.result("y", graph.node("Mul", graph.node("Cast", value, to=FLOAT), "x"))
    path = tmp_path / "a.onnx"
    path.write_bytes(graph.file([("x", FLOAT, (3,))], [("y", FLOAT, (3,))]))
    assert np.array_equal(run(path, x=np.array([1, 2, 3], np.float32)), [1, 4, 300])
