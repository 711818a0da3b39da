"""A stand-in for an embedding model, where real vectors of half a million facts would take hours."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np

from expunge.models.base import Vectors
from expunge.text.fold import fold

DIMENSIONS = 384
"""As many as those of the embedded model."""
_WORDS = 1 << 14
_IN_COMMON = 0.75
"""Cosine of texts that share no word: sentences of one kind have about as much under multilingual-e5-small."""


class StandInEmbeddings:
    """Unit vectors made from the words of a text alone: the same words give the same vector, shared words near ones.

    `embedded` counts the texts.
    """

    name = "stand-in"

    def __init__(self) -> None:
        draw = np.random.default_rng(20260101)
        self._words = draw.standard_normal((_WORDS, DIMENSIONS), dtype=np.float32)
        common = draw.standard_normal(DIMENSIONS, dtype=np.float32)
        self._common = np.sqrt(_IN_COMMON) * common / np.linalg.norm(common)
        self.embedded = 0

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, shape (len(texts), `DIMENSIONS`)."""
        own = np.empty((len(texts), DIMENSIONS), dtype=np.float32)
        for row, text in enumerate(texts):
            numbers = [zlib.crc32(word.encode()) % _WORDS for word in fold(text).split()] or [0]
            own[row] = self._words[numbers].sum(axis=0)
        own *= np.sqrt(1 - _IN_COMMON) / np.linalg.norm(own, axis=1, keepdims=True)
        own += self._common
        own /= np.linalg.norm(own, axis=1, keepdims=True)
        self.embedded += len(texts)
        return own

    async def aclose(self) -> None:
        """Nothing to release."""
