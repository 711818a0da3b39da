"""The routes for whoever runs the gateway, on the whole app."""

from __future__ import annotations

from expunge.models.scripted import ScriptedChat
from tests.gateway.conftest import Opening

ASK = {"model": "stub", "messages": [{"role": "user", "content": "Hello?"}]}


async def test_health_and_metrics(over_model: Opening) -> None:
    client = await over_model(ScriptedChat(lambda *_: "Hello."))
    assert (await client.get("/healthz")).json() == {"status": "ok"}
    ready = await client.get("/readyz")
    assert (ready.status_code, ready.json()["status"]) == (200, "ready")
    assert set(ready.json()["checks"]) == {"registry", "targets", "upstream", "models", "decisions"}
    await client.post("/v1/chat/completions", json=ASK)
    page = await client.get("/metrics")
    assert page.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert 'expunge_requests_total{decision="passed",endpoint="chat/completions",status="200"} 1.0' in page.text


async def test_metrics_take_a_key(over_model: Opening) -> None:
    client = await over_model(ScriptedChat([]), auth="keys")
    assert (await client.get("/metrics")).status_code == 401
    assert (await client.get("/healthz")).status_code == 200
    assert (await client.get("/readyz")).status_code == 200
