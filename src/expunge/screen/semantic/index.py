"""The meaning of segments: their facts, topics and titles, computed once per segment.

If few targets lack vectors, these are computed before the first text is read, so that the targets are fully in force.
If many do, as after an interrupted import, nobody waits: they are in force at once by names, telling words and titles,
and by meaning one after the other, as the vectors arrive; `pending` counts them in the meantime.
"""

from __future__ import annotations

import asyncio
import ctypes
import random
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator, Sequence, Set
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from itertools import islice
from typing import Any, NamedTuple, TypeVar
from weakref import WeakKeyDictionary

from expunge.errors import ExpungeError
from expunge.screen.index import Segment
from expunge.screen.semantic.embeddings import NO_ROWS, FactEmbeddings, Placed, Rows, texts_of
from expunge.screen.semantic.facts import Facts, Shared, entities_of
from expunge.screen.semantic.phrases import Phrases
from expunge.screen.semantic.sieve import MOST_FACTS
from expunge.screen.semantic.topics import Probes, Topics
from expunge.screen.semantic.vector_index import VectorIndex
from expunge.types import Pending, Target, TargetKind

FEW = 256
"""Texts whose vectors are waited for in any case: a second or so of the embedded model."""
_REGISTERED_AT_ONCE = 2_000
"""Texts whose vectors who registers them waits for, even where somebody is served meanwhile."""
_KEPT = 1_000
"""Targets whose vectors are kept in memory, too, when they are worked out before they are asked for."""
_PATIENCE = 2.0
"""Seconds for which work of another event loop is waited for."""
_LONG = 1_000
"""Targets whose meaning takes so long to lay out that it is done beside the event loop."""
_HEAVY = 20_000
"""Targets of which to load and lay out leaves much memory free."""


