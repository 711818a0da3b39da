"""Writes ONNX files: the few messages of the format that a fixed graph needs, encoded as protocol buffers.

An ONNX file is one `ModelProto` (onnx.proto of ONNX 1.x); the field numbers below are its own. The `onnx` package
would do the same with 40 MB more to install.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Attribute = int | float | str | Sequence[int]
FLOAT, INT64 = 1, 7
_TYPES = {
    np.dtype(np.float32): FLOAT,
    np.dtype(np.uint8): 2,
    np.dtype(np.int8): 3,
    np.dtype(np.int64): INT64,
    np.dtype(np.float16): 10,
}
_IR_VERSION = 9
_OPSET = 20
_EXTENSIONS = "com.microsoft"


@dataclass(frozen=True, slots=True)
class External:
    """The place of a tensor in a file beside the graph."""

    file: str
    offset: int
    dtype: np.dtype[np.generic]
    shape: tuple[int, ...]

    @property
    def bytes(self) -> int:
        """Its size."""
        return int(np.prod(self.shape)) * self.dtype.itemsize


class GraphWriter:
    """Collects the constants and nodes of a graph, in the order in which they are computed."""

    def __init__(self) -> None:
        self._nodes: list[bytes] = []
        self._tensors: list[bytes] = []
        self._names: set[str] = set()

    def constant(self, name: str, value: NDArray[np.generic] | External) -> str:
        """Add a constant and return its name; one that is there is not added again."""
        if name not in self._names:
            self._names.add(name)
            self._tensors.append(_external(name, value) if isinstance(value, External) else _tensor(name, value))
        return name

    def node(self, operator: str, *inputs: str, extension: bool = False, **attributes: Attribute) -> str:
        """Add a node and return the name of its output."""
        return self.nodes(operator, *inputs, outputs=1, extension=extension, **attributes)[0]

    def nodes(
        self, operator: str, *inputs: str, outputs: int, extension: bool = False, **attributes: Attribute
    ) -> list[str]:
        """Add a node and return the names of its outputs. `extension` marks the operators of ONNX Runtime's own."""
        names = [f"{operator}.{len(self._nodes)}.{number}" for number in range(outputs)]
        self._add(operator, inputs, names, extension, attributes)
        return names

    def result(self, name: str, value: str) -> None:
        """Call a value by the name of one of the graph's outputs."""
        self._add("Identity", (value,), (name,), False, {})

    def file(
        self,
        inputs: Sequence[tuple[str, int, Sequence[int | str]]],
        outputs: Sequence[tuple[str, int, Sequence[int | str]]],
    ) -> bytes:
        """The whole file; inputs and outputs have a name, an element type and dimensions (a name where one is open)."""
        graph = b"".join(_field(1, node) for node in self._nodes)
        graph += _field(2, b"expunge") + b"".join(_field(5, tensor) for tensor in self._tensors)
        graph += b"".join(_field(11, _value(*value)) for value in inputs)
        graph += b"".join(_field(12, _value(*value)) for value in outputs)
        imports = [(b"", _OPSET), (_EXTENSIONS.encode(), 1)]
        model = _number(1, _IR_VERSION) + _field(2, b"expunge") + _field(7, graph)
        return model + b"".join(_field(8, _field(1, domain) + _number(2, version)) for domain, version in imports)

    def _add(
        self,
        operator: str,
        inputs: Sequence[str],
        outputs: Sequence[str],
        extension: bool,
        attributes: dict[str, Attribute],
    ) -> None:
        node = b"".join(_field(1, name.encode()) for name in inputs)
        node += b"".join(_field(2, name.encode()) for name in outputs)
        node += _field(4, operator.encode())
        node += b"".join(_field(5, _attribute(name, value)) for name, value in attributes.items())
        self._nodes.append(node + _field(7, _EXTENSIONS.encode()) if extension else node)


def _varint(number: int) -> bytes:
    number &= 2**64 - 1
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def _number(field: int, number: int) -> bytes:
    return _varint(field << 3) + _varint(number)


def _field(field: int, data: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(data)) + data


def _attribute(name: str, value: Attribute) -> bytes:
    head = _field(1, name.encode())
    if isinstance(value, float):
        return head + _varint(2 << 3 | 5) + struct.pack("<f", value) + _number(20, 1)
    if isinstance(value, int):
        return head + _number(3, value) + _number(20, 2)
    if isinstance(value, str):
        return head + _field(4, value.encode()) + _number(20, 3)
    return head + b"".join(_number(8, item) for item in value) + _number(20, 7)


def _tensor(name: str, value: NDArray[np.generic]) -> bytes:
    head = _dimensions(value.shape) + _number(2, _TYPES[value.dtype]) + _field(8, name.encode())
    return head + _field(9, np.ascontiguousarray(value, value.dtype.newbyteorder("<")).tobytes())


def _external(name: str, value: External) -> bytes:
    entries = {"location": value.file, "offset": str(value.offset), "length": str(value.bytes)}
    head = _dimensions(value.shape) + _number(2, _TYPES[value.dtype]) + _field(8, name.encode())
    kept = b"".join(_field(13, _field(1, key.encode()) + _field(2, text.encode())) for key, text in entries.items())
    return head + kept + _number(14, 1)


def _dimensions(shape: Sequence[int]) -> bytes:
    return b"".join(_number(1, size) for size in shape)


def _value(name: str, kind: int, shape: Sequence[int | str]) -> bytes:
    sizes = b"".join(
        _field(1, _field(2, size.encode()) if isinstance(size, str) else _number(1, size)) for size in shape
    )
    return _field(1, name.encode()) + _field(2, _field(1, _number(1, kind) + _field(2, sizes)))
