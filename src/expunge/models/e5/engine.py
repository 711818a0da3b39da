"""Runs the model: one session for the process, the texts of all callers in batches of like lengths.

A caller's texts are worked on at once if nothing else is; those of callers who come meanwhile share the next batches.
The callers who wait for the least come first, so that nobody's question waits for somebody's import. Each core works on
a batch of its own, and what waits is spread over those that are free; but one core is left to those who ask, unless
more than a batch waits.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import threading
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from expunge.errors import ModelError, WeightsInvalid
from expunge.models.base import Vectors
from expunge.models.e5 import files, static, tokenizer
from expunge.models.e5.graph import IDS, LENGTHS, VECTORS
from expunge.models.endpoint import encodable

MOST_TOKENS = 512
"""What the model takes at once, the two signs that begin and end it included; a text of more is taken in parts."""
MOST_CHARACTERS = 2_000
"""What of a text is read."""
_PREFIX = "passage: "
"""The model was trained with a prefix for queries and one for passages. Here both sides of every comparison are
statements, so that all texts are passages and closeness is symmetric."""
_BATCH_TOKENS = 384
"""About how many tokens a batch has. One core does 7,800 a second up to 450 at a time, 6,000 at 900, 5,400 at 1,800."""
_BATCH_TEXTS = 96
_MOST_CALL_TOKENS = 1_024
"""How many tokens a call of the session may have, so that its memory is bounded; more only where one text has more."""
_CALL_TOKENS = 16
"""What one more call of the session costs, in tokens."""
_MOST_WORKERS = 8
_IN_TURN = 4
"""Every so many batches the caller who has waited longest comes first."""


@dataclass(eq=False, slots=True)
class _Request:
    """A caller's texts, those that are left in the order in which they will be taken: the longest first."""

    texts: Sequence[str]
    left: deque[int]
    vectors: Vectors
    future: Future[Vectors] = field(default_factory=Future)
    unfinished: int = 0


