"""Who is let in to the console, for how long, and what every page carries."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from httpx2 import ASGITransport, AsyncClient
from sqlalchemy import text as sql

from expunge.errors import ConfigError
from expunge.gateway.console import sessions
from expunge.gateway.console.rendering import static_files
from expunge.gateway.factory import build
from expunge.models.scripted import ScriptedChat
from expunge.types import Target
from tests.gateway.conftest import settings_of
from tests.gateway.console.conftest import Gateway, Opening, csrf_of, text_of

PAGES = ["/console", "/console/targets", "/console/targets/new", "/console/targets/t_aaaaaaaaaaaaaaaa"]


@pytest.mark.parametrize("path", PAGES)
async def test_nobody_sees_a_page_without_a_session(browse: Opening, path: str) -> None:
    browser = await browse(None)
    response = await browser.get(path)
    assert response.status_code == 303
    assert response.headers["location"] == f"/console/sign-in?next={path}"


async def test_signing_in_leads_back_to_the_page_that_was_wanted(browse: Opening, gateway: Gateway) -> None:
    browser = await browse(None)
    page = await browser.get("/console/sign-in?next=/console/targets/new")
    assert 'value="/console/targets/new"' in page.text
    response = await browser.post("/console/sign-in", {"key": gateway.key(), "next": "/console/targets/new"})
    assert response.headers["location"] == "/console/targets/new"


@pytest.mark.parametrize("elsewhere", ["//evil.example", "https://evil.example/", "/console/../v1", "/consolex", "/"])
async def test_nobody_is_led_elsewhere(browse: Opening, gateway: Gateway, elsewhere: str) -> None:
    browser = await browse(None)
    response = await browser.post("/console/sign-in", {"key": gateway.key(), "next": elsewhere})
    assert response.headers["location"] == "/console/overview"


async def test_a_wrong_key_is_told_so_and_not_repeated(browse: Opening) -> None:
    browser = await browse(None)
    response = await browser.sign_in("exp_wrong_secret")
    assert response.status_code == 401
    assert "not in force" in text_of(response.text)
    assert "secret" not in response.text
    assert "www-authenticate" not in response.headers
    assert sessions.COOKIE not in browser.client.cookies


async def test_a_key_that_opens_no_page_is_told_so(browse: Opening, gateway: Gateway) -> None:
    browser = await browse(None)
    response = await browser.sign_in(gateway.key("chat"))
    assert response.status_code == 403
    assert "opens no page" in response.text


async def test_the_cookie_is_out_of_reach(browse: Opening, gateway: Gateway) -> None:
    browser = await browse(None)
    plain = (await browser.sign_in(gateway.key())).headers["set-cookie"]
    assert "HttpOnly" in plain
    assert "SameSite=strict" in plain
    assert "Path=/console" in plain
    assert "Max-Age" not in plain
    assert "Secure" not in plain
    behind = {"x-forwarded-proto": "https"}
    assert "Secure" in (await browser.post("/console/sign-in", {"key": gateway.key()}, **behind)).headers["set-cookie"]


@pytest.mark.parametrize("path", ["/console/targets", "/console/sign-in", "/console/targets/t_aaaaaaaaaaaaaaaa"])
async def test_every_page_keeps_the_browser_in_bounds(browse: Opening, path: str) -> None:
    browser = await browse()
    response = await browser.get(path)
    policy = dict(part.split(" ", 1) for part in response.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["form-action"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-content-type-options"] == "nosniff"
    # What the policy forbids is not there to begin with.
    assert " style=" not in response.text
    assert "<style" not in response.text
    assert " onclick" not in response.text
    assert "http://" not in response.text
    assert "https://" not in response.text


async def test_files_are_served_from_the_package_alone(browse: Opening) -> None:
    browser = await browse(None)
    page = (await browser.get("/console/sign-in")).text
    for name in ("console.css", "htmx.min.js", "icon.svg"):
        assert f"/console/static/{name}?" in page
        response = await browser.get(f"/console/static/{name}")
        assert response.content == static_files()[name]
        assert "immutable" in response.headers["cache-control"]
    for missing in ("LICENSE-htmx.txt", "console.py", "..%2frouter.py"):
        assert (await browser.get(f"/console/static/{missing}")).status_code == 404


async def test_a_form_counts_only_with_the_token_of_its_session(browse: Opening) -> None:
    first, second = await browse(), await browse()
    for token in ("", "wrong", csrf_of((await second.get("/console/targets")).text)):
        response = await first.post("/console/targets/new", {"csrf": token, "name": "Orla Quennell"})
        assert response.status_code == 403
        assert "not of your session" in response.text
    assert (await first.send("/console/targets", "/console/targets/new", name="Orla Quennell")).status_code == 303


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://gateway"}, 303),
        ({"sec-fetch-site": "same-origin"}, 303),
        ({}, 303),
    ],
)
async def test_a_form_of_another_site_is_not_taken(
    browse: Opening, gateway: Gateway, headers: dict[str, str], status: int
) -> None:
    browser = await browse(None)
    assert (await browser.post("/console/sign-in", {"key": gateway.key()}, **headers)).status_code == status


async def test_what_is_no_form_is_not_taken(browse: Opening) -> None:
    browser = await browse()
    response = await browser.client.post("/console/targets/new", json={"name": "Orla Quennell"})
    assert response.status_code == 415
    many = await browser.post("/console/targets/new", {f"f{number}": "x" for number in range(1_001)})
    assert many.status_code == 400


async def test_signing_out_ends_the_session(browse: Opening) -> None:
    browser = await browse()
    token = browser.client.cookies[sessions.COOKIE]
    response = await browser.send("/console/targets", "/console/sign-out")
    assert response.headers["location"] == "/console/sign-in"
    assert sessions.COOKIE not in browser.client.cookies
    browser.client.cookies.set(sessions.COOKIE, token)
    assert (await browser.get("/console/targets")).headers["location"].endswith("&ended=1")


async def test_a_revoked_key_ends_its_sessions(browse: Opening, gateway: Gateway) -> None:
    browser = await browse(None)
    key, secret = gateway.registry.api_keys.create("default", ["targets:read"])
    await browser.sign_in(secret)
    assert (await browser.get("/console/targets")).status_code == 200
    gateway.registry.api_keys.revoke(key.id)
    assert (await browser.get("/console/targets")).status_code == 303


async def test_a_script_is_led_to_sign_in_as_a_whole_page(browse: Opening) -> None:
    browser = await browse(None)
    response = await browser.post("/console/targets/search", {"q": "x"}, **{"hx-request": "true"})
    assert response.headers["hx-redirect"].startswith("/console/sign-in")


async def test_pages_keep_to_scopes(browse: Opening) -> None:
    reader = await browse(["targets:read"])
    page = (await reader.get("/console/targets")).text
    assert "Add a target" not in page
    assert (await reader.get("/console/targets/new")).status_code == 403
    refused = await reader.send("/console/targets", "/console/targets/new", name="Orla Quennell")
    assert refused.status_code == 403
    assert "lacks the scope targets:write" in text_of(refused.text)


async def test_tenants_see_their_own(browse: Opening, gateway: Gateway) -> None:
    browser = await browse(None, [Target("Orla Quennell")])
    await browser.sign_in(gateway.key(tenant="north"))
    assert "Orla" not in (await browser.get("/console/targets?show=all")).text
    target = gateway.registry.get("Orla Quennell")
    assert (await browser.get(f"/console/targets/{target.id}")).status_code == 404


async def test_every_look_is_in_the_audit_log(browse: Opening, gateway: Gateway) -> None:
    browser = await browse(targets=[Target("Orla Quennell"), Target("Tobin Ashgrove")])
    target = gateway.registry.get("Orla Quennell")
    await browser.get("/console/targets")
    await browser.get(f"/console/targets/{target.id}")
    await browser.send("/console/targets", "/console/targets/search", q="ashgr")
    looks = looks_in(gateway)
    assert [(look["page"], len(look["targets"])) for look in looks] == [
        ("targets", 2), ("target", 1), ("targets", 2), ("targets", 1),
    ]  # fmt: skip
    assert looks[1]["targets"] == [target.id]
    assert all(look["by"] for look in looks)
    assert "Quennell" not in json.dumps(looks)
    assert gateway.registry.audit.verify().intact


async def test_what_cannot_be_written_down_is_not_shown(browse: Opening, gateway: Gateway) -> None:
    browser = await browse(targets=[Target("Orla Quennell")])
    with gateway.registry._vault.database.writing() as connection:
        connection.execute(sql("CREATE TRIGGER no_looks BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'full'); END"))
    response = await browser.get("/console/targets")
    assert response.status_code == 503
    assert "Orla" not in response.text


def looks_in(gateway: Gateway) -> list[dict[str, Any]]:
    with gateway.registry._vault.reading() as (connection, _):
        rows = connection.execute(sql("SELECT body FROM audit WHERE kind = 'look' ORDER BY number")).scalars()
        return [json.loads(row) for row in rows]


@pytest.mark.parametrize(("server", "status"), [({}, 303), ({"console": True}, 303), ({"console": False}, 404)])
async def test_the_setting_says_whether_there_are_pages(tmp_path: Path, server: dict[str, Any], status: int) -> None:
    app = build(settings_of(tmp_path, auth="keys", **server), vanilla=ScriptedChat(lambda *_: ""))
    async with AsyncClient(transport=ASGITransport(app), base_url="http://gateway") as client:
        assert (await client.get("/console/targets")).status_code == status


async def test_without_keys_there_are_no_pages(tmp_path: Path) -> None:
    app = build(settings_of(tmp_path, auth="none"), vanilla=ScriptedChat(lambda *_: ""))
    async with AsyncClient(transport=ASGITransport(app), base_url="http://127.0.0.1") as client:
        assert (await client.get("/console/targets")).status_code == 404
    with pytest.raises(ConfigError, match="console needs keys"):
        build(settings_of(tmp_path, auth="none", console=True), vanilla=ScriptedChat(lambda *_: ""))
