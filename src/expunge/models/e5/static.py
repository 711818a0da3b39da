"""Static vectors: what a text's words alone say of the vector that the engine would give it, in a fiftieth of the time.

Two means of the model's own word vectors, one in which all pieces of a text count alike and one in which rare ones
count more, go through a small network that was trained to come near what the engine says of the whole text. Its
weights ship with the package and are good for one set of word vectors only.
"""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files as resources
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from expunge.models.base import Vectors
from expunge.models.e5.files import MANIFEST, WORDS, Files
from expunge.models.e5.tokenizer import Tokenizer

_WEIGHTS = "static_weights.npz"
_BLOCK = 32
_ALIGNED = 4_096
_MOST_CHARACTERS = 2_000
"""What of a text is read, as by the engine."""
_TOGETHER = 16
"""Texts that are worked on at once."""
_KEPT = 4_096
"""Pieces that are kept as the network takes them in, 11 MB; where there are more, it is begun anew."""
_ROWS = 4
"""Rows that are multiplied by the network together."""
_NONE = -1
_COMMON = 1e-6
"""Likelihood of a piece that counts half as much as one that is hardly ever seen."""


@dataclass(frozen=True, slots=True)
class Network:
    """The weights: `direct` and `inner`, `outer` lead from the means to a vector, `project` from the engine's vector,
    from which `center` is taken away, to one that can be compared with it. `words` is the SHA-256 of the word vectors.
    """

    words: str
    direct: Vectors
    inner: Vectors
    outer: Vectors
    project: Vectors
    center: Vectors

    @classmethod
    def shipped(cls) -> Network:
        """The weights that ship."""
        data = resources("expunge.models.e5").joinpath(_WEIGHTS).read_bytes()
        with np.load(io.BytesIO(data), allow_pickle=False) as held:
            parts = (held[name].astype(np.float32) for name in ("direct", "inner", "outer", "project", "center"))
            return cls(str(held["words"]), *parts)

    def pack(self) -> bytes:
        """The file of the weights."""
        out = io.BytesIO()
        names = ("direct", "inner", "outer", "project", "center")
        np.savez_compressed(
            out, words=np.array(self.words), **{name: getattr(self, name).astype(np.float16) for name in names}
        )
        return out.getvalue()


