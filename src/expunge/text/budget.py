"""How much computing one request may cost: what would take longer ends in an error, and the error in a refusal.

Every algorithm that reads a text is linear in it, but not every step is cheap, and a text that somebody made for it can
be all dear steps. So whoever works on a request counts the processor's time that its own steps take; waiting for a
model, or for others, costs nothing.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from expunge.errors import OverBudget

SECONDS = 4.0
"""Seconds of one processor core that may go into one request: ordinary texts of a million characters take about 2."""
_LOOKS = 32
"""Steps between two looks at the clock."""


class Budget:
    """What is left for one request. Not to be used by two threads at once."""

    def __init__(self, seconds: float) -> None:
        self.left = seconds
        self._until: float | None = None
        self._steps = 0

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Count the time of what is done inside, which must not await anything."""
        if self._until is not None:
            yield
            return
        began = time.thread_time()
        self._until = began + self.left
        try:
            yield
        finally:
            self._until = None
            self.left -= time.thread_time() - began

    def step(self) -> None:
        """Look, now and then, whether anything is left.

        Raises:
            OverBudget: if not.
        """
        self._steps += 1
        if not self._steps % _LOOKS:
            self.check()

    def check(self) -> None:
        """Look at once.

        Raises:
            OverBudget: if nothing is left.
        """
        if self._until is not None and time.thread_time() > self._until:
            raise _over()


_BUDGET: ContextVar[Budget | None] = ContextVar("budget", default=None)


@contextmanager
def budget(seconds: float | None = None) -> Iterator[Budget]:
    """One budget for all that is done inside, in this task or in those begun here; one that holds already goes on."""
    held = _BUDGET.get()
    if held is not None:
        yield held
        return
    fresh = Budget(SECONDS if seconds is None else seconds)
    token = _BUDGET.set(fresh)
    try:
        yield fresh
    finally:
        _BUDGET.reset(token)


@contextmanager
def counted() -> Iterator[None]:
    """Count the time of what is done inside, which must not await anything, against the budget that holds.

    Raises:
        OverBudget: if nothing is left of it.
    """
    held = _BUDGET.get()
    if held is None:
        yield
        return
    if held.left <= 0:
        raise _over()
    with held.counted():
        yield


def step() -> None:
    """One step of a loop over somebody's text; ends the work where the budget is spent.

    Raises:
        OverBudget: if nothing is left.
    """
    held = _BUDGET.get()
    if held is not None:
        held.step()


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
