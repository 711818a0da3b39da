"""How much computing one request may cost: what would take longer ends in an error, and the error in a refusal.

Every algorithm that reads a text is linear in it, but not every step is cheap, and a text that somebody made for it can
be all dear steps. So whoever works on a request counts the processor's time that its own steps take; waiting for a
model, or for others, costs nothing.
"""

from __future__ import annotations

import time
from contextvars import ContextVar, Token

from expunge.errors import OverBudget
from expunge.text.precedence import Turns, begin_serving, end_serving, reads_at_length

SECONDS = 4.0
"""Seconds of one processor core that may go into one request: ordinary texts of a million characters take about 2."""
_LOOKS = 32
"""Steps between two looks at the clock."""
_BRIEF = 0.001
"""Seconds of something counted until its thread's own time is asked for."""


class Budget:
    """What is left for one request. Not to be used by two threads at once.

    To ask for a thread's own time takes a call of the system, and most of what is counted is over in less than a
    millisecond: until `_BRIEF` is over, it is the clock on the wall that counts, but where a thread reads at length.
    """

    __slots__ = ("_began", "_counting", "_exact", "_turns", "left", "steps")

    def __init__(self, seconds: float) -> None:
        self.left = seconds
        self.steps = 0
        """Steps taken since somebody looked at the clock."""
        self._counting = False
        self._began = 0.0
        self._exact = False
        """Whether it is the thread's own time that is counted from `_began` on."""
        self._turns = Turns()

    def begin(self) -> bool:
        """Begin to count, unless that is being done; whether it is begun here, and so to be ended."""
        if self._counting:
            return False
        begin_serving()
        self._counting, self._exact = True, reads_at_length()
        self._began = time.thread_time() if self._exact else time.perf_counter()
        return True

    def end(self) -> None:
        """Take off what was counted."""
        end_serving()
        self._take_off()
        self._counting = False

    def check(self) -> None:
        """Look at once, and let others have a turn where this is read at length.

        Raises:
            OverBudget: if nothing is left.
        """
        self._turns.give()
        if self._counting and self._take_off() < 0:
            raise _over()

    def _take_off(self) -> float:
        """Take off what was counted so far; what is left."""
        now = time.thread_time() if self._exact else time.perf_counter()
        if not self._exact and now - self._began > _BRIEF:
            self._exact = True
            self.left -= now - self._began
            self._began = time.thread_time()
            return self.left
        self.left -= now - self._began
        self._began = now
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
        held = _BUDGET.get()
        if held is not None and held.left <= 0:
            raise _over()
        self._held = held if held is not None and held.begin() else None

    def __exit__(self, *_: object) -> None:
        if self._held is not None:
            self._held.end()


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
