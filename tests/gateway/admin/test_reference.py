"""The API's description of itself."""

from __future__ import annotations

import re

from httpx2 import AsyncClient

ROUTES = {
    ("GET", "/api/targets"),
    ("POST", "/api/targets"),
    ("POST", "/api/targets/import"),
    ("GET", "/api/targets/{id}"),
    ("PATCH", "/api/targets/{id}"),
    ("DELETE", "/api/targets/{id}"),
    ("POST", "/api/targets/{id}/restore"),
    ("GET", "/api/targets/{id}/history"),
    ("POST", "/api/check"),
}


async def test_every_operation_is_described_with_its_scope_and_its_errors(client: AsyncClient) -> None:
    document = (await client.get("/api/openapi.json")).json()
    described = {
        (method.upper(), path): operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }
    assert set(described) >= ROUTES
    for operation in described.values():
        assert operation["description"].endswith(".")
        assert operation["x-scope"]
        assert operation["security"]
        assert operation["responses"]["default"]
        assert "422" not in operation["responses"]


async def test_the_page_holds_it_all_and_loads_nothing(client: AsyncClient) -> None:
    response = await client.get("/docs")
    assert response.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert not re.search(r"<script|<link|src=|https?://|@import|url\(", response.text)
    for method, path in ROUTES:
        assert re.search(rf"<b>{method}</b> {re.escape(path)}<", response.text)
    assert "targets:write" in response.text
    assert "list of string or {answer, question}" in response.text