class Meaning(NamedTuple):
    """The meaning of a segment; all None if it holds nothing but names."""

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
        """Whether who registers very many targets does not wait for their vectors."""
        self.in_use = False
        """Whether anything of what the targets mean is, or was, compared by vectors; names alone leave it so."""
        self._side = SideThread("expunge-meaning")
        self.backfill = Backfill(vectors, self._side, self._learnt, self._learn_topics) if vectors is not None else None
        self._settling = threading.Lock()
        """Held while a vector that has come is learnt, and while a segment begins to serve: none is overlooked."""
        self._lock = threading.Lock()
        self._model_called = False
        self._placing = threading.Lock()
        self._placed: tuple[Placed, VectorIndex] | None = None
        """The vectors of the largest segment, where they are very many, which the one after it takes over."""
        self._ready: WeakKeyDictionary[Segment, Meaning] = WeakKeyDictionary()
        self._being_made: dict[int, tuple[Future[None], asyncio.AbstractEventLoop]] = {}
        self._without: WeakKeyDictionary[Segment, frozenset[str]] = WeakKeyDictionary()
        """By segment the topics that nothing was learnt of, since their vectors are to come."""

    def close(self) -> None:
        """Stop working out vectors."""
        if self.backfill is not None:
            self.backfill.stop()

    def finish(self, segment: Segment) -> None:
        """Work out what a segment means before it serves; for threads that may wait.

        Raises:
            ModelError: if facts or topics must be embedded and the embedding model fails.
        """
        self._side.run(self.of(segment))

    async def of(self, segment: Segment) -> Meaning:
        """Return the meaning of a segment, computed if unknown; callers that ask meanwhile wait for the same work.

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

        What serves learns each vector as it comes.

        Raises:
            ModelError: if the embedding model fails.
        """
        if self._vectors is None or self.backfill is None:
            return
        if progress is None:
            targets = [target for target in targets if _means_something(target)]
        if self.beside and progress is None and _texts_in(targets) > _REGISTERED_AT_ONCE:
            self.backfill.add([target for target in targets if texts_of(target)], patience=False)
            return
        with self.backfill.held():
            keep = len(targets) <= _KEPT or not self._vectors.stores
            await self._vectors.work_out(targets, keep=keep, each=self._learnt, progress=progress)
            await self._learn_topics()

    async def _make(self, segment: Segment) -> None:
        await self._lay_out(segment)
        if len(segment.targets) >= _HEAVY:
            await asyncio.to_thread(give_back)

    async def _lay_out(self, segment: Segment) -> None:
        targets = segment.targets
        if not any(map(_means_something, targets)):
            self._keep(segment, _NONE)
            return
        shared, missing = await self._shared_of(targets) if segment.whole else (None, [])
        rows = NO_ROWS
        if shared is None:
            rows, missing = await self._vectors_of(targets)
        without = frozenset(target.id for target in missing if target.kind is TargetKind.TOPIC)
        topics = await self._topics_of(targets, without)
        static = await self._vectors.static() if self._vectors is not None and len(rows) else None
        if len(targets) < _LONG:
            facts, phrases = Facts(targets, rows, static, shared), Phrases(targets)
        else:
            facts = await asyncio.to_thread(Facts, targets, rows, static, shared)
            phrases = await asyncio.to_thread(Phrases, targets)
        meaning = Meaning(facts, topics, phrases)
        if missing and self.backfill is not None:
            # Beside the event loop, which must not wait while something is learnt.
            await asyncio.to_thread(self._serve_without, segment, meaning, missing, self.backfill)
        else:
            self._keep(segment, meaning)
        if self._vectors is not None and not self._vectors.model_answered and not self._model_called:
            # All vectors were stored, and the model is not loaded yet: the first text is not to wait until it is.
            self._model_called = True
            self._side.begin(_loaded(self._vectors))

    def _serve_without(self, segment: Segment, meaning: Meaning, missing: Sequence[Target], learner: Backfill) -> None:
        """Have a segment serve though the vectors of some targets are to come."""
        with self._settling:
            self._keep(segment, meaning, frozenset(target.id for target in missing if target.kind is TargetKind.TOPIC))
            learner.add(missing)

    async def _shared_of(self, targets: Sequence[Target]) -> tuple[Shared | None, list[Target]]:
        """The same as `_vectors_of` for very many facts: among those of the segment before, as far as they are there.

        Two arrays of half a million vectors need not be in memory because one target in a hundred has changed.
        """
        if self._vectors is None or sum(len(target.facts) for target in targets) <= MOST_FACTS:
            return None, []
        entities = entities_of(targets)
        shared, missing = await asyncio.to_thread(self._place, entities)
        if shared is None:
            return None, []
        missing += (await self._known([target for target in targets if target.kind is TargetKind.TOPIC]))[1]
        if missing and _texts_in(missing) <= FEW:
            await self._vectors.work_out(missing)
            return (await asyncio.to_thread(self._place, entities))[0], []
        return shared, missing

    def _place(self, entities: Sequence[Target]) -> tuple[Shared | None, list[Target]]:
        assert self._vectors is not None
        with self._placing:
            before, index = self._placed or (None, None)
            # If this fails, some rows hold what nobody knows of, and all is put into new ones.
            self._placed = None
            placed, missing = self._vectors.placed(entities, before, index.put if index is not None else _nowhere)
            if placed is None:
                return None, missing
            if index is None or before is None or placed.rows is not before.rows:
                index = VectorIndex(placed.rows)
            self._placed = placed, index
            return Shared(index, placed.places), missing

    async def _vectors_of(self, targets: Sequence[Target]) -> tuple[Rows, list[Target]]:
        """Vectors of all the entities' texts, zeros for those of targets that lack theirs and are too many to wait for,
        and all such targets, topics among them."""
        if self._vectors is None:
            return NO_ROWS, []
        entities = entities_of(targets)
        topics = [target for target in targets if target.kind is TargetKind.TOPIC]
        rows, missing = await self._known(entities)
        missing += (await self._known(topics))[1]
        if missing and _texts_in(missing) <= FEW:
            await self._vectors.work_out(missing)
            return (await self._known(entities))[0], []
        if not len(rows) and (first := next((t for t in missing if t.kind is not TargetKind.TOPIC), None)):
            # How long the vectors are is known from the first.
            await self._vectors.work_out([first])
            rows, _ = await self._known(entities)
            missing = [target for target in missing if target is not first]
        return rows, missing

    async def _known(self, targets: Sequence[Target]) -> tuple[Rows, list[Target]]:
        assert self._vectors is not None
        if len(targets) < _LONG:
            return self._vectors.known(targets)
        return await asyncio.to_thread(self._vectors.known, targets)

    async def _topics_of(self, targets: Sequence[Target], without: Set[str]) -> Topics | None:
        return await self._probes.topics_of(targets, without) if self._probes is not None else None

    def _keep(self, segment: Segment, meaning: Meaning, without: frozenset[str] = frozenset()) -> None:
        with self._lock:
            self._ready[segment] = meaning
            self.in_use = self.in_use or (self._vectors is not None and meaning.facts is not None)
            if without:
                self._without[segment] = without
            else:
                self._without.pop(segment, None)

    def _learnt(self, target: Target, rows: Rows) -> None:
        """Have what serves compare a target's facts from now on, if its vectors were waited for."""
        assert self.backfill is not None
        with self._settling:
            if target.kind is TargetKind.TOPIC or not self.backfill.waits_for(target):
                return
            with self._lock:
                meanings = list(self._ready.values())
            for meaning in meanings:
                if meaning.facts is not None:
                    meaning.facts.learn(target, rows)
            self.backfill.done((target,))

    async def _learn_topics(self) -> None:
        """The same for the topics whose vectors have come.

        Raises:
            ModelError: if the general questions must be embedded and the embedding model fails.
        """
        if self.backfill is None:
            return
        with self._lock:
            lacking = list(self._without.items())
        for segment, without in lacking:
            waiting = [target for target in segment.targets if target.id in without]
            still = frozenset(target.id for target in (await self._known(waiting))[1])
            if still == without:
                continue
            topics = await self._topics_of(segment.targets, still)
            with self._settling:
                with self._lock:
                    ready = self._ready[segment]
                self._keep(segment, ready._replace(topics=topics), still)
        waiting = [target for target in self.backfill.waiting if target.kind is TargetKind.TOPIC]
        lacking_still = {target.id for target in (await self._known(waiting))[1]}
        with self._settling:
            with self._lock:
                lacking_still.update(*self._without.values())
            self.backfill.done(target for target in waiting if target.id not in lacking_still)


