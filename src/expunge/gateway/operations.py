"""`/healthz`, `/readyz` and `/metrics`: for whoever runs the gateway."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse

from expunge.errors import ExpungeError
from expunge.gateway.caller import OPERATOR, Caller, Denied, Gatekeeper
from expunge.gateway.metrics import CONTENT_TYPE, Metrics
from expunge.gateway.problems import of_error
from expunge.gateway.readiness import BAD, Health, Readiness
from expunge.gateway.tenancy import Tenancy

_WORDS = {Health.OK: "ready", Health.DEGRADED: "degraded", **dict.fromkeys(BAD, "not ready")}
_FRESH = {"cache-control": "no-store"}


def operations_router(gatekeeper: Gatekeeper, tenancy: Tenancy, readiness: Readiness, metrics: Metrics) -> APIRouter:
    """The three routes. Anybody may ask for the first two, which tell of no target.

    Metrics count refusals: whoever sees them move while asking about somebody learns who is registered. So they take a
    key with the scope `audit:read`, and are those of its tenant alone. An operator's key sees all in one, or, asking
    for `?tenant=NAME`, one tenant's.
    """
    router = APIRouter(include_in_schema=False)

    @router.get("/healthz")
    async def healthz() -> Response:
        return JSONResponse({"status": "ok"}, headers=_FRESH)

    @router.get("/readyz")
    async def readyz() -> Response:
        state = await readiness.state()
        body = {
            "status": _WORDS[state.health],
            "checks": {name: part.value for name, part in state.parts.items()},
            "pending": {"facts": state.pending.facts, "targets": state.pending.targets},
        }
        return JSONResponse(body, 503 if state.health in BAD else 200, headers=_FRESH)

    @router.get("/metrics")
    async def shown(request: Request, tenant: str | None = None) -> Response:
        try:
            caller = await _admitted(gatekeeper, request)
            if tenant is None and caller.may(OPERATOR):
                page = await run_in_threadpool(metrics.page)
            elif tenant in (None, caller.tenant) or caller.may(OPERATOR):
                parts = await tenancy.parts(tenant or caller.tenant)
                page = await run_in_threadpool(metrics.page_of, parts.registry)
            else:
                raise Denied(
                    "These are the numbers of another tenant; ask for your own.", status=403, kind="permission_error"
                )
        except ExpungeError as error:
            return of_error(error).response()
        return Response(page, media_type=CONTENT_TYPE, headers=_FRESH)

    return router


async def _admitted(gatekeeper: Gatekeeper, request: Request) -> Caller:
    """Whoever may see metrics, be it all or those of a tenant.

    Raises:
        Denied: for anybody else.
    """
    try:
        return await gatekeeper.admit(request, OPERATOR)
    except Denied as denied:
        if denied.code != "insufficient_scope":
            raise
    return await gatekeeper.admit(request, "audit:read")