class Engine:
    """The loaded model. May be used by several threads and event loops at once."""

    def __init__(self, found: files.Files, workers: int | None = None) -> None:
        """Load the model from its files; takes a quarter of a second.

        Raises:
            WeightsInvalid: if they are not what they were when they were made.
        """
        files.check(found)
        try:
            self._session = _session(found.graph)
            self._width = int(self._session.get_outputs()[0].shape[1])
            self._tokenizer = tokenizer.load(found.vocabulary)
            self.static = static.load(found, self._tokenizer)
            """Vectors made of a text's words alone, if the weights for them that ship fit this model."""
        except (ValueError, KeyError, TypeError, IndexError):
            raise WeightsInvalid(
                "The embedding model in the cache cannot be loaded; delete its folder and run `expunge models pull`."
            ) from None
        self._most_workers = workers or min(_MOST_WORKERS, _cores())
        self._usual_workers = max(1, self._most_workers - 1)
        self._workers: list[threading.Thread] = []
        self._idle = 0
        self._waiting: list[_Request] = []
        self._turn = 0
        self._closing = False
        self._changed = threading.Condition()

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, shape (len(texts), dimensions); of each text the first 2,000 characters count."""
        return await asyncio.wrap_future(self.submit(texts))

    def submit(self, texts: Sequence[str]) -> Future[Vectors]:
        """The same for callers without an event loop; if the future is cancelled, what is left is not done."""
        left = deque(sorted(range(len(texts)), key=lambda number: -_guessed(texts[number])))
        request = _Request(texts, left, np.empty((len(texts), self._width), dtype=np.float32))
        request.unfinished = len(left)
        if not left:
            request.future.set_result(request.vectors)
            return request.future
        with self._changed:
            self._waiting.append(request)
            self._call_worker()
        return request.future

    def tokens(self, text: str) -> int:
        """Return how many tokens a text has under the model, with all that is put about it."""
        return sum(map(len, self._rows(text)))

    def close(self) -> None:
        """Finish the batches that are being worked on, and leave the rest."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        for worker in self._workers:
            worker.join()

    def _call_worker(self) -> None:
        """Wake a worker, or take one on, unless those at work will do; the lock is held."""
        if self._busy() >= self._usual_workers and self._left() < _BATCH_TOKENS:
            return
        if self._idle:
            self._changed.notify()
        elif len(self._workers) < self._most_workers:
            worker = threading.Thread(target=self._work, name="expunge-embedding", daemon=True)
            self._workers.append(worker)
            worker.start()

    def _work(self) -> None:
        while True:
            with self._changed:
                while not (batch := [] if self._closing else self._taken()):
                    if self._closing:
                        return
                    self._idle += 1
                    self._changed.wait()
                    self._idle -= 1
                if any(request.left for request in self._waiting):
                    self._call_worker()
            try:
                vectors = self._embedded([request.texts[number] for request, number in batch])
            except Exception:  # noqa: BLE001 - the runtime's errors have no base, and whoever waits must be told
                self._failed({request for request, _ in batch})
            else:
                self._finished(batch, vectors)

    def _taken(self) -> list[tuple[_Request, int]]:
        """Take texts of those who wait, for one batch."""
        self._waiting = [request for request in self._waiting if request.left and not request.future.cancelled()]
        self._turn = (self._turn + 1) % _IN_TURN
        order = self._waiting if self._turn == 0 else sorted(self._waiting, key=lambda request: len(request.left))
        taken: list[tuple[_Request, int]] = []
        tokens, most = 0, self._share()
        for request in order:
            while request.left and len(taken) < _BATCH_TEXTS:
                size = _guessed(request.texts[request.left[0]])
                if taken and tokens + size > most:
                    break
                taken.append((request, request.left.popleft()))
                tokens += size
        return taken

    def _share(self) -> int:
        """Return how many tokens one worker takes of what waits, so that those who are free have as many each."""
        free = max(1, 1 + self._usual_workers - self._busy())
        return min(_BATCH_TOKENS, -(-self._left(free * _BATCH_TOKENS) // free)) if free > 1 else _BATCH_TOKENS

    def _busy(self) -> int:
        """Return how many workers are at work."""
        return len(self._workers) - self._idle

    def _left(self, enough: int = _BATCH_TOKENS) -> int:
        """Return how many tokens wait, counted until they are `enough`."""
        tokens = 0
        for request in self._waiting:
            for number in request.left:
                tokens += _guessed(request.texts[number])
                if tokens >= enough:
                    return tokens
        return tokens

    def _finished(self, batch: Sequence[tuple[_Request, int]], vectors: Vectors) -> None:
        with self._changed:
            done = []
            for (request, number), vector in zip(batch, vectors, strict=True):
                request.vectors[number] = vector
                request.unfinished -= 1
                if not request.unfinished:
                    done.append(request)
        for request in done:
            if request.future.set_running_or_notify_cancel():
                request.future.set_result(request.vectors)

    def _failed(self, requests: set[_Request]) -> None:
        with self._changed:
            for request in requests:
                request.left.clear()
        for request in requests:
            if not request.future.done() and request.future.set_running_or_notify_cancel():
                request.future.set_exception(ModelError("The embedding model failed; free some memory and try again."))

    def _rows(self, text: str) -> list[list[int]]:
        """The ids of a text, in as many parts as it takes."""
        cut, most = self._tokenizer, MOST_TOKENS - 2
        ids = cut.ids(_PREFIX + encodable(text[:MOST_CHARACTERS]))
        return [[cut.begin, *ids[start : start + most], cut.end] for start in range(0, len(ids), most)]

    def _embedded(self, texts: Sequence[str]) -> Vectors:
        parts = [self._rows(text) for text in texts]
        vectors = self._run([row for rows in parts for row in rows])
        if all(len(rows) == 1 for rows in parts):
            return vectors
        # A text in parts has the mean of theirs, each weighed by its length, as if the model took it all at once.
        weights = np.array([len(row) - 2 for rows in parts for row in rows], dtype=np.float32)
        starts = np.cumsum([0, *map(len, parts[:-1])])
        sums = np.add.reduceat(vectors * weights[:, None], starts, axis=0)
        mean: Vectors = sums / np.linalg.norm(sums, axis=1, keepdims=True)
        return mean

    def _run(self, rows: Sequence[Sequence[int]]) -> Vectors:
        order = sorted(range(len(rows)), key=lambda number: len(rows[number]))
        vectors = np.empty((len(rows), self._width), dtype=np.float32)
        for some in _groups(order, [len(rows[number]) for number in order]):
            lengths = np.array([len(rows[number]) for number in some], dtype=np.int64)
            ids = np.full((len(some), lengths[-1]), self._tokenizer.padding, dtype=np.int64)
            for row, number in enumerate(some):
                ids[row, : lengths[row]] = rows[number]
            vectors[some] = self._session.run([VECTORS], {IDS: ids, LENGTHS: lengths})[0]
        return vectors


_engines: dict[Path, Engine] = {}
_lock = threading.Lock()


def running(found: files.Files) -> Engine | None:
    """The process's engine for some files, if it is loaded."""
    return _engines.get(found.folder)


def loaded(found: files.Files) -> Engine:
    """The process's engine for some files, loaded if it is not.

    Raises:
        WeightsInvalid: if the files are damaged.
    """
    with _lock:
        engine = _engines.get(found.folder)
        if engine is None:
            engine = _engines[found.folder] = Engine(found)
        return engine


def _close_all() -> None:
    for engine in _engines.values():
        engine.close()


def _forget_all() -> None:
    """A forked process has none of the threads, and must load its own."""
    global _lock
    _engines.clear()
    _lock = threading.Lock()


atexit.register(_close_all)
os.register_at_fork(after_in_child=_forget_all)


def _session(graph: Path) -> Any:
    import onnxruntime

    # What it remarks upon is of no use to whoever reads our errors, and may name files.
    onnxruntime.set_default_logger_severity(4)
    options = onnxruntime.SessionOptions()
    # Two threads that share a batch wait for each other at each of its many small steps: a sentence takes a fifth
    # longer than with one, and two thirds more of the processor.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    # Batches differ in shape: a plan for each would only fill memory. The arena is as large as the largest batch.
    options.enable_mem_pattern = False
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the runtime's errors have no base; a graph that it cannot read is a damaged file
        raise ValueError from error


def _groups(order: Sequence[int], lengths: Sequence[int]) -> list[list[int]]:
    """Texts, the shortest first, parted where filling up to the longest would cost more than one more call."""
    # Where the lengths change, the end included: groups end there.
    ends = [place for place in range(1, len(order)) if lengths[place] != lengths[place - 1]]
    ends = [0, *ends, len(order)] if order else [0]
    # The least cost of the texts up to each of these places, and from which the last group of them begins.
    cost = [0] * len(ends)
    begins = [0] * len(ends)
    for number in range(1, len(ends)):
        end = ends[number]
        longest = lengths[end - 1]
        cost[number], begins[number] = min(
            (cost[first] + (end - ends[first]) * longest + _CALL_TOKENS, first) for first in range(number)
        )
    groups: list[list[int]] = []
    number = len(ends) - 1
    while number:
        start, end = ends[begins[number]], ends[number]
        most = max(1, _MOST_CALL_TOKENS // lengths[end - 1])
        groups += (list(order[place : min(end, place + most)]) for place in range(start, end, most))
        number = begins[number]
    return groups


def _guessed(text: str) -> int:
    """About how many tokens a text has."""
    size = min(len(text), MOST_CHARACTERS)
    return 6 + (size // 4 if text.isascii() else size // 3)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
