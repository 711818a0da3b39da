"""What segments mean: their facts, topics and titles, worked out once for each segment.

Everything is worked out before the first text is read under them, so that targets are wholly in force. Only who serves
and says so (`beside`) does not wait where very many lack their vectors, as in the hours after an import under a small
embedding model: they are in force by their names, telling words and titles at once, and by meaning one after the other,
as the vectors come.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import NamedTuple
from weakref import WeakKeyDictionary

from expunge.screen.index import Segment
from expunge.screen.semantic.backfill import Backfill, SideThread
from expunge.screen.semantic.embeddings import NO_ROWS, FactEmbeddings, Rows, texts_of
from expunge.screen.semantic.facts import Facts, entities_of
from expunge.screen.semantic.phrases import Phrases
from expunge.screen.semantic.topics import Probes, Topics
from expunge.types import Target, TargetKind

_WAITED_FOR = 2_000
"""Texts whose vectors are waited for in any case: a minute or so of the embedded model."""
_KEPT = 1_000
"""Targets whose vectors are kept in memory, too, when they are worked out before they are asked for."""
_PATIENCE = 2.0
"""Seconds for which work of another event loop is waited for."""
_LONG = 1_000
"""Targets whose meaning takes so long to lay out that it is done beside the event loop."""


class Meaning(NamedTuple):
    """What a segment means; all None where there is nothing but names."""

    facts: Facts | None
    topics: Topics | None
    phrases: Phrases | None


_NONE = Meaning(None, None, None)


class SemanticIndex:
    """Works out and keeps the meaning of each segment for as long as the segment serves. Safe to use from several
    threads and event loops."""

    def __init__(self, vectors: FactEmbeddings | None) -> None:
        self._vectors = vectors
        self._probes = Probes(vectors) if vectors is not None else None
        self.beside = False
        """Whether the vectors of very many targets are worked out while these are in force by words alone."""
        self.in_use = False
        """Whether anything of what the targets mean is, or was, compared by vectors; names alone leave it so."""
        self._side = SideThread("expunge-meaning")
        self._learner = Backfill(vectors, self._side, self._learnt) if vectors is not None else None
        self._lock = threading.Lock()
        self._ready: WeakKeyDictionary[Segment, Meaning] = WeakKeyDictionary()
        self._being_made: dict[int, tuple[Future[None], asyncio.AbstractEventLoop]] = {}

    @property
    def waiting(self) -> int:
        """How many targets' vectors are still to come."""
        return len(self._learner) if self._learner is not None else 0

    def close(self) -> None:
        """Stop working out vectors."""
        if self._learner is not None:
            self._learner.stop()

    def finish(self, segment: Segment) -> None:
        """Work out what a segment means before it serves; for threads that may wait.

        Raises:
            ModelError: if facts or topics must be embedded and the embedding model fails.
        """
        self._side.run(self.of(segment))

    async def of(self, segment: Segment) -> Meaning:
        """What a segment means, worked out if it is not known; whoever asks meanwhile waits for the same work.

        Raises:
            ModelError: if facts or topics must be embedded and the embedding model fails.
        """
        while (ready := self._ready.get(segment)) is None:
            with self._lock:
                others = self._being_made.get(id(segment))
                own: Future[None] = Future()
                if others is None:
                    self._being_made[id(segment)] = own, asyncio.get_running_loop()
            if others is not None:
                work, loop = others
                # Whatever becomes of it: if it fails, the next one tries. Another event loop may be blocked by a sync
                # call that waits for this one, so that its work is done here, too, when it takes too long.
                patience = None if loop is asyncio.get_running_loop() else _PATIENCE
                done, _ = await asyncio.wait([asyncio.wrap_future(work)], timeout=patience)
                if not done:
                    await self._make(segment)
                continue
            try:
                await self._make(segment)
            finally:
                with self._lock:
                    del self._being_made[id(segment)]
                own.set_result(None)
        return ready

    async def remember(self, targets: Sequence[Target], progress: Callable[[int, int], None] | None) -> None:
        """Work out and store vectors now, or `beside`; `progress` is told how many targets are done, and asks for now.

        Raises:
            ModelError: if the embedding model fails.
        """
        if self._vectors is None or self._learner is None:
            return
        if self.beside and progress is None and _texts_in(targets) > _WAITED_FOR:
            self._learner.add(targets, patience=False)
        else:
            await self._vectors.work_out(targets, keep=len(targets) <= _KEPT, progress=progress)

    async def _make(self, segment: Segment) -> None:
        targets = segment.targets
        if not any(target.facts or target.description or target.kind is TargetKind.TOPIC for target in targets):
            self._keep(segment, _NONE)
            return
        topics = await self._probes.topics_of(targets) if self._probes is not None else None
        rows, missing = await self._vectors_of(entities_of(targets))
        if len(targets) < _LONG:
            facts, phrases = Facts(targets, rows), Phrases(targets)
        else:
            facts = await asyncio.to_thread(Facts, targets, rows)
            phrases = await asyncio.to_thread(Phrases, targets)
        self._keep(segment, Meaning(facts, topics, phrases))
        if missing and self._learner is not None:
            self._learner.add(missing)

    async def _vectors_of(self, targets: Sequence[Target]) -> tuple[Rows, list[Target]]:
        """Vectors of all texts, zeros for those of targets that lack theirs and are too many to wait for, and these."""
        if self._vectors is None:
            return NO_ROWS, []
        if len(targets) < _LONG:
            rows, missing = self._vectors.known(targets)
        else:
            rows, missing = await asyncio.to_thread(self._vectors.known, targets)
        if not missing:
            return rows, []
        if not self.beside or _texts_in(missing) <= _WAITED_FOR:
            return await self._vectors.of(targets), []
        if not len(rows):
            # How long the vectors are is known from the first.
            await self._vectors.work_out(missing[:1])
            return await asyncio.to_thread(self._vectors.known, targets)
        return rows, missing

    def _keep(self, segment: Segment, meaning: Meaning) -> None:
        with self._lock:
            self._ready[segment] = meaning
            self.in_use = self.in_use or (self._vectors is not None and meaning.facts is not None)

    def _learnt(self, target: Target, rows: Rows) -> None:
        with self._lock:
            meanings = list(self._ready.values())
        for meaning in meanings:
            if meaning.facts is not None:
                meaning.facts.learn(target, rows)


def _texts_in(targets: Sequence[Target]) -> int:
    return sum(len(texts_of(target)) for target in targets)
