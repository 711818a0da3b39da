"""Whether the gateway can serve."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import pytest

from expunge.assemble import Parts
from expunge.errors import ModelUnreachable, WeightsInvalid
from expunge.gateway import readiness as module
from expunge.gateway.deciding import Deciding
from expunge.gateway.decision_writer import DecisionWriter
from expunge.gateway.readiness import (
    Check,
    Health,
    Readiness,
    State,
    checks_of,
    health_of_log,
    health_of_registry,
    health_of_weights,
)
from expunge.gateway.upstream import Call, Received
from expunge.models.base import Vectors
from expunge.models.embedded import EmbeddedChat
from expunge.models.embeddings import CachedEmbeddings, EmbeddedEmbeddings
from expunge.registry.snapshot import Freshness
from expunge.types import Snapshot


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
    with patch.object(module, "_TIMEOUT", 0.05):
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
    async def open(self, call: Call) -> AsyncIterator[Received]:
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
    deciding = Deciding()
    state = await Readiness(checks_of(parts, upstream, writer, deciding)).state()
    others = dict.fromkeys(("registry", "targets", "models", "decisions"), Health.OK)
    assert state.parts == {**others, "upstream": health}
    await deciding.aclose()
    writer.lost = 1
    assert health_of_log(writer) is Health.DEGRADED
    await writer.aclose()
    assert health_of_log(writer) is Health.DEGRADED


async def test_it_is_not_ready_until_the_targets_are_indexed(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_TIMEOUT", 0.05)
    deciding = Deciding()
    look = checks_of(parts, Upstream(), None, deciding)["targets"]
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
    await deciding.aclose()


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
    deciding = Deciding()
    changed = replace(parts, embeddings=CachedEmbeddings(EmbeddedEmbeddings()))
    look = checks_of(changed, Upstream(), None, deciding)["models"]
    assert await look() is Health.OK
    monkeypatch.setattr(parts.screen.semantic, "in_use", True)
    with pytest.raises(ModelUnreachable):
        await look()
    assert called == ["find", "embed"]
    await deciding.aclose()


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
