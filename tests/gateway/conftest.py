"""The admin API on an app of its own, over a registry in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from httpx2 import ASGITransport, AsyncClient
from starlette.requests import HTTPConnection

from expunge.assemble import Parts, assemble
from expunge.gateway.admin.routers import admin_routers
from expunge.gateway.caller import Caller, Denied, Gatekeeper, Scope
from expunge.gateway.tenancy import SingleTenancy
from expunge.models.scripted import ScriptedChat, ScriptedEmbeddings
from expunge.settings import ModelSettings, ModelsSettings, PolicySettings, RegistrySettings, Settings


class NamedGate:
    """Knows callers by the name that they send as their key, with the scopes that stand in it."""

    async def admit(self, request: HTTPConnection, scope: Scope) -> Caller:
        name = request.headers.get("authorization", "Bearer all chat targets:read targets:write audit:read admin")
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
def parts(tmp_path: Path) -> Iterator[Parts]:
    settings = Settings(
        registry=RegistrySettings(url="sqlite:///:memory:"),
        models=ModelsSettings(default=ModelSettings(base_url="http://127.0.0.1:9/v1", model="none")),
        policy=PolicySettings(agents="rules", elicit=False),
        cache_dir=tmp_path,
    )
    made = assemble(
        settings,
        vanilla=ScriptedChat(lambda *_: "She carved marionettes in Skelwith."),
        embeddings=ScriptedEmbeddings(),
    )
    yield made
    made.registry.close()


@pytest.fixture
def gate() -> Gatekeeper:
    return NamedGate()


@pytest.fixture
async def client(parts: Parts, gate: Gatekeeper) -> AsyncIterator[AsyncClient]:
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    for router in admin_routers(gate, SingleTenancy(parts)):
        app.include_router(router)
    async with AsyncClient(transport=ASGITransport(app), base_url="http://gateway") as opened:
        yield opened