class StaticVectors:
    """The word vectors and the network in use. May be used by several threads at once."""

    def __init__(self, words: Path, tokenizer: Tokenizer, likelihoods: NDArray[np.float64], network: Network) -> None:
        """Map the word vectors into memory.

        Raises:
            ValueError: if they are of another shape than the network is made for.
        """
        width = len(network.center)
        data = np.memmap(words, dtype=np.uint8, mode="r")
        # Rows of 4-bit numbers up to the start of a page, then a 16-bit scale for each block.
        per_row, scales = width // 2, width // _BLOCK
        count = next(
            (
                rows
                for rows in range(len(likelihoods), len(data) // per_row + 1)
                if -(-rows * per_row // _ALIGNED) * _ALIGNED + rows * scales * 2 == len(data)
            ),
            0,
        )
        if not count:
            raise ValueError(f"The word vectors have not {width} numbers each.")
        start = -(-count * per_row // _ALIGNED) * _ALIGNED
        self._numbers = np.asarray(data[: count * per_row]).reshape(count, per_row)
        self._scales = np.asarray(data[start:]).view("<f2").reshape(count, scales)
        self._tokenizer = tokenizer
        self._rare: Vectors = (_COMMON / (_COMMON + likelihoods)).astype(np.float32)
        self._network = network
        first = np.concatenate([network.direct, network.inner])
        self._into = np.ascontiguousarray(np.concatenate([first[:, :width], first[:, width:-1]]).T)
        """The network's first layer: for a piece what it adds to the mean, and then to the mean of rare pieces."""
        self._onto = first[:, -1]
        self._outer = np.ascontiguousarray(network.outer.T)
        self._slots = np.full(count, _NONE, dtype=np.int32)
        """For each piece its row among those that were taken in last."""
        self._taken_in = np.empty((_KEPT, self._into.shape[1]), dtype=np.float32)
        self._filled = 0
        self._lock = threading.Lock()

    @property
    def dimensions(self) -> int:
        """The number of dimensions of a vector."""
        return len(self._network.project)

    def pieces(self, texts: Sequence[str]) -> list[list[int]]:
        """The pieces of each text, by number, roughly; none for one of which no piece is known."""
        return [self._tokenizer.rough_ids(text[:_MOST_CHARACTERS]) for text in texts]

    def rarity(self, pieces: NDArray[np.int32]) -> Vectors:
        """Return how rare each of some pieces is: from nearly 0 for the commonest to 1."""
        return self._rare[pieces]

    def of_pieces(self, pieces: Sequence[list[int]]) -> Vectors:
        """A unit vector for the pieces of each text; zeros for none."""
        return self._each(pieces, self.dimensions, self._led)

    def means_of(self, texts: Sequence[str]) -> Vectors:
        """Return the network's input for each text: the two means, one after the other; zeros if no piece is known."""
        return self._each(self.pieces(texts), 2 * len(self._network.center), self._means)

    def _each(self, pieces: Sequence[list[int]], width: int, of_rows: Callable[[list[list[int]]], Vectors]) -> Vectors:
        found = np.zeros((len(pieces), width), dtype=np.float32)
        for start in range(0, len(pieces), _TOGETHER):
            rows = pieces[start : start + _TOGETHER]
            filled = [number for number, row in enumerate(rows) if row]
            if filled:
                found[[start + number for number in filled]] = of_rows([rows[number] for number in filled])
        return found

    def of_vectors(self, vectors: Vectors) -> Vectors:
        """Unit vectors to compare those of texts with, for the engine's vectors of other texts."""
        network = self._network
        return _unit((vectors - network.center) @ network.project[:, :-1].T * np.float32(4) + network.project[:, -1])

    def _led(self, rows: list[list[int]]) -> Vectors:
        """The vectors that the network leads to.

        Its first layer and the means are both sums, so that the layer is done once for each piece, and not for a text.
        """
        ids = np.fromiter(chain.from_iterable(rows), dtype=np.intp)
        taken_in = self._take_in(ids).reshape(2 * len(ids), -1)
        both = (self._shares(rows, ids) @ taken_in)[: len(rows)] + self._onto
        direct, wide = both[:, : self.dimensions], both[:, self.dimensions :]
        wide = wide * (0.5 * (1.0 + np.tanh(0.7978845608 * (wide + 0.044715 * wide * wide * wide))))
        return _unit(direct + wide @ self._outer)

    def _means(self, rows: list[list[int]]) -> Vectors:
        """For each text the mean of its pieces' vectors, and the mean in which rare pieces count more."""
        ids = np.fromiter(chain.from_iterable(rows), dtype=np.intp)
        shares, words = self._shares(rows, ids)[: len(rows)], self._unpack(ids)
        return np.concatenate([shares[:, ::2] @ words, shares[:, 1::2] @ words], axis=1)

    def _shares(self, rows: list[list[int]], ids: NDArray[np.intp]) -> Vectors:
        """Return the weight of each piece in the two means of each text, in turn; rows of zeros make the number round.

        One product with it is quicker than a sum for each text, and one of a few rows more than of an odd number.
        """
        rare, lengths = self._rare[ids], np.array([len(row) for row in rows])
        weights = np.add.reduceat(rare, np.cumsum(lengths) - lengths)
        own, places = np.repeat(np.arange(len(rows)), lengths), np.arange(0, 2 * len(ids), 2)
        shares = np.zeros((-(-len(rows) // _ROWS) * _ROWS, 2 * len(ids)), dtype=np.float32)
        shares[own, places] = np.repeat(np.float32(1) / lengths.astype(np.float32), lengths)
        shares[own, places + 1] = rare / np.repeat(weights, lengths)
        return shares

    def _take_in(self, ids: NDArray[np.intp]) -> Vectors:
        """Return what some pieces add to the network's first layer: by the mean, then by the mean of rare pieces."""
        with self._lock:
            slots = self._slots[ids]
            if (unknown := slots == _NONE).any():
                new = np.unique(ids[unknown])
                if self._filled + len(new) > _KEPT:
                    self._slots[:] = _NONE
                    self._filled, new = 0, np.unique(ids)
                if len(new) > _KEPT:
                    taken_in: Vectors = self._unpack(ids) @ self._into
                    return taken_in
                filled = self._filled + len(new)
                self._taken_in[self._filled : filled] = self._unpack(new) @ self._into
                self._slots[new] = np.arange(self._filled, filled, dtype=np.int32)
                self._filled = filled
                slots = self._slots[ids]
            return self._taken_in.take(slots, axis=0)

    def _unpack(self, ids: NDArray[np.intp]) -> Vectors:
        """The vectors of some pieces, each with a mean of nought and a variance of one."""
        packed = self._numbers[ids]
        values = np.concatenate([packed & 15, packed >> 4], axis=1).astype(np.float32) - 8
        values = values.reshape(len(ids), -1, _BLOCK) * self._scales[ids].astype(np.float32)[:, :, None]
        values = values.reshape(len(ids), -1)
        values -= values.mean(axis=1, keepdims=True)
        values /= np.sqrt(values.var(axis=1, keepdims=True) + 1e-5)
        return values


def load(found: Files, tokenizer: Tokenizer) -> StaticVectors | None:
    """The static vectors for the engine's files, None if the shipped weights are for other word vectors.

    Raises:
        ValueError, KeyError, TypeError: if the files are none of the engine's.
    """
    network = Network.shipped()
    manifest = json.loads((found.folder / MANIFEST).read_bytes())
    if manifest["files"][WORDS]["sha256"] != network.words:
        return None
    return StaticVectors(found.folder / WORDS, tokenizer, tokenizer.likelihoods(), network)


def _unit(vectors: NDArray[Any]) -> Vectors:
    unit: Vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    return unit
