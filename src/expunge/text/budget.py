"""How much computing one request may cost: what would take longer ends in an error, and the error in a refusal.

Every algorithm that reads a text is linear in it, but not every step is cheap, and a text that somebody made for it can
be all dear steps. So whoever works on a request counts the processor's time that its own steps take; waiting for a
model, or for others, costs nothing.
"""

from __future__ import annotations

import time
from contextvars import ContextVar, Token

from expunge.errors import OverBudget
from expunge.text.precedence import Turns, begin_serving, end_serving

SECONDS = 4.0
"""Seconds of one processor core that may go into one request: ordinary texts of a million characters take about 2."""
_LOOKS = 32
"""Steps between two looks at the clock."""


class Budget:
    """What is left for one request. Not to be used by two threads at once."""

    __slots__ = ("_began", "_turns", "_until", "left", "steps")

    def __init__(self, seconds: float) -> None:
        self.left = seconds
        self.steps = 0
        """Steps taken since somebody looked at the clock."""
        self._began = 0.0
        self._until: float | None = None
        self._turns = Turns()

    def begin(self) -> bool:
        """Begin to count, unless that is being done; whether it is begun here, and so to be ended."""
        if self._until is not None:
            return False
        begin_serving()
        self._began = time.thread_time()
        self._until = self._began + self.left
        return True

    def end(self) -> None:
        """Take off what was counted."""
        end_serving()
        self._until = None
        self.left -= time.thread_time() - self._began

    def check(self) -> None:
        """Look at once, and let others have a turn where this is read at length.

        Raises:
            OverBudget: if nothing is left.
        """
        self._turns.give()
        if self._until is not None and time.thread_time() > self._until:
            raise _over()


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
