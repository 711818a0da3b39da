"""Vectors of what targets know, kept from one run to the next of a process.

Every run registers its targets anew. Embedding what they know takes half a minute for 20 people with 20 facts each,
which is longer than the questions of a short run take.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from expunge.models.base import EmbeddingModel, Vectors

MOST = 50_000
"""Texts whose vectors are kept; those that come later are embedded each time."""
_kept: dict[tuple[str, str], Vectors] = {}


class RememberingEmbeddings:
    """An embedding model that knows again, in a `registering` block, what was embedded in an earlier one.

    Outside of such blocks it is the model behind it, so that what questions cost is measured in full.
    """

    def __init__(self, inner: EmbeddingModel) -> None:
        self._inner = inner
        self._registering = False

    @property
    def name(self) -> str:
        """The inner model's vector space."""
        return self._inner.name

    @contextmanager
    def registering(self) -> Iterator[None]:
        """Targets are registered in this block."""
        self._registering = True
        try:
            yield
        finally:
            self._registering = False

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """As the inner model.

        Raises:
            ModelError: what the inner model raises.
        """
        if not self._registering or not texts:
            return await self._inner.embed(texts)
        keys = [(self.name, text) for text in texts]
        fresh = [text for key, text in zip(keys, texts, strict=True) if key not in _kept]
        found = dict(zip(fresh, await self._inner.embed(fresh), strict=True)) if fresh else {}
        for text, vector in found.items():
            if len(_kept) < MOST:
                _kept[self.name, text] = vector.copy()
        return np.stack([_kept[key] if key in _kept else found[key[1]] for key in keys])

    async def aclose(self) -> None:
        """Release the inner model."""
        await self._inner.aclose()
