"""Without keys, only this machine's own programs and pages are served."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from httpx2 import AsyncClient, Response

from expunge.gateway.factory import build
from expunge.models.scripted import ScriptedChat
from expunge.registry.store import Registry
from expunge.settings import RegistrySettings
from expunge.types import Target, TargetStatus
from tests.gateway.conftest import Opening, settings_of
from tests.gateway.serving import served

ASK: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "Hello?"}]}
RAW = b'{"model": "m", "messages": [{"role": "user", "content": "Hello?"}]}'
OWN = ("localhost", "localhost:8000", "LOCALHOST:1", "localhost.:8000", "127.0.0.1:8000", "127.1.2.3", "[::1]:8000")
FOREIGN = (
    "evil.example",
    "evil.example:8000",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "evil.example@127.0.0.1",
    "127.0.0.1@evil.example",
    "10.0.0.1:8000",
    "0.0.0.0:8000",
    "[2001:db8::1]:8000",
    "notlocalhost",
    "127.0.0.1:port",
    "[::1",
    "",
    " ",
)


async def asked(client: AsyncClient, path: str = "/v1/chat/completions", **headers: str) -> Response:
    sent = {"content-type": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}
    return await client.post(path, content=RAW, headers=sent)


@pytest.fixture
async def client(over_model: Opening) -> AsyncClient:
    return await over_model(ScriptedChat(lambda *_: "Hello.", name="m"))


@pytest.mark.parametrize("host", OWN)
async def test_own_names(client: AsyncClient, host: str) -> None:
    assert (await asked(client, host=host)).status_code == 200
    assert (await client.get("/healthz", headers={"host": host})).status_code == 200
    assert (await asked(client, host=host, origin=f"http://{host}")).status_code == 200


@pytest.mark.parametrize("host", FOREIGN)
@pytest.mark.parametrize("path", ["/v1/models", "/api/targets", "/healthz", "/metrics", "/nowhere"])
async def test_names_of_others(client: AsyncClient, host: str, path: str) -> None:
    answer = await client.get(path, headers={"host": host})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "unknown_host")
    assert answer.headers["x-request-id"]
    assert not host.strip() or host not in answer.text


async def test_two_names(client: AsyncClient) -> None:
    answer = await client.get("/healthz", headers=[("host", "localhost"), ("host", "evil.example")])
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("origin", "passes"),
    [
        ("http://localhost:8000", True),
        ("http://127.0.0.1:8000", True),
        ("https://localhost:8000", True),
        ("http://evil.example", False),
        ("http://evil.example:8000", False),
        ("http://localhost:3000", False),
        ("http://localhost", False),
        ("null", False),
        ("", False),
        ("file://", False),
        ("http://localhost.evil.example:8000", False),
        ("http://localhost:8000@evil.example", False),
    ],
)
async def test_pages(client: AsyncClient, origin: str, passes: bool) -> None:
    for header in ("origin", "referer"):
        answer = await asked(client, host="localhost:8000", **{header: origin})
        assert answer.status_code == (200 if passes else 403)
    answer = await client.get("/api/targets", headers={"host": "localhost:8000", "origin": origin})
    assert answer.status_code == (200 if passes else 403)


@pytest.mark.parametrize("site", ["cross-site", "same-origin", "none"])
async def test_what_a_browser_says(client: AsyncClient, site: str) -> None:
    answer = await asked(client, host="localhost:8000", sec_fetch_site=site)
    assert answer.status_code == (403 if site == "cross-site" else 200)
    link = await client.get("/docs", headers={"host": "localhost:8000", "sec-fetch-site": site})
    assert link.status_code == 200


@pytest.mark.parametrize(
    ("kind", "passes"),
    [
        ("application/json", True),
        ("Application/JSON; charset=utf-8", True),
        ("application/vnd.api+json", True),
        ("text/plain", False),
        ("text/plain;application/json", False),
        ("application/x-www-form-urlencoded", False),
        ("multipart/form-data; boundary=x", False),
        ("text/json", False),
        ("", False),
    ],
)
@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/completions", "/v1/responses", "/api/check"])
async def test_bodies_are_json(client: AsyncClient, path: str, kind: str, passes: bool) -> None:
    answer = await asked(client, path, host="localhost", content_type=kind)
    assert (answer.status_code == 415) is not passes


@pytest.mark.parametrize("length", [{"content-length": "15"}, {"transfer-encoding": "chunked"}])
async def test_a_body_of_no_type_is_no_json(client: AsyncClient, length: dict[str, str]) -> None:
    """As a page sends it without leave: the body is a `Blob` that has no type."""
    answer = await client.post("/api/check", content=b'{"text": "tea"}', headers={"host": "localhost", **length})
    assert answer.status_code == 415


@pytest.mark.parametrize(
    ("kind", "status"), [("text/plain", 415), ("text/plain; charset=utf-8", 415), ("text/csv", 201), ("", 415)]
)
async def test_targets_come_in_no_type_that_a_page_may_send(client: AsyncClient, kind: str, status: int) -> None:
    headers = {"host": "localhost", **({"content-type": kind} if kind else {})}
    answer = await client.post("/api/targets/import", content=b"name\nTobin Reyes\n", headers=headers)
    assert answer.status_code == status


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},
        {"host": "evil.example", "content-type": "application/json"},
        {"host": "127.0.0.1", "content-type": "text/plain"},
        {"host": "127.0.0.1", "content-type": "application/x-www-form-urlencoded"},
        {"host": "127.0.0.1", "origin": "http://evil.example"},
        {"host": "127.0.0.1", "origin": "null"},
        {"host": "127.0.0.1", "referer": "http://evil.example/page"},
        {"host": "127.0.0.1", "sec-fetch-site": "cross-site"},
    ],
)
async def test_no_page_lifts_a_target(tmp_path: Path, headers: dict[str, str]) -> None:
    settings = settings_of(tmp_path)
    url = f"sqlite:///{tmp_path / 'kept.db'}"
    with Registry.open(url) as registry:
        target = registry.add(Target("Orla Maeve Fenwick"))
    settings = settings.model_copy(update={"registry": RegistrySettings(url=url)})
    async with served(build(settings, vanilla=ScriptedChat([]))) as address, AsyncClient(base_url=address) as client:
        for method, path in (
            ("POST", f"/api/targets/{target.id}/restore"),
            ("POST", f"/api/targets/{target.id}/restore/"),
            ("DELETE", f"/api/targets/{target.id}"),
        ):
            content = b'{"reason": ""}' if "content-type" in headers else b""
            if method == "DELETE" and headers["host"] == "127.0.0.1" and "content-type" in headers:
                continue  # no page may send this without leave
            answer = await client.request(method, path, content=content, headers=headers)
            assert answer.status_code in (403, 415)
    with Registry.open(url) as registry:
        assert registry.get(target.id).status is TargetStatus.ACTIVE


async def test_a_gateway_with_keys_is_asked_by_any_name(over_model: Opening) -> None:
    client = await over_model(ScriptedChat([]), auth="keys")
    assert (await client.get("/healthz", headers={"host": "gateway.example"})).status_code == 200
    assert (await asked(client, host="gateway.example", origin="http://app.example")).status_code == 401


@pytest.fixture
async def slashed(over_model: Opening) -> AsyncClient:
    return await over_model(ScriptedChat([]), auth="keys")


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize(
    "path",
    ["/v1/chat/completions/", "/api/targets/", "/api/check/", "/healthz/", "/metrics/", "/docs/", "/api/openapi.json/"],
)
async def test_a_slash_at_the_end_leads_nowhere(slashed: AsyncClient, method: str, path: str) -> None:
    answer = await slashed.request(method, path, headers={"host": "evil.example"}, follow_redirects=False)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "unknown_url")
    assert "location" not in answer.headers
    assert "evil" not in answer.text
