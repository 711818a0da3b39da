"""The local engine: parts spread over processes of this machine."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import Connection

from expunge.corpus.parts import Order, Part, Result
from expunge.corpus.work import Worker
from expunge.errors import ScrubStopped

_AHEAD = 3
"""Parts a worker that are handed out before the first of them is back."""

_worker: Worker | None = None


def results_of(parts: Iterator[Part], order: Order, workers: int) -> Generator[Result]:
    """The results of parts in their order, worked on by `workers` processes.

    Raises:
        ScrubStopped: if a process died, as when memory runs out.
    """
    # Not forked: threads of the models and of the event loop do not survive a fork.
    context = multiprocessing.get_context("spawn")
    alive, ours = context.Pipe(duplex=False)
    pool = ProcessPoolExecutor(workers, context, _begin, (order, alive))
    waiting: deque[Future[Result]] = deque()
    try:
        for part in parts:
            waiting.append(pool.submit(_scrubbed, part))
            if len(waiting) >= workers * _AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    except BrokenProcessPool:
        raise ScrubStopped(
            "A process of the run ended by itself, perhaps for want of memory. What was done is kept: run it again, "
            "with fewer --workers."
        ) from None
    finally:
        # The processes see the other end close, and end in the middle of what they do.
        ours.close()
        alive.close()
        pool.shutdown(cancel_futures=True)


def _begin(order: Order, alive: Connection) -> None:
    global _worker
    # Ctrl-C goes to all processes of a terminal; the driver is the one that hears it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(alive,), daemon=True).start()
    _worker = Worker(order)


def _end_with(alive: Connection) -> None:
    """End this process when the driver has closed its end, or is gone."""
    try:
        alive.recv_bytes()
    except (EOFError, OSError):
        os._exit(0)


def _scrubbed(part: Part) -> Result:
    assert _worker is not None
    return _worker(part)
