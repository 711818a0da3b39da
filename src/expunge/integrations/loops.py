"""Work of two event loops: the unlearner's, and that of a framework's caller."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, ParamSpec, TypeVar

T = TypeVar("T")
P = ParamSpec("P")


def here(work: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Awaitable[T]]:
    """Return the same work, to be asked for on any event loop and done on this one.

    A framework's connections belong to the loop of its caller, which need not be the unlearner's.
    """
    loop = asyncio.get_running_loop()

    async def done_here(*args: P.args, **kwargs: P.kwargs) -> T:
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work(*args, **kwargs), loop))

    return done_here
