"""The embedded multilingual embedding model, and a memory of vectors around any embedding model."""

from __future__ import annotations

import asyncio
import hashlib
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from expunge.errors import ExpungeError, MissingError
from expunge.models.base import EmbeddingModel, Vectors
from expunge.models.e5.files import FETCHED, Files, find, pull
from expunge.settings import Settings

if TYPE_CHECKING:
    from expunge.models.e5.engine import Engine
    from expunge.models.e5.static import StaticVectors

NAME = "multilingual-e5-small-int8"
"""The embedded model's vector space."""
_RETRIED_AFTER = 60.0
"""Seconds for which a failed fetch is not tried again."""
_PATIENCE = 5.0
"""Seconds for which a caller waits for what another event loop is having embedded, before it does so itself."""


class EmbeddedEmbeddings:
    """multilingual-e5-small in int8, inside this process; loaded at the first call, once a process.

    Its files lie in the `cache` folder; None is the configured one. Where they are missing they are fetched at the
    first call, with a line on standard error.
    """

    cache: Path | None = None

    @classmethod
    def kept_in(cls, cache: Path | None) -> EmbeddedEmbeddings:
        """The model whose files lie in a cache folder."""
        model = cls()
        model.cache = cache
        return model

    @property
    def name(self) -> str:
        """Identifies the vector space."""
        return NAME

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, shape (len(texts), 384). Only the first 2,000 characters of a text count.

        Raises:
            MissingError, ModelError: if the model's files are missing and cannot be fetched, or are damaged.
        """
        engine = _running(self.cache)
        if engine is None:
            engine = await asyncio.to_thread(_ready, self.cache)
        return await engine.embed(texts)

    async def static(self) -> StaticVectors | None:
        """Vectors made of a text's words alone; None where the model's files are missing, damaged or others."""
        engine = _running(self.cache)
        if engine is None:
            # Nothing is fetched for the sake of them.
            with suppress(ExpungeError):
                await asyncio.to_thread(find, self.cache or Settings().cache())
                engine = await asyncio.to_thread(_ready, self.cache)
        return engine.static if engine is not None else None

    async def find(self) -> None:
        """Look for the model's files, and fetch them if they are missing, without loading anything.

        Raises:
            MissingError, ModelError: if they are missing and cannot be fetched, or are damaged.
        """
        if self.cache not in _found:
            await asyncio.to_thread(_files, self.cache)

    def look(self) -> None:
        """See that the model's files are there; nothing is fetched.

        Raises:
            MissingError, WeightsInvalid: if they are missing, or damaged.
        """
        if self.cache not in _found:
            find(self.cache or Settings().cache())

    async def aclose(self) -> None:
        """The model stays: it is small and shared by the whole process."""


@dataclass(eq=False, slots=True)
class _Claim:
    """Texts, by their digests, that one caller is having embedded; `kept` says that it went well."""

    texts: dict[bytes, str]
    loop: asyncio.AbstractEventLoop
    ended: Future[None] = field(default_factory=Future)
    kept: bool = False


class CachedEmbeddings:
    """Remembers the vectors of the last `size` texts in front of another embedding model.

    Texts are kept as digests only. That a vector is known already shows in the time it takes, so that a memory is for
    those who may know of each other's texts: each tenant has its own (see `apart`).
    """

    def __init__(self, inner: EmbeddingModel, size: int = 20_000) -> None:
        self._inner = inner
        self._size = size
        self._vectors: OrderedDict[bytes, Vectors] = OrderedDict()
        self._claims: dict[bytes, _Claim] = {}
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
        """As the inner model; texts that it embedded lately, repeated ones, and those that it is embedding for another
        caller are not sent to it again."""
        if not texts:
            return await self._inner.embed(texts)
        keys = [hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest() for text in texts]
        wanted = dict(zip(keys, texts, strict=True))
        found: dict[bytes, Vectors] = {}
        patient = True
        while len(found) < len(wanted):
            claim, others = self._claim(wanted, found, patient=patient)
            if claim.texts:
                try:
                    vectors = await self._inner.embed(list(claim.texts.values()))
                    self._keep(found, claim.texts, vectors)
                    claim.kept = True
                finally:
                    self._release(claim)
            if others:
                patient = await _all_kept(others)
        if len({vector.shape[0] for vector in found.values()}) > 1:
            # Another model has taken the place of the one that was asked before: nothing of that one counts.
            self._keep(found, wanted, await self._inner.embed(list(wanted.values())))
        return np.stack([found[key] for key in keys])

    def _claim(
        self, wanted: Mapping[bytes, str], found: dict[bytes, Vectors], *, patient: bool
    ) -> tuple[_Claim, set[_Claim]]:
        """Put what is known into `found`; of the rest, return what this caller is to embed, and who is at the others.

        A caller who is not `patient` embeds all of the rest itself.
        """
        own = _Claim({}, asyncio.get_running_loop())
        others: set[_Claim] = set()
        with self._lock:
            for key, text in wanted.items():
                if key in found:
                    continue
                if key in self._vectors:
                    self._vectors.move_to_end(key)
                    found[key] = self._vectors[key]
                elif patient and key in self._claims:
                    others.add(self._claims[key])
                else:
                    self._claims[key] = own
                    own.texts[key] = text
        return own, others

    def _keep(self, found: dict[bytes, Vectors], texts: Iterable[bytes], vectors: Vectors) -> None:
        fresh = {key: vector.copy() for key, vector in zip(texts, vectors, strict=True)}
        found.update(fresh)
        with self._lock:
            self._vectors.update(fresh)
            while len(self._vectors) > self._size:
                self._vectors.popitem(last=False)

    def _release(self, claim: _Claim) -> None:
        """Wake those who wait for these texts."""
        with self._lock:
            for key in claim.texts:
                if self._claims.get(key) is claim:
                    del self._claims[key]
        claim.ended.set_result(None)

    async def static(self) -> StaticVectors | None:
        """Those of the inner model, which need no memory."""
        return await self._inner.static() if isinstance(self._inner, EmbeddedEmbeddings) else None

    async def aclose(self) -> None:
        """Forget the vectors and release the inner model."""
        with self._lock:
            self._vectors.clear()
        await self._inner.aclose()


async def _all_kept(claims: Collection[_Claim]) -> bool:
    """Wait for other callers; whether each of them got its vectors."""
    # Another event loop may be blocked by a sync call that waits for this one, so that it is not waited for forever.
    here = asyncio.get_running_loop()
    patience = None if all(claim.loop is here for claim in claims) else _PATIENCE
    await asyncio.wait([asyncio.wrap_future(claim.ended) for claim in claims], timeout=patience)
    # Where one failed, or was cancelled, nobody waits for the next one to fail.
    return all(claim.kept for claim in claims)


_ready_lock = threading.Lock()
_found: dict[Path | None, Files] = {}
_failed: dict[Path, tuple[float, ExpungeError]] = {}


def _running(cache: Path | None) -> Engine | None:
    """The engine of a cache folder if it is loaded, without waiting for anything."""
    found = _found.get(cache)
    if found is None:
        return None
    from expunge.models.e5.engine import running

    return running(found)


def _ready(cache: Path | None) -> Engine:
    """The engine of a cache folder, whose files are fetched if they are missing."""
    from expunge.models.e5.engine import loaded

    return loaded(_files(cache))


def _files(cache: Path | None) -> Files:
    with _ready_lock:
        if cache not in _found:
            _found[cache] = _fetched(cache or Settings().cache())
        return _found[cache]


def _fetched(root: Path) -> Files:
    try:
        return find(root)
    except MissingError:
        pass
    tried_at, error = _failed.get(root, (0.0, None))
    if error is not None and time.monotonic() - tried_at < _RETRIED_AFTER:
        raise error
    print(f"Fetching the embedding model ({FETCHED} MB, once) ...", file=sys.stderr, flush=True)
    try:
        return pull(root)
    except ExpungeError as failure:
        # Answers are refused meanwhile, and a refusal does not say why.
        print(failure, file=sys.stderr, flush=True)
        _failed[root] = time.monotonic(), failure
        raise
