"""The computing budget of one request, and the priority of requests over long work on the same processor.

Every algorithm that reads a text is linear in it, but some steps are expensive, and a hostile text can consist of those
only. So the processor time of a request's own steps is counted; work beyond the budget ends in an error, and the error
in a refusal. Waiting for a model or for other requests costs nothing.

Python runs one thread at a time and switches without regard to who is waited for. So a thread that works on a request
says so, and background work pauses after each small piece in the meantime. It never stops altogether: however many
requests come, about a third of the time remains for it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from typing import TypeVar

from expunge.errors import OverBudget

SECONDS = 4.0
"""Seconds of one processor core that may go into one request: ordinary texts of a million characters take about 2."""
_LOOKS = 32
"""Steps between two looks at the clock."""
_BRIEF = 0.001
"""Seconds of something counted until its thread's own time is asked for."""


class Budget:
    """The computing time left for one request. Not to be used by two threads at once.

    Asking for a thread's own time takes a system call, and most work that is counted takes less than a millisecond. So
    up to `_BRIEF` the wall clock counts, unless a thread reads at length.
    """

    __slots__ = ("_next_turn", "began", "counting", "exact", "left", "steps")

    def __init__(self, seconds: float) -> None:
        self.left = seconds
        self.steps = 0
        """Steps taken since somebody looked at the clock."""
        self.counting = False
        """Whether time is being counted."""
        self.began = 0.0
        self.exact = False
        """Whether it is the thread's own time that is counted from `_began` on."""
        self._next_turn = 0.0
        """When others get a turn, where this is read at length."""

    def check(self) -> None:
        """Look at once, and let others have a turn where this is read at length.

        A thread that lets go of the interpreter often and briefly, as many calls into C do, starves those that wait for
        it: whoever is woken finds it taken again, and only who has slept through an interval asks for it. So it steps
        aside for as long as it takes others to wake up.

        Raises:
            OverBudget: if nothing is left.
        """
        if reads_at_length() and time.monotonic() >= self._next_turn:
            time.sleep(_ASIDE)
            self._next_turn = time.monotonic() + _TURN
        if self.counting and self.take_off() < 0:
            raise _over()

    def take_off(self) -> float:
        """Take off what was counted so far; what is left."""
        now = time.thread_time() if self.exact else time.perf_counter()
        if not self.exact and now - self.began > _BRIEF:
            self.exact = True
            self.left -= now - self.began
            self.began = time.thread_time()
            return self.left
        self.left -= now - self.began
        self.began = now
        return self.left


_BUDGET: ContextVar[Budget | None] = ContextVar("budget", default=None)


class budget:
    """One budget for all that is done inside, in this task or in those begun here; one that holds already goes on."""

    __slots__ = ("_seconds", "_token")

    def __init__(self, seconds: float | None = None) -> None:
        self._seconds = seconds
        self._token: Token[Budget | None] | None = None

    def __enter__(self) -> Budget:
        held = _BUDGET.get()
        if held is None:
            held = Budget(SECONDS if self._seconds is None else self._seconds)
            self._token = _BUDGET.set(held)
        return held

    def __exit__(self, *_: object) -> None:
        if self._token is not None:
            _BUDGET.reset(self._token)


class counted:
    """Count the time of what is done inside, which must not await anything, against the budget that holds.

    A class, since a generator's context costs ten times as much, and every request enters several.

    Raises:
        OverBudget: on entering, if nothing is left of it.
    """

    __slots__ = ("_held",)

    def __enter__(self) -> None:
        self._held = None
        held = _BUDGET.get()
        if held is None:
            return
        if held.left <= 0:
            raise _over()
        if not held.counting:
            if not _BESIDE.get():
                _SERVED.add(threading.get_ident())
            self._held, held.counting, held.exact = held, True, reads_at_length()
            held.began = time.thread_time() if held.exact else time.perf_counter()

    def __exit__(self, *_: object) -> None:
        held = self._held
        if held is not None:
            _SERVED.discard(threading.get_ident())
            held.take_off()
            held.counting = False


def step() -> None:
    """One step of a loop over somebody's text; ends the work where the budget is spent.

    Raises:
        OverBudget: if nothing is left.
    """
    held = _BUDGET.get()
    if held is not None:
        held.steps += 1
        if held.steps >= _LOOKS:
            held.steps = 0
            held.check()


def check() -> None:
    """The same, for a step that takes long by itself.

    Raises:
        OverBudget: if nothing is left.
    """
    held = _BUDGET.get()
    if held is not None:
        held.check()


def _over() -> OverBudget:
    return OverBudget("The text takes too long to screen; send less of it at once.")


T = TypeVar("T")
_PIECE = 16
"""Values that are worked on between two looks at whether somebody is served."""
_MOMENT = 0.001
"""Seconds for which others go first."""

_TURN = 0.005
"""Seconds of reading at length after which others get a turn."""
_ASIDE = 0.000_05
"""Seconds for which a reader at length steps aside: as long as a thread takes to wake up."""

_BESIDE: ContextVar[bool] = ContextVar("beside", default=False)
_THREAD = threading.local()
_SERVED: set[int] = set()
"""The threads that work on a request right now."""


@contextmanager
def serving() -> Iterator[None]:
    """Have this thread go before what is worked on beside."""
    if not _BESIDE.get():
        _SERVED.add(threading.get_ident())
    try:
        yield
    finally:
        _SERVED.discard(threading.get_ident())


@contextmanager
def beside() -> Iterator[None]:
    """Let requests go before what is done inside, also where that is continued in other threads."""
    token = _BESIDE.set(True)
    try:
        yield
    finally:
        _BESIDE.reset(token)


def giving_way(values: Iterable[T]) -> Iterator[T]:
    """The values; between some of them requests go first, if they are worked on `beside`."""
    if not _BESIDE.get():
        yield from values
        return
    for number, value in enumerate(values):
        if not number % _PIECE:
            give_way()
        yield value


def give_way() -> None:
    """Let those who serve go first for a moment, if this is worked on `beside`."""
    if _SERVED and _BESIDE.get():
        time.sleep(_MOMENT)


def read_at_length() -> None:
    """Say that this thread reads what takes long, beside others with shorter work."""
    _THREAD.at_length = True


def reads_at_length() -> bool:
    """Whether this thread is reading at length."""
    return getattr(_THREAD, "at_length", False)
