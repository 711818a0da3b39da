"""The admin API on an app of its own, over a registry in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI
from httpx2 import ASGITransport, AsyncClient
from starlette.requests import HTTPConnection

from expunge.assemble import Parts
from expunge.gateway.access.principal import Caller, Denied, Gatekeeper, Scope
from expunge.gateway.access.tenants import SingleTenancy
from expunge.gateway.factory import admin_routers
from expunge.gateway.proxy.moderator import Deciding
from expunge.gateway.telemetry.observer import Observers


class NamedGate:
    """Knows callers by the name that they send as their key, with the scopes that stand in it."""

    async def admit(self, request: HTTPConnection, scope: Scope) -> Caller:
        name = request.headers.get("authorization", "Bearer all chat guard targets:read targets:write audit:read admin")
        key, *scopes = name.removeprefix("Bearer ").split()
        caller = Caller(scopes=frozenset(scopes), key_id=key)
        if not caller.may(scope):
            raise Denied("The key lacks a scope.", status=403, kind="permission_error")
        return caller

    def spend(self, caller: Caller, tokens: int) -> None:
        pass

    async def valid(self, caller: Caller) -> bool:
        return True


@pytest.fixture
def gate() -> Gatekeeper:
    return NamedGate()


@pytest.fixture
async def client(parts: Parts, gate: Gatekeeper) -> AsyncIterator[AsyncClient]:
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    deciding = Deciding()
    for router in admin_routers(gate, SingleTenancy(parts), deciding, Observers()):
        app.include_router(router)
    async with AsyncClient(transport=ASGITransport(app), base_url="http://gateway") as opened:
        yield opened
    await deciding.aclose()
