"""Lays multilingual-e5-small out as an ONNX graph: token ids and lengths in, unit vectors out.

Weights are int8 with a scale a column; what they are multiplied with is rounded to 8 bits with a scale a row, taken
anew from each row. A scale for a whole batch, as ONNX Runtime's own dynamic quantisation has it, is faster by a
quarter, but makes a text's vector depend on what it happens to be batched with (cosines between the two down to
.9955), and its vectors are three times as far from the exact ones.

Weights take 7 of their 8 bits: the products of two neighbours then fit the 16-bit sums of processors without VNNI,
which otherwise overflow in silence.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from expunge.models.e5.onnx_file import FLOAT, INT64, External, GraphWriter
from expunge.models.e5.source import Floats, Source

IDS, LENGTHS, VECTORS = "ids", "lengths", "vectors"
_HALF = 2
_BLOCK = 32
_ALIGNED = 4096
"""Constants outside the graph begin at a page, so that they can be mapped into memory."""
_WEIGHT_STEPS = 63
_ROW_STEPS = 127
_LEAST = 1e-6
"""The least scale of a row, so that a row of zeros can be divided by it."""
_GELU_LEAST = 0.17
"""GELU never falls below minus this."""
_MASKED = -1e4


class Part(StrEnum):
    """The matrices of a layer, for those that want some of them in full precision."""

    ATTENTION = "attention"
    OUTPUT = "output"
    WIDEN = "widen"
    NARROW = "narrow"


@dataclass(frozen=True, slots=True)
class Words:
    """The word vectors as they are laid down beside the graph: 4-bit numbers two a byte, then a scale for each block.

    A byte holds a number of the first half of the row in its low bits and the one of the second half in its high bits.
    """

    file: str
    numbers: NDArray[np.uint8]
    scales: NDArray[np.float16]

    @classmethod
    def of(cls, source: Source, file: str) -> Words:
        """The word vectors of a source, to be written to `file`."""
        numbers, scales = source.blocks("emb.word", source.shape.words)
        half = numbers.shape[1] // _HALF
        return cls(file, numbers[:, :half] | numbers[:, half:] << np.uint8(4), scales)

    def data(self) -> bytes:
        """The content of the file."""
        numbers = self.numbers.tobytes()
        return numbers + bytes(-len(numbers) % _ALIGNED) + self.scales.astype("<f2").tobytes()

    def parts(self) -> tuple[External, External]:
        """The places of the numbers and of the scales in it."""
        start = self.numbers.nbytes + -self.numbers.nbytes % _ALIGNED
        return (
            External(self.file, 0, self.numbers.dtype, self.numbers.shape),
            External(self.file, start, np.dtype(np.float16), self.scales.shape),
        )


def encoder(source: Source, words: Words, exact: Collection[tuple[int, Part]] = ()) -> bytes:
    """The ONNX file of the model, whose word vectors lie beside it; `exact` names the matrices to keep in 32 bits."""
    return _Encoder(source, frozenset(exact)).file(words)


class _Encoder:
    def __init__(self, source: Source, exact: frozenset[tuple[int, Part]]) -> None:
        self._source = source
        self._shape = source.shape
        self._exact = exact
        self._graph = GraphWriter()

    def file(self, words: Words) -> bytes:
        graph, width = self._graph, self._shape.width
        embedded, lengths = self._looked_up(words), LENGTHS
        length = graph.node("Shape", IDS, start=1, end=2)
        inside = graph.node(
            "Less",
            graph.node(
                "Unsqueeze",
                graph.node("Range", self._int("zero", 0), graph.node("Squeeze", length), self._int("one", 1)),
                self._ints("axis 0", 0),
            ),
            graph.node("Unsqueeze", lengths, self._ints("axis 1", 1)),
        )
        mask = graph.node("Where", inside, self._float("nothing", 0), self._float("masked", _MASKED))
        mask = graph.node("Unsqueeze", mask, self._ints("axes 1 and 2", 1, 2))
        table = self._source.floats("emb.pos").reshape(-1, width) + self._source.floats("emb.type")[:width]
        places = graph.node(
            "Slice", graph.constant("positions", table), self._ints("axis 0", 0), length, self._ints("axis 0", 0)
        )
        batch = graph.node("Shape", IDS, start=0, end=2)
        self._heads = graph.node(
            "Concat", batch, self._ints("heads", self._shape.heads, width // self._shape.heads), axis=0
        )
        rows = self._normed(graph.node("Add", embedded, places), "emb.ln")
        rows = graph.node("Reshape", rows, self._ints("rows", -1, width))
        self._middle = graph.node(
            "Expand", graph.constant("128", np.array(128, np.uint8)), graph.node("Shape", rows, start=0, end=1)
        )
        for number in range(self._shape.layers):
            rows = self._layer(number, rows, mask)
        rows = graph.node("Reshape", rows, graph.node("Concat", batch, self._ints("width", width), axis=0))
        kept = graph.node("Unsqueeze", graph.node("Cast", inside, to=FLOAT), self._ints("axis 2", 2))
        total = graph.node("ReduceSum", graph.node("Mul", rows, kept), self._ints("axis 1", 1), keepdims=0)
        norm = graph.node("ReduceL2", total, self._ints("axis 1", 1), keepdims=1)
        graph.result(VECTORS, graph.node("Div", total, norm))
        return graph.file(
            [(IDS, INT64, ("texts", "tokens")), (LENGTHS, INT64, ("texts",))], [(VECTORS, FLOAT, ("texts", width))]
        )

    def _looked_up(self, words: Words) -> str:
        """The word vectors of the ids."""
        graph, width = self._graph, self._shape.width
        numbers, scales = words.parts()
        packed = graph.node("Gather", graph.constant("words", numbers), IDS)
        low = graph.node("BitwiseAnd", packed, graph.constant("15", np.array(15, np.uint8)))
        high = graph.node("BitShift", packed, graph.constant("4", np.array(4, np.uint8)), direction="RIGHT")
        values = graph.node("Cast", graph.node("Concat", low, high, axis=2), to=FLOAT)
        values = graph.node("Sub", values, self._float("eight", 8))
        values = graph.node("Reshape", values, self._ints("blocks", 0, 0, width // _BLOCK, _BLOCK))
        scale = graph.node("Cast", graph.node("Gather", graph.constant("word scales", scales), IDS), to=FLOAT)
        values = graph.node("Mul", values, graph.node("Unsqueeze", scale, self._ints("axis 3", 3)))
        return graph.node("Reshape", values, self._ints("joined", 0, 0, width))

    def _layer(self, number: int, rows: str, mask: str) -> str:
        graph, source, width = self._graph, self._source, self._shape.width
        name = f"l{number}."
        # The attention's divisor is part of the weights of what asks.
        divisor = np.float32((width // self._shape.heads) ** -0.5)
        weights = [self._transposed(name + part, width) for part in ("q", "k", "v")]
        biases = [source.floats(f"{name}{part}.b") for part in ("q", "k", "v")]
        weights[0], biases[0] = weights[0] * divisor, biases[0] * divisor
        values = self._product(number, Part.ATTENTION, rows, np.concatenate(weights, axis=1))
        values = self._plus(values, name + "qkv.b", np.concatenate(biases))
        asking, asked, told = (
            graph.node("Reshape", part, self._heads)
            for part in graph.nodes("Split", values, self._ints("thirds", width, width, width), outputs=3, axis=1)
        )
        scores = graph.node(
            "MatMul",
            graph.node("Transpose", asking, perm=(0, 2, 1, 3)),
            graph.node("Transpose", asked, perm=(0, 2, 3, 1)),
        )
        shares = graph.node("Softmax", graph.node("Add", scores, mask), axis=-1)
        told = graph.node("MatMul", shares, graph.node("Transpose", told, perm=(0, 2, 1, 3)))
        told = graph.node("Transpose", told, perm=(0, 2, 1, 3))
        told = graph.node("Reshape", told, self._ints("rows", -1, width))
        told = self._product(number, Part.OUTPUT, told, self._transposed(name + "ao", width))
        told = self._plus(told, name + "ao.b", source.floats(name + "ao.b"))
        rows = self._normed(graph.node("Add", rows, told), name + "aln")
        wide = self._product(number, Part.WIDEN, rows, self._transposed(name + "fi", self._shape.inner))
        bias = graph.constant(name + "fi.b", source.floats(name + "fi.b"))
        wide = graph.node("BiasGelu", wide, bias, extension=True)
        narrow = self._product(number, Part.NARROW, wide, self._transposed(name + "fo", width))
        narrow = self._plus(narrow, name + "fo.b", source.floats(name + "fo.b"))
        return self._normed(graph.node("Add", rows, narrow), name + "oln")

    def _product(self, layer: int, part: Part, rows: str, weights: Floats) -> str:
        """Rows times weights."""
        graph, name = self._graph, f"{part} {layer}"
        if (layer, part) in self._exact:
            return graph.node("MatMul", rows, graph.constant(name, weights))
        largest = graph.node(
            "ReduceMax",
            rows if part is Part.NARROW else graph.node("Abs", rows),
            self._ints("last axis", -1),
            keepdims=0,
        )
        least = self._float("gelu", _GELU_LEAST) if part is Part.NARROW else self._float("least", _LEAST)
        scale = graph.node("Mul", graph.node("Max", largest, least), self._float("step", 1 / _ROW_STEPS))
        rounded = graph.node("QuantizeLinear", rows, scale, self._middle, axis=0)
        steps = np.maximum(np.abs(weights).max(axis=0), np.float32(_LEAST)) / np.float32(_WEIGHT_STEPS)
        product = graph.node(
            "MatMulIntegerToFloat",
            rounded,
            graph.constant(name, np.rint(weights / steps).astype(np.int8)),
            self._float("unit", 1),
            graph.constant(name + " steps", steps),
            graph.constant("128", np.array(128, np.uint8)),
            extension=True,
        )
        return graph.node("Mul", product, graph.node("Unsqueeze", scale, self._ints("axis 1", 1)))

    def _transposed(self, name: str, rows: int) -> Floats:
        return np.ascontiguousarray(self._source.weights(name + ".w", rows).T)

    def _plus(self, rows: str, name: str, bias: Floats) -> str:
        return self._graph.node("Add", rows, self._graph.constant(name, bias))

    def _normed(self, rows: str, name: str) -> str:
        weight, bias = (self._graph.constant(f"{name}.{part}", self._source.floats(f"{name}.{part}")) for part in "wb")
        return self._graph.node("LayerNormalization", rows, weight, bias, axis=-1, epsilon=self._shape.epsilon)

    def _int(self, name: str, value: int) -> str:
        return self._graph.constant(name, np.array(value, np.int64))

    def _ints(self, name: str, *values: int) -> str:
        return self._graph.constant(name, np.array(values, np.int64))

    def _float(self, name: str, value: float) -> str:
        return self._graph.constant(name, np.array(value, np.float32))
