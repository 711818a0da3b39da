"""A thread beside those that serve, in which what takes long is worked out: the meaning of large segments, and the
vectors of facts that came in such numbers that no question can wait for them."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any, TypeVar

from expunge.errors import ExpungeError
from expunge.screen.semantic.embeddings import FactEmbeddings, Rows
from expunge.types import Pending, Target, TargetKind

T = TypeVar("T")
_LOOKED_FOR = 1_000
"""Targets whose vectors are looked for in the store together."""
_TOGETHER = 64
"""Targets that are embedded before it is looked again whether another process does the same work."""
_PATIENCE = 10.0
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
        """What is waited for."""
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
        if self._held or time.monotonic() - self._quiet_since < _PATIENCE:
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