async def _loaded(vectors: FactEmbeddings) -> None:
    """Have the embedding model load; if it fails, it fails again for whoever needs it, who is told."""
    with suppress(ExpungeError):
        await vectors.texts(["ready"])


def _means_something(target: Target) -> bool:
    """Whether there is more to a target than names."""
    return bool(target.facts or target.description) or target.kind is TargetKind.TOPIC


def _nowhere(start: int, rows: Rows) -> None:
    """For rows of which nothing is laid out yet."""


def _texts_in(targets: Sequence[Target]) -> int:
    return sum(len(texts_of(target)) for target in targets)


def _trim_of_c_library() -> Callable[[int], int] | None:
    """The C library's own call for it: glibc has one, others give back by themselves."""
    if not sys.platform.startswith("linux"):
        return None
    try:
        trim: Callable[[int], int] = ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError):
        return None
    return trim


_TRIM = _trim_of_c_library()


def give_back() -> None:
    """Give free memory back where the C library would keep it: some tens of milliseconds, in which others run."""
    if _TRIM is not None:
        _TRIM(0)


T = TypeVar("T")
_LOOKED_FOR = 1_000
"""Targets whose vectors are looked for in the store together."""
_TOGETHER = 64
"""Targets that are embedded before it is looked again whether another process does the same work."""
_CHECK_AGAIN = 10.0
"""Seconds for which vectors may come from another process before they are worked out here."""
_LOOK_SECONDS = 1.0
_RETRY_SECONDS = 5.0


