"""Who goes first where requests and long work beside them want the same processor.

Python runs one thread at a time, and takes turns without regard to who is waited for. So whoever works on a request
says so, and what is built beside stops for a moment after each small piece of work while that is so. It always goes
on: however many requests come, about a third of the time remains for it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

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


def begin_serving() -> None:
    """Have this thread go before what is worked on beside."""
    if not _BESIDE.get():
        _SERVED.add(threading.get_ident())


def end_serving() -> None:
    """The end of that."""
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


class Turns:
    """Turns that a thread which reads at length gives to others.

    A thread that lets go of the interpreter often and briefly, as many calls into C do, starves those that wait for it:
    whoever is woken finds it taken again, and only who has slept through an interval asks for it.
    """

    __slots__ = ("_next",)

    def __init__(self) -> None:
        self._next = 0.0

    def give(self) -> None:
        """Step aside for as long as it takes others to wake up, if it is time to, and this thread reads at length."""
        if reads_at_length() and time.monotonic() >= self._next:
            time.sleep(_ASIDE)
            self._next = time.monotonic() + _TURN


def read_at_length() -> None:
    """Say that this thread reads what takes long, beside others with shorter work."""
    _THREAD.at_length = True


def reads_at_length() -> bool:
    """Whether this thread said so."""
    return getattr(_THREAD, "at_length", False)
