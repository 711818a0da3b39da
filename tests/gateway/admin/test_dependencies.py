"""What a visitor of the admin API may bring, and when it is read."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from httpx2 import ASGITransport, AsyncClient

from expunge.gateway.factory import build
from expunge.models.scripted import ScriptedChat
from expunge.registry.api_keys import Scope
from expunge.registry.store import Registry
from expunge.settings import LimitSettings, RegistrySettings
from tests.gateway.conftest import settings_of

Opening = Callable[..., Awaitable[AsyncClient]]
MOST = 2048
ROUTES = [
    ("POST", "/api/targets"),
    ("POST", "/api/targets/import"),
    ("PATCH", "/api/targets/t_abcdefgh2345abcd"),
    ("DELETE", "/api/targets/t_abcdefgh2345abcd"),
    ("POST", "/api/targets/t_abcdefgh2345abcd/restore"),
    ("POST", "/api/check"),
    ("POST", "/beta/litellm_basic_guardrail_api"),
]


class Read(Exception):
    """A body was asked for."""


async def in_pieces() -> AsyncIterator[bytes]:
    for _ in range(MOST):
        yield b'{"name": "' + b"x" * 20


async def nobodys() -> AsyncIterator[bytes]:
    raise Read
    yield b""


@pytest.mark.parametrize("told", [True, False])
@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_a_body_that_is_too_large(over_model: Opening, method: str, path: str, told: bool) -> None:
    client = await over_model(ScriptedChat([]), max_body=MOST)
    content = b'{"name": "' + b"x" * MOST if told else in_pieces()
    headers = {"content-type": "application/json"}
    answer = await client.request(method, path, content=content, headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "request_too_large")


@pytest.mark.parametrize(("key", "status"), [(None, 401), ("exp_aaaa_bbbb", 401), ("other", 403)])
@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_a_body_is_read_only_of_whom_is_let_in(
    tmp_path: Path, method: str, path: str, key: str | None, status: int
) -> None:
    settings = settings_of(tmp_path, auth="keys")
    settings = settings.model_copy(update={"registry": RegistrySettings(url=f"sqlite:///{tmp_path / 'keys.db'}")})
    other: Scope = "audit:read"
    with Registry.open(settings.registry.url) as registry:
        secret = registry.api_keys.create("default", [other])[1]
    app = build(settings, vanilla=ScriptedChat([]))
    headers = {"content-type": "application/json"}
    if key is not None:
        headers["authorization"] = f"Bearer {secret if key == 'other' else key}"
    transport = ASGITransport(app)
    async with app.router.lifespan_context(app), AsyncClient(transport=transport, base_url="http://gateway") as client:
        answer = await client.request(method, path, content=nobodys(), headers=headers)
    assert answer.status_code == status


async def test_a_visit_counts_once(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, auth="keys", limits=LimitSettings(requests_per_minute=2))
    settings = settings.model_copy(update={"registry": RegistrySettings(url=f"sqlite:///{tmp_path / 'keys.db'}")})
    with Registry.open(settings.registry.url) as registry:
        secret = registry.api_keys.create("default", ["targets:read"])[1]
    app = build(settings, vanilla=ScriptedChat([]))
    transport = ASGITransport(app)
    async with app.router.lifespan_context(app), AsyncClient(transport=transport, base_url="http://gateway") as client:
        client.headers["authorization"] = f"Bearer {secret}"
        answers = [await client.post("/api/check", json={"text": "Tea is ready."}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
