"""The routes for whoever runs the gateway, on the whole app."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from httpx2 import ASGITransport, AsyncClient

from expunge.gateway.building import build
from expunge.models.scripted import ScriptedChat
from expunge.settings import ModelSettings, ModelsSettings
from expunge.types import Target
from tests.gateway.conftest import Opening, settings_of, with_targets

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


def deleted(database: Path) -> None:
    database.unlink()


def replaced(database: Path) -> None:
    shutil.copy(database, database.with_name("copy.db"))
    database.with_name("copy.db").replace(database)


def without_its_folder(database: Path) -> None:
    shutil.rmtree(database.parent)


def on_a_read_only_disk(database: Path) -> None:
    os.statvfs = lambda path: SimpleNamespace(f_flag=os.ST_RDONLY)  # type: ignore[assignment,return-value]


@pytest.mark.parametrize("happen", [deleted, replaced, without_its_folder, on_a_read_only_disk])
async def test_a_registry_that_is_gone_takes_no_changes_is_not_ready_and_stays_in_force(
    tmp_path: Path, happen: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "statvfs", os.statvfs)
    database = tmp_path / "data" / "registry.db"
    database.parent.mkdir()
    settings = with_targets(settings_of(tmp_path), database, [Target("Orla Quennevest")])
    model = ScriptedChat(lambda *_: "Orla Quennevest sells maps in Skelwith.")
    app = build(settings, vanilla=model)
    async with (
        app.router.lifespan_context(app),
        AsyncClient(transport=ASGITransport(app), base_url="http://gateway") as client,
    ):
        assert (await client.get("/readyz")).json()["checks"]["registry"] == "ok"
        happen(database)
        for name in ("Ivo Pellandrine", "Tamsin Brockwalder"):
            refused = await client.post("/api/targets", json={"name": name})
            assert refused.status_code == 503, refused.text
            assert refused.json()["error"]["code"] == "registry_unavailable"
            assert str(database.parent) not in refused.text
        ready = await client.get("/readyz")
        assert (ready.status_code, ready.json()["status"]) == (503, "not ready")
        assert ready.json()["checks"]["registry"] == "failed"
        answer = await client.post("/v1/chat/completions", json=ASK)
        assert answer.status_code == 200
        assert "maps" not in answer.text


async def test_a_model_whose_file_is_missing(tmp_path: Path) -> None:
    file = tmp_path / "private" / "weights.gguf"
    models = ModelsSettings(default=ModelSettings(path=file))
    app = build(settings_of(tmp_path).model_copy(update={"models": models}))
    async with (
        app.router.lifespan_context(app),
        AsyncClient(transport=ASGITransport(app), base_url="http://gateway") as client,
    ):
        ready = await client.get("/readyz")
        assert (ready.status_code, ready.json()["status"]) == (503, "not ready")
        assert ready.json()["checks"]["models"] == "missing"
        for path, body in (
            ("chat/completions", ASK),
            ("responses", {"model": "stub", "input": "Hello?"}),
            ("completions", {"model": "stub", "prompt": "Hello?"}),
            ("chat/completions", {**ASK, "stream": True}),
        ):
            answer = await client.post(f"/v1/{path}", json=body)
            assert answer.status_code == 503
            assert "models pull" in answer.text
            assert str(tmp_path) not in answer.text
            assert "private" not in answer.text
