"""Whether the gateway can serve: its upstream, its registry, its models and its log, asked seldom and with short waits.

A part that fails without making an answer wrong only degrades the gateway: it stays ready, and says so.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from expunge.assemble import Parts
from expunge.errors import ExpungeError
from expunge.gateway.deciding import Deciding
from expunge.gateway.decision_writer import DecisionWriter
from expunge.gateway.upstream import Call, Upstream
from expunge.registry.store import Registry

_FRESH = 5.0
"""Seconds for which an answer is given again without asking."""
_FRESH_FAILURE = 0.5
_TIMEOUT = 2.0
_STALE = 60.0
"""Seconds without a sight of the database after which its targets may be too old to answer by."""


class Health(StrEnum):
    """How a part is."""

    OK = "ok"
    DEGRADED = "degraded"
    """It does not do all that it should; answers are right all the same."""
    FAILED = "failed"


Check = Callable[[], Awaitable[Health]]


@dataclass(frozen=True, slots=True)
class State:
    """How all parts are."""

    parts: Mapping[str, Health]

    @property
    def health(self) -> Health:
        """That of the worst part."""
        order = (Health.OK, Health.DEGRADED, Health.FAILED)
        return max(self.parts.values(), key=order.index, default=Health.OK)


class Readiness:
    """Asks each part how it is; at most once in a few seconds, whoever wants to know."""

    def __init__(self, checks: Mapping[str, Check], clock: Callable[[], float] = time.monotonic) -> None:
        self._checks = dict(checks)
        self._clock = clock
        self._lock = asyncio.Lock()
        self._state = State({})
        self._until = float("-inf")

    async def state(self) -> State:
        """How the parts are now, or were a moment ago."""
        async with self._lock:
            if self._clock() >= self._until:
                found = await asyncio.gather(*map(_asked, self._checks.values()))
                self._state = State(dict(zip(self._checks, found, strict=True)))
                self._until = self._clock() + (_FRESH_FAILURE if self._state.health is Health.FAILED else _FRESH)
            return self._state


def checks_of(parts: Parts, upstream: Upstream, writer: DecisionWriter | None, deciding: Deciding) -> dict[str, Check]:
    """A check for each part of a gateway."""

    async def registry() -> Health:
        return health_of_registry(parts.registry)

    async def reachable() -> Health:
        async with upstream.open(Call("models")) as received:
            # Some endpoints do not list their models, or only to those with a key; they answer all the same.
            return Health.OK if received.status < 500 else Health.FAILED

    async def models() -> Health:
        await parts.embeddings.embed(["ready"])
        return Health.OK

    checks: dict[str, Check] = {
        "registry": registry,
        "targets": _Indexed(parts, deciding),
        "upstream": reachable,
        "models": models,
    }
    if writer is not None:

        async def decisions() -> Health:
            return health_of_log(writer)

        checks["decisions"] = decisions
    return checks


class _Indexed:
    """Failed until the targets are indexed for the first time; degraded while facts wait for their vectors."""

    def __init__(self, parts: Parts, deciding: Deciding) -> None:
        self._parts = parts
        self._deciding = deciding
        self._work: asyncio.Task[None] | None = None

    async def __call__(self) -> Health:
        if not self._deciding.has_prepared(self._parts):
            if self._work is None or self._work.done():
                preparing = self._deciding.prepare(self._parts, self._parts.registry.snapshot())
                self._work = asyncio.create_task(preparing)
            # It goes on when this is no longer waited for.
            done, _ = await asyncio.wait([self._work], timeout=_TIMEOUT / 2)
            if not done or self._work.exception() is not None:
                return Health.FAILED
        return Health.DEGRADED if self._parts.screen.unlearnt else Health.OK


def health_of_registry(registry: Registry) -> Health:
    """Degraded while the database cannot be looked at, failed once the targets in memory may be too old."""
    freshness = registry.freshness()
    if not freshness.problem:
        return Health.OK
    return Health.DEGRADED if freshness.age < _STALE else Health.FAILED


def health_of_log(writer: DecisionWriter) -> Health:
    """Degraded while decisions cannot be written, or after one was lost."""
    return Health.OK if writer.alive and not writer.problem and not writer.lost else Health.DEGRADED


async def _asked(check: Check) -> Health:
    try:
        async with asyncio.timeout(_TIMEOUT):
            return await check()
    except (ExpungeError, TimeoutError):
        return Health.FAILED
