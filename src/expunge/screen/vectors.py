"""Vectors of facts, computed once: kept in memory and, through a `VectorStore`, beside the targets."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from expunge.types import Fact, Target, TargetKind

Vectors = NDArray[np.float32]
_PART = re.compile(r"[:;,.\n、。，；：،؛]+(?=\s|$)|[、。，；：]")
_MOST_PARTS = 40


class Embedder(Protocol):
    """What the screen needs of an embedding model (see `expunge.models.base.EmbeddingModel`)."""

    @property
    def name(self) -> str:
        """Identifies the vector space."""
        ...

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, shape (len(texts), dimensions), float32."""
        ...


class VectorStore(Protocol):
    """Keeps the vectors of targets between processes; the registry does."""

    def get_vectors(self, space: str, digests: Mapping[str, str]) -> Mapping[str, bytes]:
        """By target id, what was stored in a vector space under this digest of the target's texts."""
        ...

    def put_vectors(self, space: str, entries: Mapping[str, tuple[str, bytes]]) -> None:
        """Store, by target id, the digest of the target's texts and their vectors; removed targets are skipped."""
        ...


def fact_text(fact: Fact) -> str:
    """The text by which a fact is compared: the statement, with the question before it where it is too short alone."""
    if fact.question and len(fact.text.split()) < 6:
        return f"{fact.question} {fact.text}"
    return fact.text


def texts_of(target: Target) -> tuple[str, ...]:
    """Everything of a target that is compared by meaning: facts, their questions, the description.

    A topic's facts are its example questions, which come first; its name, its terms and each part of its description
    are asked about, too.
    """
    texts = [fact_text(fact) for fact in target.facts]
    texts += [fact.question for fact in target.facts if fact.question]
    if target.description:
        texts.append(target.description)
    if target.kind is TargetKind.TOPIC:
        texts += [f"What is {part}?" for part in (*target.names, *_parts(target.description))]
    return tuple(dict.fromkeys(text for text in texts if text.strip()))


def _parts(description: str) -> list[str]:
    parts = (part.strip() for part in _PART.split(description))
    return [part for part in parts if len(part) > 2][:_MOST_PARTS]


def digest_of(target: Target) -> str:
    """Names the texts of a target: BLAKE2b over them, 16 bytes in hex."""
    joined = "\0".join(texts_of(target))
    return hashlib.blake2b(joined.encode("utf-8", "replace"), digest_size=16).hexdigest()


class FactVectors:
    """Vectors of targets' texts, from memory, the store, or the model, in that order."""

    def __init__(self, embedder: Embedder, store: VectorStore | None = None) -> None:
        self._embedder = embedder
        self._store = store
        self._memory: dict[str, tuple[str, Vectors]] = {}

    @property
    def embedder(self) -> Embedder:
        """The model behind the vectors."""
        return self._embedder

    async def of(self, targets: Sequence[Target]) -> Vectors:
        """Vectors of all texts of the targets, in order: shape (sum of len(texts_of(t)), dimensions)."""
        counts = {target.id: len(texts_of(target)) for target in targets}
        wanted = {target.id: digest_of(target) for target in targets if counts[target.id]}
        missing = {key: digest for key, digest in wanted.items() if self._memory.get(key, ("",))[0] != digest}
        if missing and self._store is not None:
            for key, data in self._store.get_vectors(self._embedder.name, missing).items():
                rows = np.frombuffer(data, dtype="<f4").astype(np.float32)
                if len(rows) % counts[key] == 0:
                    self._memory[key] = missing[key], rows.reshape(counts[key], -1)
        fresh: dict[str, tuple[str, bytes]] = {}
        for target in targets:
            digest = missing.get(target.id)
            if digest is not None and self._memory.get(target.id, ("",))[0] != digest:
                rows = np.asarray(await self._embedder.embed(texts_of(target)), dtype=np.float32)
                self._memory[target.id] = digest, rows
                fresh[target.id] = digest, rows.astype("<f4").tobytes()
        if fresh and self._store is not None:
            self._store.put_vectors(self._embedder.name, fresh)
        if not wanted:
            return np.zeros((0, 1), dtype=np.float32)
        return np.concatenate([self._memory[target.id][1] for target in targets if target.id in wanted])

    async def texts(self, texts: Sequence[str]) -> Vectors:
        """Vectors of passing texts, which are not kept here."""
        return await self._embedder.embed(texts)
