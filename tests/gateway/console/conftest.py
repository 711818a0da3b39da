"""A browser before a gateway in this process, whose console is signed in to with keys."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from httpx2 import ASGITransport, AsyncClient, Response

from expunge.assemble import Parts
from expunge.gateway.factory import build
from expunge.models.scripted import ScriptedChat
from expunge.registry.store import Registry
from expunge.settings import RegistrySettings, Settings
from expunge.types import Target
from tests.gateway.conftest import settings_of

ALL = ("chat", "targets:read", "targets:write", "audit:read")


class Browser:
    """Keeps cookies, follows no redirect by itself, and sends forms with the token of the page that it was last on."""

    def __init__(self, client: AsyncClient) -> None:
        self.client = client

    async def get(self, path: str, **headers: str) -> Response:
        return await self.client.get(path, headers=headers)

    async def post(self, path: str, fields: dict[str, Any], **headers: str) -> Response:
        return await self.client.post(path, data=fields, headers=headers)

    async def sign_in(self, secret: str) -> Response:
        return await self.post("/console/sign-in", {"key": secret})

    async def send(self, page: str, path: str, **fields: Any) -> Response:
        """Load a page and send one of its forms, with its hidden token."""
        token = csrf_of((await self.get(page)).text)
        return await self.post(path, {"csrf": token, **fields})

    async def follow(self, response: Response) -> str:
        assert response.status_code == 303, response.text
        return text_of((await self.get(response.headers["location"])).text)


def csrf_of(page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found, page
    return found[1]


def text_of(page: str) -> str:
    """What a page says, without its tags."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


class Gateway:
    """A gateway with keys, and the registry behind it."""

    def __init__(self, app: Any, registry: Registry) -> None:
        self.app = app
        self.registry = registry

    def key(self, *scopes: str, tenant: str = "default") -> str:
        return self.registry.api_keys.create(tenant, scopes or ALL)[1]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = settings_of(tmp_path, auth="keys")
    return made.model_copy(update={"registry": RegistrySettings(url=f"sqlite:///{tmp_path / 'console.db'}")})


@pytest.fixture
async def gateway(settings: Settings) -> AsyncIterator[Gateway]:
    app = build(settings, vanilla=ScriptedChat(lambda *_: "She carved marionettes in Skelwith."))
    parts: Parts = app.state.lacking.args[1]
    async with app.router.lifespan_context(app):
        yield Gateway(app, parts.registry)


Opening = Callable[..., Awaitable[Browser]]


@pytest.fixture
async def browse(gateway: Gateway) -> AsyncIterator[Opening]:
    """Open a browser, signed in with a key of the scopes, or of all."""
    async with AsyncExitStack() as stack:

        async def opened(scopes: Sequence[str] | None = ALL, targets: Sequence[Target] = ()) -> Browser:
            if targets:
                gateway.registry.add_many(targets)
            transport = ASGITransport(gateway.app, raise_app_exceptions=False)
            client = await stack.enter_async_context(AsyncClient(transport=transport, base_url="http://gateway"))
            browser = Browser(client)
            if scopes is not None:
                response = await browser.sign_in(gateway.key(*scopes))
                assert response.status_code == 303, response.text
            return browser

        yield opened
