"""The admin API on an app of its own, over a registry in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI
from httpx2 import ASGITransport, AsyncClient
from starlette.requests import HTTPConnection

from expunge.assemble import Parts
from expunge.gateway.access.principal import Authenticator, Principal, Scope, SingleTenant
from expunge.gateway.errors import Denied
from expunge.gateway.factory import admin_routers
from expunge.gateway.proxy.moderator import Moderator
from expunge.gateway.telemetry.observer import Observers


class NamedAuthenticator:
    """Knows callers by the name that they send as their key, with the scopes that stand in it."""

    async def admit(self, request: HTTPConnection, scope: Scope) -> Principal:
        name = request.headers.get("authorization", "Bearer all chat guard targets:read targets:write audit:read admin")
        key, *scopes = name.removeprefix("Bearer ").split()
        principal = Principal(scopes=frozenset(scopes), key_id=key)
        if not principal.may(scope):
            raise Denied("The key lacks a scope.", status=403, kind="permission_error")
        return principal

    def spend(self, principal: Principal, tokens: int) -> None:
        pass

    async def valid(self, principal: Principal) -> bool:
        return True


@pytest.fixture
def gate() -> Authenticator:
    return NamedAuthenticator()


@pytest.fixture
async def client(parts: Parts, gate: Authenticator) -> AsyncIterator[AsyncClient]:
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    moderator = Moderator()
    for router in admin_routers(gate, SingleTenant(parts), moderator, Observers()):
        app.include_router(router)
    async with AsyncClient(transport=ASGITransport(app), base_url="http://gateway") as opened:
        yield opened
    await moderator.aclose()
