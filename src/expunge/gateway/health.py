"""Whether the gateway can serve, and its numbers: `/healthz`, `/readyz` and `/metrics`, for whoever runs it.

Its upstream, its registry, its models and its log are asked seldom and with short waits. A part that fails without
making an answer wrong only degrades the gateway: it stays ready, and says so.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse

from expunge.assemble import Parts
from expunge.errors import ExpungeError, MissingError, WeightsInvalid
from expunge.gateway.access.principal import OPERATOR, Authenticator, Principal, Tenants
from expunge.gateway.errors import Denied
from expunge.gateway.http_errors import problem_for
from expunge.gateway.proxy.moderator import Moderator
from expunge.gateway.telemetry.decision_writer import DecisionWriter
from expunge.gateway.telemetry.metrics import CONTENT_TYPE, Metrics
from expunge.gateway.upstream.base import Upstream, UpstreamRequest
from expunge.gateway.upstream.local import ModelUpstream
from expunge.models.embedded import EmbeddedChat
from expunge.models.embeddings import CachedEmbeddings, EmbeddedEmbeddings
from expunge.registry.store import Registry
from expunge.types import NOTHING_PENDING, Pending

_FRESH = 5.0
"""Seconds for which an answer is given again without asking."""
_FRESH_FAILURE = 0.5
_TIMEOUT = 2.0
_STALE = 60.0
"""Seconds without a sight of the database after which its targets may be too old to answer by."""
AT_ONCE = ("registry", "targets", "decisions")
"""Parts whose health is known without asking anybody: they are looked at each time."""
_NOT_STORED = {"cache-control": "no-store"}


class Health(StrEnum):
    """The state of a part."""

    OK = "ok"
    DEGRADED = "degraded"
    """It does not do all that it should; answers are right all the same."""
    MISSING = "missing"
    """What it needs is not there; nothing can be answered."""
    FAILED = "failed"


BAD = (Health.MISSING, Health.FAILED)
"""Of a part without which the gateway is not ready."""

Check = Callable[[], Awaitable[Health]]


@dataclass(frozen=True, slots=True)
class State:
    """The state of all parts, and what is not embedded yet."""

    parts: Mapping[str, Health]
    pending: Pending = NOTHING_PENDING

    @property
    def health(self) -> Health:
        """The health of the worst part."""
        order = (Health.OK, Health.DEGRADED, Health.MISSING, Health.FAILED)
        return max(self.parts.values(), key=order.index, default=Health.OK)


class Readiness:
    """Asks each part how it is; at most once in a few seconds, whoever wants to know, but those of `at_once`."""

    def __init__(
        self,
        checks: Mapping[str, Check],
        clock: Callable[[], float] = time.monotonic,
        at_once: Collection[str] = (),
        pending: Callable[[], Pending] = Pending,
    ) -> None:
        self._checks = dict(checks)
        self._at_once = frozenset(at_once)
        self._clock = clock
        self._pending = pending
        self._lock = asyncio.Lock()
        self._state = State({})
        self._until = float("-inf")

    async def state(self) -> State:
        """Return how the parts are now, or were a moment ago."""
        async with self._lock:
            due = self._clock() >= self._until
            asked = {name: check for name, check in self._checks.items() if due or name in self._at_once}
            found = await asyncio.gather(*map(_ask, asked.values()))
            parts = {**self._state.parts, **dict(zip(asked, found, strict=True))}
            self._state = State(parts, self._pending())
            if due:
                self._until = self._clock() + (_FRESH_FAILURE if self._state.health in BAD else _FRESH)
            return self._state


def checks_of(
    parts: Parts, upstream: Upstream, writer: DecisionWriter | None, moderator: Moderator
) -> dict[str, Check]:
    """A check for each part of a gateway."""

    async def registry() -> Health:
        return await asyncio.to_thread(health_of_registry, parts.registry)

    async def reachable() -> Health:
        async with upstream.open(UpstreamRequest("models")) as received:
            # Some endpoints do not list their models, or only to those with a key; they answer all the same.
            return Health.OK if received.status < 500 else Health.FAILED

    async def models() -> Health:
        embeddings = parts.embeddings.inner if isinstance(parts.embeddings, CachedEmbeddings) else parts.embeddings
        if isinstance(embeddings, EmbeddedEmbeddings) and not parts.screen.semantic.in_use:
            # Loaded it takes 120 MB, which nobody needs while there are names alone.
            await embeddings.find()
        else:
            await parts.embeddings.embed(["ready"])
        return await asyncio.to_thread(health_of_weights, parts, answering=isinstance(upstream, ModelUpstream))

    checks: dict[str, Check] = {
        "registry": registry,
        "targets": _Indexed(parts, moderator),
        "upstream": reachable,
        "models": models,
    }
    if writer is not None:

        async def decisions() -> Health:
            return health_of_log(writer)

        checks["decisions"] = decisions
    return checks


class _Indexed:
    """Failed until the targets are indexed for the first time; degraded while facts wait for their vectors.

    It has what was registered meanwhile indexed, too, so that what is not embedded of it is counted though nobody asks.
    """

    def __init__(self, parts: Parts, moderator: Moderator) -> None:
        self._parts = parts
        self._moderator = moderator
        self._work: asyncio.Task[None] | None = None

    async def __call__(self) -> Health:
        if self._work is None or self._work.done():
            preparing = self._moderator.prepare(self._parts, self._parts.registry.snapshot())
            self._work = asyncio.create_task(preparing)
        # It goes on when this is no longer waited for.
        done, _ = await asyncio.wait([self._work], timeout=_TIMEOUT / 2)
        failed = not done or self._work.exception() is not None
        if failed and not self._moderator.has_prepared(self._parts):
            return Health.FAILED
        return Health.DEGRADED if self._parts.screen.pending_embeddings else Health.OK


def health_of_registry(registry: Registry) -> Health:
    """Degraded while the database cannot be looked at, failed once the targets in memory may be too old, or at once
    where a change would not last."""
    freshness = registry.freshness()
    if freshness.lost:
        return Health.FAILED
    if not freshness.problem:
        return Health.OK
    return Health.DEGRADED if freshness.age < _STALE else Health.FAILED


def health_of_weights(parts: Parts, *, answering: bool) -> Health:
    """Missing where the model that answers in this process, if one does, has no file; degraded where an agent that a
    model must play has none, since what it should judge is then refused.

    Raises:
        WeightsInvalid: if the file of the model that answers is no model.
    """
    if answering and isinstance(parts.vanilla, EmbeddedChat):
        try:
            parts.vanilla.check()
        except MissingError:
            return Health.MISSING
    if parts.settings.policy.agents == "model":
        for model in parts.models.values():
            try:
                if isinstance(model, EmbeddedChat):
                    model.check()
            except (MissingError, WeightsInvalid):
                return Health.DEGRADED
    return Health.OK


def health_of_log(writer: DecisionWriter) -> Health:
    """Degraded while decisions cannot be written, or after one was lost."""
    return Health.OK if writer.alive and not writer.problem and not writer.lost else Health.DEGRADED


async def _ask(check: Check) -> Health:
    try:
        async with asyncio.timeout(_TIMEOUT):
            return await check()
    except (ExpungeError, TimeoutError):
        return Health.FAILED


_WORDS = {Health.OK: "ready", Health.DEGRADED: "degraded", **dict.fromkeys(BAD, "not ready")}


def operations_router(
    authenticator: Authenticator, tenants: Tenants, readiness: Readiness, metrics: Metrics
) -> APIRouter:
    """The three routes. Anybody may ask for the first two, which tell of no target.

    Metrics count refusals: whoever sees them move while asking about somebody learns who is registered. So they take a
    key with the scope `audit:read`, and are those of its tenant alone. An operator's key sees all in one, or, asking
    for `?tenant=NAME`, one tenant's.
    """
    router = APIRouter(include_in_schema=False)

    @router.get("/healthz")
    async def healthz() -> Response:
        return JSONResponse({"status": "ok"}, headers=_NOT_STORED)

    @router.get("/readyz")
    async def readyz() -> Response:
        state = await readiness.state()
        body = {
            "status": _WORDS[state.health],
            "checks": {name: part.value for name, part in state.parts.items()},
            "pending": {"facts": state.pending.facts, "targets": state.pending.targets},
        }
        return JSONResponse(body, 503 if state.health in BAD else 200, headers=_NOT_STORED)

    @router.get("/metrics")
    async def shown(request: Request, tenant: str | None = None) -> Response:
        try:
            principal = await _admitted(authenticator, request)
            if tenant is None and principal.may(OPERATOR):
                page = await run_in_threadpool(metrics.page)
            elif tenant in (None, principal.tenant) or principal.may(OPERATOR):
                parts = await tenants.parts(tenant or principal.tenant)
                page = await run_in_threadpool(metrics.page_of, parts.registry)
            else:
                raise Denied(
                    "These are the numbers of another tenant; ask for your own.", status=403, kind="permission_error"
                )
        except ExpungeError as error:
            return problem_for(error).response()
        return Response(page, media_type=CONTENT_TYPE, headers=_NOT_STORED)

    return router


async def _admitted(authenticator: Authenticator, request: Request) -> Principal:
    """Whoever may see metrics, be it all or those of a tenant.

    Raises:
        Denied: for anybody else.
    """
    try:
        return await authenticator.admit(request, OPERATOR)
    except Denied as denied:
        if denied.code != "insufficient_scope":
            raise
    return await authenticator.admit(request, "audit:read")
