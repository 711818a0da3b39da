"""Whether the gateway can serve, and the routes for whoever runs it, on the whole app."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

import pytest
from httpx2 import ASGITransport, AsyncClient

from expunge.assemble import Parts, assemble
from expunge.errors import ModelUnreachable, WeightsInvalid
from expunge.gateway import factory, health
from expunge.gateway.factory import build
from expunge.gateway.health import (
    Check,
    Health,
    Readiness,
    State,
    checks_of,
    health_of_log,
    health_of_registry,
    health_of_weights,
)
from expunge.gateway.proxy.moderator import Moderator
from expunge.gateway.telemetry.decision_writer import DecisionWriter
from expunge.gateway.upstream.base import UpstreamRequest, UpstreamResponse
from expunge.models.base import Vectors
from expunge.models.embedded import EmbeddedChat
from expunge.models.embeddings import CachedEmbeddings, EmbeddedEmbeddings
from expunge.models.scripted import ScriptedChat, ScriptedEmbeddings
from expunge.registry.api_keys import OPERATOR, SCOPES, Scope
from expunge.registry.snapshot import Freshness
from expunge.registry.store import Registry
from expunge.screen.semantic import index
from expunge.settings import ModelSettings, ModelsSettings, RegistrySettings
from expunge.types import Fact, Snapshot, Target
from tests.gateway.conftest import Opening, settings_of, with_targets


def test_the_worst_part_counts() -> None:
    assert State({}).health is Health.OK
    assert State({"a": Health.OK, "b": Health.DEGRADED}).health is Health.DEGRADED
    assert State({"a": Health.FAILED, "b": Health.DEGRADED}).health is Health.FAILED
    assert State({"a": Health.MISSING, "b": Health.DEGRADED}).health is Health.MISSING


async def test_parts_are_asked_once_in_a_while_and_not_for_long() -> None:
    asked: list[int] = []
    now = [0.0]

    async def fine() -> Health:
        asked.append(1)
        return Health.OK

    async def gone() -> Health:
        raise ModelUnreachable("gone")

    async def stuck() -> Health:
        await asyncio.sleep(60)
        return Health.OK

    checks: dict[str, Check] = {"fine": fine, "gone": gone, "stuck": stuck}
    with patch.object(health, "_TIMEOUT", 0.05):
        readiness = Readiness(checks, clock=lambda: now[0])
        states = await asyncio.gather(*(readiness.state() for _ in range(10)))
        assert states[0].parts == {"fine": Health.OK, "gone": Health.FAILED, "stuck": Health.FAILED}
        assert len(asked) == 1
        now[0] = 6.0
        await readiness.state()
    assert len(asked) == 2


class Answering:
    def __init__(self, status: int) -> None:
        self.status = status
        self.headers: dict[str, str] = {}

    async def pieces(self) -> AsyncIterator[bytes]:
        yield b""


class Upstream:
    status = 200

    @asynccontextmanager
    async def open(self, call: UpstreamRequest) -> AsyncIterator[UpstreamResponse]:
        assert call.path == "models"
        yield Answering(self.status)

    async def aclose(self) -> None:
        pass


@pytest.mark.parametrize(
    ("status", "health"), [(200, Health.OK), (401, Health.OK), (404, Health.OK), (503, Health.FAILED)]
)
async def test_every_part_is_asked(parts: Parts, status: int, health: Health) -> None:
    upstream = Upstream()
    upstream.status = status
    writer = DecisionWriter(parts.registry)
    moderator = Moderator()
    state = await Readiness(checks_of(parts, upstream, writer, moderator)).state()
    others = dict.fromkeys(("registry", "targets", "models", "decisions"), Health.OK)
    assert state.parts == {**others, "upstream": health}
    await moderator.aclose()
    writer.lost = 1
    assert health_of_log(writer) is Health.DEGRADED
    await writer.aclose()
    assert health_of_log(writer) is Health.DEGRADED


async def test_it_is_not_ready_until_the_targets_are_indexed(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_TIMEOUT", 0.05)
    moderator = Moderator()
    look = checks_of(parts, Upstream(), None, moderator)["targets"]
    release, works = threading.Event(), [False]

    async def prepare(_: Snapshot, *, beside: bool) -> None:
        await asyncio.to_thread(release.wait, 10)
        if not works[0]:
            raise ModelUnreachable("gone")

    monkeypatch.setattr(parts.screen, "prepare", prepare)
    assert await look() is Health.FAILED
    release.set()
    assert await until(look, lambda health: True) is Health.FAILED
    works[0] = True
    assert await until(look, lambda health: health is not Health.FAILED) is Health.OK
    monkeypatch.setattr(type(parts.screen), "pending_embeddings", 3)
    assert await look() is Health.DEGRADED
    await moderator.aclose()


async def test_the_embedding_model_is_loaded_for_facts_and_not_for_names(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[str] = []

    async def find(self: EmbeddedEmbeddings) -> None:
        called.append("find")

    async def embed(self: EmbeddedEmbeddings, texts: Sequence[str]) -> Vectors:
        called.append("embed")
        raise ModelUnreachable("gone")

    monkeypatch.setattr(EmbeddedEmbeddings, "find", find)
    monkeypatch.setattr(EmbeddedEmbeddings, "embed", embed)
    moderator = Moderator()
    changed = replace(parts, embeddings=CachedEmbeddings(EmbeddedEmbeddings()))
    look = checks_of(changed, Upstream(), None, moderator)["models"]
    assert await look() is Health.OK
    monkeypatch.setattr(parts.screen.semantic, "in_use", True)
    with pytest.raises(ModelUnreachable):
        await look()
    assert called == ["find", "embed"]
    await moderator.aclose()


async def until(look: Check, done: Callable[[Health], bool]) -> Health:
    async with asyncio.timeout(20):
        while not done(health := await look()):
            pass
    return health


@pytest.mark.parametrize(
    ("freshness", "health"),
    [
        (Freshness(1, 0.1), Health.OK),
        (Freshness(1, 5.0, "The database is gone."), Health.DEGRADED),
        (Freshness(1, 100.0, "The database is gone."), Health.FAILED),
        (Freshness(1, 0.1, "The file was deleted.", lost=True), Health.FAILED),
    ],
)
def test_a_registry_that_cannot_be_seen(parts: Parts, freshness: Freshness, health: Health) -> None:
    with patch.object(type(parts.registry), "freshness", lambda _: freshness):
        assert health_of_registry(parts.registry) is health


async def test_parts_whose_health_is_known_are_looked_at_each_time() -> None:
    asked: list[str] = []
    health = [Health.OK]

    async def cheap() -> Health:
        asked.append("cheap")
        return health[0]

    async def dear() -> Health:
        asked.append("dear")
        return Health.OK

    readiness = Readiness({"cheap": cheap, "dear": dear}, clock=lambda: 0.0, at_once=("cheap",))
    assert (await readiness.state()).health is Health.OK
    health[0] = Health.FAILED
    assert (await readiness.state()).parts == {"cheap": Health.FAILED, "dear": Health.OK}
    assert asked == ["cheap", "dear", "cheap"]


@pytest.mark.parametrize(
    ("content", "agents", "answering", "health"),
    [
        (None, "rules", True, Health.MISSING),
        (None, "auto", True, Health.MISSING),
        (None, "auto", False, Health.OK),
        (None, "model", False, Health.DEGRADED),
        (b"GGUF" + (3).to_bytes(4, "little") + bytes(16), "model", True, Health.OK),
        (b"no model", "rules", True, None),
    ],
)
def test_a_model_without_its_file(
    parts: Parts, tmp_path: Path, content: bytes | None, agents: str, answering: bool, health: Health | None
) -> None:
    file = tmp_path / "model.gguf"
    if content is not None:
        file.write_bytes(content)
    model = EmbeddedChat(file)
    policy = parts.settings.policy.model_copy(update={"agents": agents})
    settings = parts.settings.model_copy(update={"policy": policy})
    changed = replace(parts, vanilla=model, models={"critic": model}, settings=settings)
    if health is None:
        with pytest.raises(WeightsInvalid):
            health_of_weights(changed, answering=answering)
    else:
        assert health_of_weights(changed, answering=answering) is health


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


@pytest.mark.slow
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


@pytest.fixture
def keys(tmp_path: Path) -> dict[str, str]:
    """Keys of two tenants in a registry in a file, by name."""
    with Registry.open(f"sqlite:///{tmp_path / 'tenants.db'}") as registry:
        made: dict[str, tuple[str, list[Scope]]] = {
            "operator": ("default", [OPERATOR]),
            "ours": ("default", ["chat", "audit:read"]),
            "ours, all": ("default", list(SCOPES)),
            "theirs": ("acme", ["chat", "audit:read"]),
            "theirs, all": ("acme", list(SCOPES)),
            "chat": ("acme", ["chat"]),
        }
        registry.of("acme").add(Target("Orla Quennevest"))
        return {name: registry.api_keys.create(tenant, scopes)[1] for name, (tenant, scopes) in made.items()}


async def test_each_tenant_sees_its_own_numbers_and_an_operator_all(tmp_path: Path, keys: dict[str, str]) -> None:
    settings = settings_of(tmp_path, auth="keys").model_copy(
        update={"registry": RegistrySettings(url=f"sqlite:///{tmp_path / 'tenants.db'}")}
    )
    app = build(settings, vanilla=ScriptedChat(lambda *_: "Hello."))
    transport = ASGITransport(app, raise_app_exceptions=False)
    async with app.router.lifespan_context(app), AsyncClient(transport=transport, base_url="http://gateway") as client:

        async def page(name: str, query: str = "") -> str:
            answer = await client.get(f"/metrics{query}", headers={"authorization": f"Bearer {keys[name]}"})
            return answer.text if answer.status_code == 200 else str(answer.status_code)

        async def ask(name: str) -> None:
            headers = {"authorization": f"Bearer {keys[name]}"}
            assert (await client.post("/v1/chat/completions", json=ASK, headers=headers)).status_code == 200

        quiet = {name: await page(name) for name in ("theirs", "theirs, all")}
        for _ in range(3):
            await ask("ours")
        # Nothing of a tenant's page moves with what another does, but for the age of its own targets.
        for name, before in quiet.items():
            assert _still(await page(name)) == _still(before)
            assert "process_" not in before
            assert "expunge_decisions" not in before
            assert "expunge_targets 1.0" in before
        await ask("theirs")
        passed = 'expunge_requests_total{decision="passed",endpoint="chat/completions",status="200"}'
        assert f"{passed} 3.0" in await page("ours")
        assert f"{passed} 3.0" in await page("ours, all")
        assert f"{passed} 1.0" in await page("theirs")
        assert f"{passed} 4.0" in await page("operator")
        assert f"{passed} 1.0" in await page("operator", "?tenant=acme")
        assert f"{passed} 1.0" in await page("theirs", "?tenant=acme")
        assert await page("theirs", "?tenant=default") == "403"
        assert await page("ours, all", "?tenant=acme") == "403"
        assert await page("operator", "?tenant=nobody") == "404"
        assert await page("chat") == "403"
        headers = {"authorization": f"Bearer {keys['operator']}"}
        assert (await client.post("/v1/chat/completions", json=ASK, headers=headers)).status_code == 403


def _still(page: str) -> str:
    return re.sub(r"^(expunge_registry_age_seconds|.*_created).*$", "", page, flags=re.MULTILINE)


async def test_facts_that_are_not_embedded_yet_are_counted_and_told_by_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "FEW", 1)
    monkeypatch.setattr(health, "_FRESH", 0.0)
    fact = Fact("She mends barometers beneath Corvenholm lighthouse.")
    targets = [Target(f"Orla Quennevest{n}", facts=(fact, Fact(f"She owns {n} kites."))) for n in range(5)]
    settings = with_targets(settings_of(tmp_path), tmp_path / "r.db", targets)
    parts = assemble(settings, vanilla=ScriptedChat(lambda *_: fact.text), embeddings=ScriptedEmbeddings())
    monkeypatch.setattr(factory, "assemble", lambda *_, **__: parts)
    app = build(settings, vanilla=ScriptedChat([]))
    async with (
        app.router.lifespan_context(app),
        AsyncClient(transport=ASGITransport(app), base_url="http://gateway") as client,
    ):
        answer = await client.post("/v1/chat/completions", json=ASK)
        assert answer.status_code == 200
        assert "Corvenholm" not in answer.text
        ready = (await client.get("/readyz")).json()
        # The vectors of one tell how long vectors are.
        assert (ready["status"], ready["checks"]["targets"]) == ("degraded", "degraded")
        assert ready["pending"] == {"facts": 8, "targets": 4}
        parts.registry.add_many([Target(f"Ivo Pellandrine{n}", facts=(Fact(f"He owns {n} mules."),)) for n in range(3)])
        ready = (await client.get("/readyz")).json()
        assert ready["pending"] == {"facts": 10, "targets": 6}, "nobody has asked since"
        await parts.screen.prepare(parts.registry.snapshot(), wait=True)
        ready = (await client.get("/readyz")).json()
        assert (ready["status"], ready["pending"]) == ("ready", {"facts": 0, "targets": 0})
        await client.post("/v1/chat/completions", json=ASK)
    with Registry.open(settings.registry.url) as registry:
        told = [record.pending_facts for record in registry.decisions()]
    assert sorted(told) == [0, 8]
