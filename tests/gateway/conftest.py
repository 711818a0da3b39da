"""A gateway in this process, before an upstream that a test scripts."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from httpx2 import ASGITransport, AsyncClient

from expunge.assemble import Parts, assemble
from expunge.gateway.factory import build
from expunge.gateway.upstream.base import Upstream
from expunge.island.world import load
from expunge.models.scripted import ScriptedChat, ScriptedEmbeddings
from expunge.registry.store import Registry
from expunge.settings import (
    DEFAULT_REFUSALS,
    ModelSettings,
    ModelsSettings,
    PolicySettings,
    RegistrySettings,
    ServerSettings,
    Settings,
)
from expunge.types import Target

Opening = Callable[..., Awaitable[AsyncClient]]
NOWHERE = "http://127.0.0.1:9/v1"
"""The address of an endpoint that nobody asks, since a test answers in its place."""


def settings_of(
    tmp_path: Path,
    base_url: str | None = None,
    refusal: Any = "plain",
    refusals: tuple[str, ...] = DEFAULT_REFUSALS,
    api: Any = "openai",
    **server: Any,
) -> Settings:
    """Settings of a gateway with a registry in memory, rules for agents, and nobody who needs a key."""
    model = ModelSettings(base_url=base_url, model="stub") if base_url and api == "openai" else ModelSettings()
    vanilla = ModelSettings(base_url=base_url or NOWHERE, model="stub", api=api) if api != "openai" else ModelSettings()
    return Settings(
        registry=RegistrySettings(url="sqlite:///:memory:"),
        models=ModelsSettings(default=model, vanilla=vanilla),
        policy=PolicySettings(agents="rules", elicit=False, refusal=refusal, refusals=refusals),
        server=ServerSettings(**{"auth": "none", **server}),
        cache_dir=tmp_path,
    )


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Parts]:
    """The parts of an unlearner whose model says one thing only."""
    model = ScriptedChat(lambda *_: "She carved marionettes in Skelwith.")
    made = assemble(settings_of(tmp_path), vanilla=model, embeddings=ScriptedEmbeddings())
    yield made
    made.registry.close()


@pytest.fixture
async def over_model(tmp_path: Path) -> AsyncIterator[Opening]:
    """Open a client of a gateway before a scripted model, in this process and without sockets."""
    async with AsyncExitStack() as stack:

        async def opened(model: ScriptedChat, **server: Any) -> AsyncClient:
            app = build(settings_of(tmp_path, **server), vanilla=model)
            await stack.enter_async_context(app.router.lifespan_context(app))
            transport = ASGITransport(app, raise_app_exceptions=False)
            return await stack.enter_async_context(AsyncClient(transport=transport, base_url="http://gateway"))

        yield opened


@pytest.fixture
async def over_upstream(tmp_path: Path) -> AsyncIterator[Opening]:
    """Open a client of a gateway before a prepared upstream, in this process and without sockets; it forgets the
    targets of the invented island, unless it is given others."""
    numbers = itertools.count()
    async with AsyncExitStack() as stack:

        async def opened(upstream: Upstream, targets: Sequence[Target] = load().targets, **server: Any) -> AsyncClient:
            settings = with_targets(settings_of(tmp_path, **server), tmp_path / f"{next(numbers)}.db", targets)
            app = build(settings, upstream=upstream)
            await stack.enter_async_context(app.router.lifespan_context(app))
            transport = ASGITransport(app, raise_app_exceptions=False)
            # The id that the gateway would draw holds any year in one answer of a thousand.
            own = {"x-request-id": "asked"}
            client = AsyncClient(transport=transport, base_url="http://gateway", headers=own)
            return await stack.enter_async_context(client)

        yield opened


@pytest.fixture
async def over_endpoint(tmp_path: Path) -> AsyncIterator[Opening]:
    """Open a client of a gateway before an endpoint at a URL, which forgets the targets it is given."""
    numbers = itertools.count()
    async with AsyncExitStack() as stack:

        async def opened(base_url: str, targets: Sequence[Target] = (), **server: Any) -> AsyncClient:
            app = build(
                with_targets(settings_of(tmp_path, base_url, **server), tmp_path / f"e{next(numbers)}.db", targets)
            )
            await stack.enter_async_context(app.router.lifespan_context(app))
            transport = ASGITransport(app, raise_app_exceptions=False)
            return await stack.enter_async_context(AsyncClient(transport=transport, base_url="http://gateway"))

        yield opened


def with_targets(settings: Settings, path: Path, targets: Sequence[Target]) -> Settings:
    """The settings with a registry in a file that holds these targets."""
    url = f"sqlite:///{path}"
    with Registry.open(url, None) as registry:
        registry.add_many(targets)
    return settings.model_copy(update={"registry": RegistrySettings(url=url)})


@pytest.fixture
def settings_for(tmp_path: Path) -> Callable[..., Settings]:
    """Settings of a gateway before an endpoint at a URL, with names to forget."""

    def made(base_url: str, targets: Sequence[str] = (), agents: str = "rules", **server: Any) -> Settings:
        settings = settings_of(tmp_path, base_url, **server)
        settings = settings.model_copy(update={"policy": PolicySettings(agents=agents, elicit=False)})  # type: ignore[arg-type]
        return with_targets(settings, tmp_path / "served.db", [Target(name) for name in targets])

    return made
