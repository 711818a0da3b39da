from __future__ import annotations

import re

import pytest

from tests.gateway.console.conftest import Browser, Gateway, Opening, text_of

KEYS = "/console/keys"


async def made(browser: Browser, *scopes: str, **fields: str) -> str:
    response = await browser.send(KEYS, KEYS, scope=list(scopes), **fields)
    assert response.status_code == 201, text_of(response.text)
    found = re.search(r'value="(exp_[^"]+)"', response.text)
    assert found
    return found[1]


async def test_a_key_is_made_shown_once_and_works(browse: Opening, gateway: Gateway) -> None:
    browser = await browse(["admin"])
    secret = await made(browser, "targets:read", "audit:read", name="Office", requests="60", expires="2099-01-01")
    assert secret not in (await browser.get(KEYS)).text
    key = next(key for key in gateway.registry.api_keys.list() if key.name == "Office")
    assert key.scopes == {"targets:read", "audit:read"}
    assert (key.requests_per_minute, key.tokens_per_minute) == (60, None)
    other = await browse(None)
    assert (await other.sign_in(secret)).status_code == 303
    assert (await other.get(KEYS)).status_code == 403


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "at least one scope"),
        ({"scope": "chat", "expires": "2001-01-01"}, "in the past"),
        ({"scope": "chat", "expires": "soon"}, "must be a date"),
        ({"scope": "chat", "tokens": "0"}, "at least 1"),
        ({"scope": "chat", "tokens": "many"}, "whole number"),
        ({"scope": "chat", "name": "x" * 201}, "at most 200"),
        ({"scope": "operator"}, "at least one scope"),
        ({"scope": "everything"}, "at least one scope"),
    ],
)
async def test_what_is_wrong_with_a_key_is_told(
    browse: Opening, gateway: Gateway, fields: dict[str, str], sentence: str
) -> None:
    browser = await browse(["admin"])
    before = len(gateway.registry.api_keys.list())
    response = await browser.send(KEYS, KEYS, **fields)
    assert response.status_code == 422
    assert sentence in text_of(response.text)
    assert len(gateway.registry.api_keys.list()) == before


async def test_an_operator_makes_operators_and_sees_tenants(browse: Opening, gateway: Gateway) -> None:
    gateway.key(tenant="north")
    browser = await browse(["admin", "operator"])
    assert "north" in (await browser.get(KEYS)).text
    await made(browser, "operator", name="Other")
    plain = await browse(["admin"])
    page = (await plain.get(KEYS)).text
    assert "north" not in page
    assert 'value="operator"' not in page


async def test_a_key_is_revoked_and_its_sessions_end(browse: Opening, gateway: Gateway) -> None:
    browser, other = await browse(["admin"]), await browse(None)
    secret = await made(browser, "targets:read", name="Office")
    await other.sign_in(secret)
    key = next(key for key in gateway.registry.api_keys.list() if key.name == "Office")
    path = f"{KEYS}/{key.id}/revoke"
    assert "Revoke Office" in text_of((await browser.get(path)).text)
    assert "Revoked" in await browser.follow(await browser.send(path, path))
    assert (await other.get("/console/targets")).status_code == 303


async def test_keys_of_another_tenant_are_none(browse: Opening, gateway: Gateway) -> None:
    foreign, _ = gateway.registry.api_keys.create("north", ["chat"], "Foreign")
    browser = await browse(["admin"])
    assert "Foreign" not in (await browser.get(KEYS)).text
    for wrong in (foreign.id, "none", "a" * 16):
        assert (await browser.get(f"{KEYS}/{wrong}/revoke")).status_code == 404
    assert (await browser.send(KEYS, f"{KEYS}/{foreign.id}/revoke")).status_code == 404
    assert gateway.registry.api_keys.get(foreign.id)