class SideThread:
    """An event loop in a thread of its own, started when it is first needed. It ends with the process."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do the work there and wait for its result; not to be called from that thread."""
        return asyncio.run_coroutine_threadsafe(work, self._started()).result()

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Have the work done there, sooner or later."""
        asyncio.run_coroutine_threadsafe(work, self._started())

    def _started(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=self._loop.run_forever, name=self._name, daemon=True).start()
            return self._loop


class Backfill:
    """Finds the vectors of targets one after the other: in the store, where another process puts them, or by the model.

    `learnt` is told of each, and `topics_learnt` is awaited when some are topics'; both say what is `done`. While
    another process is seen to store them, it is left to do so; several that embed begin at different places, so that
    hardly a text is embedded twice. If the model or the store fails, it is tried again.
    """

    def __init__(
        self,
        vectors: FactEmbeddings,
        side: SideThread,
        learnt: Callable[[Target, Rows], None],
        topics_learnt: Callable[[], Awaitable[None]],
    ) -> None:
        self._vectors = vectors
        self._side = side
        self._learnt = learnt
        self._topics_learnt = topics_learnt
        self._lock = threading.Lock()
        self._waiting: dict[str, Target] = {}
        self._facts = 0
        self._working = self._stopped = False
        self._held = 0
        self._quiet_since = 0.0

    @property
    def pending(self) -> Pending:
        """Return the counts of texts that still lack vectors."""
        return Pending(self._facts, len(self._waiting))

    @property
    def waiting(self) -> list[Target]:
        """The targets whose vectors are waited for."""
        with self._lock:
            return list(self._waiting.values())

    def waits_for(self, target: Target) -> bool:
        """Whether the vectors of this very target are waited for."""
        return self._waiting.get(target.id) is target

    @contextmanager
    def held(self) -> Iterator[None]:
        """Embed nothing meanwhile, since whoever holds it does."""
        with self._lock:
            self._held += 1
        try:
            yield
        finally:
            with self._lock:
                self._held -= 1
                self._quiet_since = time.monotonic()

    def add(self, targets: Iterable[Target], *, patience: bool = True) -> None:
        """Find the vectors of these, too; without `patience` they are embedded here at once."""
        with self._lock:
            for target in targets:
                self._drop(target.id)
                self._waiting[target.id] = target
                self._facts += Pending.of((target,)).facts
            self._quiet_since = time.monotonic() if patience else 0.0
            begin = bool(self._waiting) and not self._working and not self._stopped
            self._working = self._working or begin
        if begin:
            self._side.begin(self._work())

    def stop(self) -> None:
        """Leave the rest to whoever serves next."""
        self._stopped = True

    async def _work(self) -> None:
        while not self._stopped:
            with self._lock:
                if not self._waiting:
                    self._working = False
                    return
            try:
                pause = await self._step()
            except ExpungeError:
                pause = _RETRY_SECONDS
            await asyncio.sleep(pause)

    async def _step(self) -> float:
        """Learn some, or wait for others to; the seconds until the next step."""
        with self._lock:
            first = list(islice(self._waiting.values(), _LOOKED_FOR))
        missing = await asyncio.to_thread(self._vectors.learn_stored, first, self._learnt)
        found = len(first) - len(missing)
        if found:
            await self._settle(first)
            self._quiet_since = time.monotonic()
            return 0.0 if found == len(first) else _LOOK_SECONDS
        if self._held or time.monotonic() - self._quiet_since < _CHECK_AGAIN:
            return _LOOK_SECONDS
        with self._lock:
            waiting = list(self._waiting.values())
        if not waiting:
            return 0.0
        start = random.randrange(len(waiting))
        some = waiting[start : start + _TOGETHER]
        await self._vectors.work_out(some, each=self._learnt)
        await self._settle(some)
        return 0.0

    async def _settle(self, targets: Iterable[Target]) -> None:
        if any(target.kind is TargetKind.TOPIC for target in targets):
            await self._topics_learnt()

    def done(self, targets: Iterable[Target]) -> None:
        """Wait for the vectors of these no longer."""
        with self._lock:
            for target in targets:
                if self.waits_for(target):
                    self._drop(target.id)

    def _drop(self, target_id: str) -> None:
        dropped = self._waiting.pop(target_id, None)
        if dropped is not None:
            self._facts -= Pending.of((dropped,)).facts
