"""`/healthz`, `/readyz` and `/metrics`: for whoever runs the gateway."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse

from expunge.errors import ExpungeError
from expunge.gateway.caller import Gatekeeper
from expunge.gateway.metrics import CONTENT_TYPE, Metrics
from expunge.gateway.problems import of_error
from expunge.gateway.readiness import BAD, Health, Readiness

_WORDS = {Health.OK: "ready", Health.DEGRADED: "degraded", **dict.fromkeys(BAD, "not ready")}
_FRESH = {"cache-control": "no-store"}


def operations_router(gatekeeper: Gatekeeper, readiness: Readiness, metrics: Metrics) -> APIRouter:
    """The three routes. Anybody may ask for the first two, which tell of no target.

    Metrics count refusals: whoever sees them move while asking about somebody learns who is registered. So they take a
    key with the scope `audit:read`.
    """
    router = APIRouter(include_in_schema=False)

    @router.get("/healthz")
    async def healthz() -> Response:
        return JSONResponse({"status": "ok"}, headers=_FRESH)

    @router.get("/readyz")
    async def readyz() -> Response:
        state = await readiness.state()
        body = {"status": _WORDS[state.health], "checks": {name: part.value for name, part in state.parts.items()}}
        return JSONResponse(body, 503 if state.health in BAD else 200, headers=_FRESH)

    @router.get("/metrics")
    async def shown(request: Request) -> Response:
        try:
            await gatekeeper.admit(request, "audit:read")
        except ExpungeError as error:
            return of_error(error).response()
        return Response(await run_in_threadpool(metrics.page), media_type=CONTENT_TYPE, headers=_FRESH)

    return router
