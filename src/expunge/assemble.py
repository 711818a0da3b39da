"""Settings to the parts of an unlearner. The only file that knows all the seams."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from expunge.agents.roles import Roles
from expunge.models.base import ChatModel, EmbeddingModel
from expunge.models.choose import chat_model, embedding_model
from expunge.models.embeddings import CachedEmbeddings
from expunge.pipeline import Pipeline
from expunge.registry.store import Registry
from expunge.screen.screen import Screen
from expunge.settings import AGENTS, AgentName, Settings


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of an unlearner."""

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
        self.screen.close()
        for model in {id(m): m for m in (self.vanilla, *self.models.values())}.values():
            await model.aclose()
        await self.embeddings.aclose()
        self.registry.close()


def assemble(
    settings: Settings, *, vanilla: ChatModel | None = None, embeddings: EmbeddingModel | None = None, new: bool = False
) -> Parts:
    """Build everything that the settings ask for; a model given here stands in for the configured one.

    `new` begins a registry where there are only traces of an earlier one, which is an error otherwise. Models are
    loaded and endpoints reached only when they are first used.

    Raises:
        ConfigError: if a model's settings cannot be met.
        RegistryError: if the registry cannot be opened.
    """
    settings = _settings_of(settings, settings.registry.tenant)
    cache = settings.cache()
    key, new_key = settings.keys()
    upstream = vanilla or chat_model(
        settings.models.of("vanilla"), cache=cache, place=settings.models.place_of("vanilla")
    )
    models: dict[AgentName, ChatModel] = {
        role: chat_model(settings.models.of(role), cache=cache, place=settings.models.place_of(role)) for role in AGENTS
    }
    embedder = embeddings or embedding_model(settings.embeddings, cache=cache)
    place = settings.registry
    registry = Registry.open(
        place.url, key, place.tenant, new_key=new_key, new=new, must_exist=place.must_exist and not new
    )
    return _parts(settings, registry, upstream, models, embedder)


def for_tenant(settings: Settings, parts: Parts, tenant: str) -> Parts:
    """The parts of another tenant: its own targets, policy and memory of vectors, and the models and connections of
    `parts`.

    `settings` is the whole configuration, as it was given to `assemble`. What is shared is released with `parts`; do
    not close these.

    Raises:
        ConfigError: if the name is none of a tenant.
        RegistryError: if its targets cannot be loaded.
    """
    settings = _settings_of(settings, tenant)
    shared = parts.embeddings
    # What one tenant asks or registers must not make another's answers quicker.
    embeddings = shared.apart() if isinstance(shared, CachedEmbeddings) else shared
    return _parts(settings, parts.registry.of(tenant), parts.vanilla, parts.models, embeddings)


def _settings_of(settings: Settings, tenant: str) -> Settings:
    registry = settings.registry.model_copy(update={"tenant": tenant})
    return settings.model_copy(update={"registry": registry, "policy": settings.policy_of(tenant)})


def _parts(
    settings: Settings,
    registry: Registry,
    vanilla: ChatModel,
    models: dict[AgentName, ChatModel],
    embeddings: EmbeddingModel,
) -> Parts:
    teacher = embeddings.inner if isinstance(embeddings, CachedEmbeddings) else None
    policy = settings.policy
    screen = Screen(
        embeddings,
        registry,
        echo=policy.allow_echo,
        thorough=policy.meaning == "thorough",
        teacher=teacher,
        hints=policy.agents != "rules",
    )
    registry.before_changes(screen.follow)
    roles = Roles(models, settings.policy.agents, probe_cache(settings.cache()))
    pipeline = Pipeline(vanilla, screen, roles, settings.policy)
    return Parts(settings, registry, vanilla, models, embeddings, screen, roles, pipeline)


def probe_cache(cache: Path) -> Path:
    """Return the file in which the results of competence probes are remembered."""
    return cache / "probes.json"
