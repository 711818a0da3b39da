"""The thread behind the sync face of the library."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import CancelledError
from typing import Any, TypeVar

from expunge.errors import UsageError

T = TypeVar("T")
_PATIENCE = 2.0
"""Seconds that work has to end by itself, such as the closing of a connection, before it is cancelled."""


class LoopThread:
    """An event loop in a thread of its own, started when the sync face is first used."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._stopped = False

    @property
    def inside(self) -> bool:
        """Whether this is called by work that the thread does."""
        return self._thread is threading.current_thread()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of work that is done there; whatever ends the wait early cancels the work, and gives it a moment
        to leave what it did in order.

        Raises:
            UsageError: if the thread was stopped, or would wait for itself.
        """
        begun: list[asyncio.Task[Any] | None] = []
        given_up, ended = threading.Event(), threading.Event()

        async def watched() -> T:
            begun.append(asyncio.current_task())
            try:
                if given_up.is_set():
                    raise asyncio.CancelledError
                return await work
            finally:
                ended.set()

        try:
            with self._lock:
                loop = self._started()
                future = asyncio.run_coroutine_threadsafe(watched(), loop)
            return future.result()
        except CancelledError:
            if not self._stopped:
                raise
            raise UsageError("The unlearner was closed while this was being done; open it again.") from None
        except BaseException:
            # Ctrl-C in the waiting thread must stop the model calls behind it, but not before what they led to is
            # stored: whoever waited closes the registry next.
            given_up.set()
            if not begun:
                work.close()  # nor will it begin
            elif not ended.is_set():
                for task in filter(None, begun):
                    task.get_loop().call_soon_threadsafe(task.cancel)
                ended.wait(_PATIENCE)
            raise

    async def arun(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of work that is done there, for code on another event loop, which is not held up meanwhile.

        Raises:
            UsageError: if the thread was stopped, or would wait for itself.
        """
        try:
            with self._lock:
                future = asyncio.run_coroutine_threadsafe(work, self._started())
        except UsageError:
            work.close()
            raise
        try:
            return await asyncio.wrap_future(future)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if not self._stopped or (task is not None and task.cancelling()):
                raise
            raise UsageError("The unlearner was closed while this was being done; open it again.") from None

    def stop(self) -> None:
        """End the thread, if it was started, and wait for it. Nothing runs any more; more than once does no harm."""
        with self._lock:
            self._stopped = True
            loop, thread = self._loop, self._thread
            self._loop = None
        if loop is not None:
            loop.call_soon_threadsafe(loop.stop)
        if thread is not None:
            thread.join()

    def _started(self) -> asyncio.AbstractEventLoop:
        if self._stopped:
            raise UsageError("The unlearner is closed; open it again.")
        if self.inside:
            raise UsageError(
                "A sync method was called from within the unlearner's own work, which would wait for itself; "
                "use AsyncUnlearner there and await its method."
            )
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            self._thread = threading.Thread(target=_serve, args=(self._loop,), name="expunge", daemon=True)
            self._thread.start()
        return self._loop


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    """Run the loop until it is stopped, and take it down here: another thread may have a loop of its own running."""
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
    finally:
        try:
            if pending := asyncio.all_tasks(loop):
                loop.run_until_complete(asyncio.wait(pending, timeout=_PATIENCE))
            left = [task for task in asyncio.all_tasks(loop) if task.cancel()]
            loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.run_until_complete(loop.shutdown_default_executor())
        finally:
            asyncio.set_event_loop(None)
            loop.close()
