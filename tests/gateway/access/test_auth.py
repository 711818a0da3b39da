"""Who is let in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from starlette.requests import HTTPConnection

from expunge.gateway.access.auth import ApiKeyAuthenticator, authenticator_for
from expunge.gateway.access.principal import AdmitEverybody, Principal, Scope
from expunge.gateway.errors import Denied
from expunge.gateway.http_errors import problem_for
from expunge.registry.store import Registry
from expunge.settings import LimitSettings, ServerSettings


@pytest.fixture
def registry() -> Iterator[Registry]:
    with Registry.open("sqlite:///:memory:", tenant="acme") as opened:
        yield opened


def request(path: str = "/v1/models", **headers: str) -> HTTPConnection:
    encoded = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return HTTPConnection({"type": "http", "path": path, "headers": encoded})


def made(registry: Registry, *scopes: Scope, requests: int | None = None, tokens: int | None = None) -> str:
    return registry.api_keys.create(
        "acme", scopes or ("chat",), requests_per_minute=requests, tokens_per_minute=tokens
    )[1]


@pytest.mark.parametrize("form", ["Bearer {}", "bearer {}", "BEARER  {} "])
async def test_a_key_opens_the_door_of_its_tenant(registry: Registry, form: str) -> None:
    secret = made(registry, "chat")
    principal = await ApiKeyAuthenticator(registry.api_keys, ServerSettings()).admit(
        request(authorization=form.format(secret)), "chat"
    )
    assert principal == Principal("acme", frozenset({"chat"}), registry.api_keys.list()[0].id)


async def test_where_the_key_stands(registry: Registry) -> None:
    secret = made(registry, "chat")
    own = ApiKeyAuthenticator(registry.api_keys, ServerSettings())
    upstream = ApiKeyAuthenticator(registry.api_keys, ServerSettings(authorization="upstream"))
    assert await own.admit(request(x_expunge_key=secret), "chat")
    assert await upstream.admit(request(authorization="Bearer sk-theirs", x_expunge_key=secret), "chat")
    for gate in (own, upstream):
        assert await gate.admit(request("/beta/litellm_basic_guardrail_api", x_api_key=secret), "chat")
        with pytest.raises(Denied, match="no API key"):
            await gate.admit(request("/api/targets", x_api_key=secret), "chat")
    assert await own.admit(request(x_api_key=f" {secret} "), "chat")
    assert await own.admit(request(x_api_key=" ", x_expunge_key=secret), "chat")
    with pytest.raises(Denied, match="not in force"):
        await own.admit(request(x_api_key=f"{secret}x", x_expunge_key=secret), "chat")
    with pytest.raises(Denied, match="not in force"):
        await own.admit(request(authorization="Bearer sk-1", x_api_key=secret), "chat")
    with pytest.raises(Denied, match="no API key"):
        await upstream.admit(request(x_api_key=secret), "chat")
    with pytest.raises(Denied, match="X-Expunge-Key"):
        await upstream.admit(request(authorization=f"Bearer {secret}"), "chat")


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer ", "Basic {}", "{}", "Bearer {}x", "Bearer exp_aaaa_bbbb", "Bearer sk-1", "Bearer é_ü_ö"],
)
async def test_without_a_key_in_force(registry: Registry, authorization: str) -> None:
    secret = made(registry, "admin")
    gate = ApiKeyAuthenticator(registry.api_keys, ServerSettings())
    with pytest.raises(Denied) as denied:
        await gate.admit(request(authorization=authorization.format(secret)), "chat")
    problem = problem_for(denied.value)
    assert (problem.status, problem.code, problem.headers) == (401, "invalid_api_key", {"www-authenticate": "Bearer"})
    assert secret not in problem.message


async def test_scopes(registry: Registry) -> None:
    gate = ApiKeyAuthenticator(registry.api_keys, ServerSettings())
    reader = request(authorization=f"Bearer {made(registry, 'chat', 'targets:read')}")
    admin = request(authorization=f"Bearer {made(registry, 'admin')}")
    await gate.admit(reader, "targets:read")
    await gate.admit(admin, "audit:read")
    with pytest.raises(Denied) as denied:
        await gate.admit(reader, "targets:write")
    problem = problem_for(denied.value)
    assert (problem.status, problem.code) == (403, "insufficient_scope")
    assert "targets:write" in problem.message


async def test_revoked_and_expired_keys(registry: Registry) -> None:
    gate = ApiKeyAuthenticator(registry.api_keys, ServerSettings())
    secret = made(registry)
    principal = await gate.admit(request(authorization=f"Bearer {secret}"), "chat")
    assert await gate.valid(principal)
    registry.api_keys.revoke(principal.key_id)
    assert not await gate.valid(principal)
    with pytest.raises(Denied):
        await gate.admit(request(authorization=f"Bearer {secret}"), "chat")

    now = [1_000_000.0]
    with Registry.open("sqlite:///:memory:", clock=lambda: now[0]) as other:
        ends = datetime.fromtimestamp(now[0], UTC) + timedelta(seconds=10)
        secret = other.api_keys.create("default", ["chat"], expires_at=ends)[1]
        gate = ApiKeyAuthenticator(other.api_keys, ServerSettings())
        principal = await gate.admit(request(authorization=f"Bearer {secret}"), "chat")
        now[0] += 11
        assert not await gate.valid(principal)


async def test_limits_of_the_key_and_of_the_settings(registry: Registry) -> None:
    server = ServerSettings(limits=LimitSettings(requests_per_minute=2))
    gate = ApiKeyAuthenticator(registry.api_keys, server)
    own = request(authorization=f"Bearer {made(registry, requests=3)}")
    general = request(authorization=f"Bearer {made(registry)}")
    for _ in range(3):
        await gate.admit(own, "chat")
    for _ in range(2):
        await gate.admit(general, "chat")
    for over in (own, general):
        with pytest.raises(Denied) as denied:
            await gate.admit(over, "chat")
        problem = problem_for(denied.value)
        assert (problem.status, problem.kind, problem.code) == (429, "requests", "rate_limit_exceeded")
        assert 1 <= int(problem.headers["retry-after"]) <= 30

    thirsty = request(authorization=f"Bearer {made(registry, requests=100, tokens=50)}")
    principal = await gate.admit(thirsty, "chat")
    gate.spend(principal, 1000)
    with pytest.raises(Denied) as denied:
        await gate.admit(thirsty, "chat")
    assert denied.value.kind == "tokens"


async def test_the_settings_choose(registry: Registry) -> None:
    assert isinstance(authenticator_for(ServerSettings(), registry), ApiKeyAuthenticator)
    open_gate = authenticator_for(ServerSettings(auth="none"), registry)
    assert isinstance(open_gate, AdmitEverybody)
    assert (await open_gate.admit(request(), "admin")).tenant == "acme"


async def test_a_key_for_chatting_does_not_reach_the_guardrail(registry: Registry) -> None:
    gate = ApiKeyAuthenticator(registry.api_keys, ServerSettings())
    chatting, guarding, administering = (made(registry, scope) for scope in ("chat", "guard", "admin"))
    path = "/beta/litellm_basic_guardrail_api"
    with pytest.raises(Denied) as caught:
        await gate.admit(request(path, x_api_key=chatting), "guard")
    assert (caught.value.status, caught.value.code) == (403, "insufficient_scope")
    for secret in (guarding, administering):
        assert await gate.admit(request(path, x_api_key=secret), "guard")
    with pytest.raises(Denied, match="scope chat"):
        await gate.admit(request(authorization=f"Bearer {guarding}"), "chat")
