"""Settings to the parts of an unlearner. The only file that knows all the seams."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from expunge.agents.roles import Roles
from expunge.models.base import ChatModel, EmbeddingModel
from expunge.models.choose import chat_model, embedding_model
from expunge.pipeline import Pipeline
from expunge.registry.store import Registry
from expunge.screen.screen import Screen
from expunge.settings import AGENTS, AgentName, Settings


@dataclass(frozen=True, slots=True)
class Parts:
    """What an unlearner is made of."""

    settings: Settings
    registry: Registry
    vanilla: ChatModel
    models: dict[AgentName, ChatModel]
    embeddings: EmbeddingModel
    screen: Screen
    roles: Roles
    pipeline: Pipeline

    async def aclose(self) -> None:
        """Release models and the registry."""
        for model in {id(m): m for m in (self.vanilla, *self.models.values())}.values():
            await model.aclose()
        await self.embeddings.aclose()
        self.registry.close()


def assemble(
    settings: Settings, *, vanilla: ChatModel | None = None, embeddings: EmbeddingModel | None = None
) -> Parts:
    """Build everything that the settings ask for; a model given here stands in for the configured one.

    Models are loaded and endpoints reached only when they are first used.

    Raises:
        ConfigError: if a model's settings cannot be met.
        RegistryError: if the registry cannot be opened.
    """
    cache = settings.cache()
    key = settings.key.get_secret_value() if settings.key is not None else None
    upstream = vanilla or chat_model(settings.models.of("vanilla"), cache=cache)
    models: dict[AgentName, ChatModel] = {role: chat_model(settings.models.of(role), cache=cache) for role in AGENTS}
    embedder = embeddings or embedding_model(settings.embeddings)
    registry = Registry.open(settings.registry.url, key)
    screen = Screen(embedder, registry, echo=settings.policy.echo)
    roles = Roles(models, settings.policy.agents, probe_cache(cache))
    pipeline = Pipeline(upstream, screen, roles, settings.policy)
    return Parts(settings, registry, upstream, models, embedder, screen, roles, pipeline)


def probe_cache(cache: Path) -> Path:
    """Where the results of competence probes are remembered."""
    return cache / "probes.json"
