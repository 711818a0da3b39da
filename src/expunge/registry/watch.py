"""A thread that keeps what a process holds of the registry fresh, so that requests need not ask the database."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Freshness:
    """How far a snapshot can be trusted to be the newest.

    `age` is the seconds since the database was last looked at with success; `problem` is a sentence on why the last
    look failed, "" if it did not. While there is a problem requests are answered by the last snapshot. `lost` is
    whether it does not pass by itself: the database is gone or emptied, or takes no changes any more.
    """

    revision: int
    age: float
    problem: str = ""
    lost: bool = False


class Watcher:
    """Calls `look` again and again until it is stopped, and waits by `wait` between; neither must raise.

    `wait` is given seconds and an event, and says whether the event is set.
    """

    def __init__(
        self, look: Callable[[], None], wait: Callable[[float, threading.Event], bool], seconds: float
    ) -> None:
        self._look = look
        self._wait = wait
        self._seconds = max(seconds, 0.01)
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name="expunge-registry", daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether the thread still runs."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """End the thread and wait for it."""
        self._end.set()
        if self._thread is not threading.current_thread():
            self._thread.join()

    def _run(self) -> None:
        while not self._wait(self._seconds, self._end):
            self._look()
