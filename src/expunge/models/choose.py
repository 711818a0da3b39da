"""From settings to models: the one place that knows which class plays what."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from expunge.errors import ConfigError, ModelError
from expunge.models.base import ChatModel, EmbeddingModel
from expunge.settings import ModelSettings


def chat_model(settings: ModelSettings, *, cache: Path, place: str = "models.default") -> ChatModel:
    """The chat model of `settings`: an endpoint, a GGUF file, or, empty, the embedded model in the `cache` folder.

    `model` without `base_url` names one that `expunge models pull` fetched. Weights are looked for
    and loaded at the first call, so that what needs no model works without them. `place` is the section of the
    configuration to name in an error.

    Raises:
        ConfigError: if an endpoint has no `model`, or its address or key cannot be used; or if `model` without
            `base_url` is not the name of a model to fetch.
    """
    if settings.base_url and settings.api == "anthropic":
        from expunge.models.anthropic import AnthropicChat

        return AnthropicChat(
            settings.base_url,
            _model_of(settings, place),
            api_key=settings.api_key(),
            timeout=settings.timeout,
            retries=settings.retries,
            max_tokens=settings.max_tokens,
        )
    if settings.base_url:
        from expunge.models.endpoint import EndpointChat

        return EndpointChat(
            settings.base_url,
            _model_of(settings, place),
            api_key=settings.api_key(),
            timeout=settings.timeout,
            retries=settings.retries,
            max_tokens=settings.max_tokens,
        )
    from expunge.models import weights
    from expunge.models.embedded import EmbeddedChat

    if settings.path is None and settings.model in (None, "", weights.DEFAULT):
        from expunge.models.shipped import MANNER, MAX_TOKENS

        return EmbeddedChat(
            weights.place(weights.DEFAULT, cache),
            context=settings.context,
            timeout=settings.timeout,
            max_tokens=settings.max_tokens if "max_tokens" in settings.model_fields_set else MAX_TOKENS,
            manner=MANNER,
        )
    path = settings.path.expanduser() if settings.path else _fetched(settings.model or "", cache, place)
    return EmbeddedChat(path, context=settings.context, timeout=settings.timeout, max_tokens=settings.max_tokens)


def embedding_model(settings: ModelSettings, *, cache: Path | None = None) -> EmbeddingModel:
    """The embedding model of `settings`: an endpoint, or, empty, the embedded one; either remembers its vectors.

    The embedded one's files lie in the `cache` folder, or in the default one.

    Raises:
        ConfigError: if the settings name a file, or an endpoint that cannot be used.
    """
    from expunge.models.embeddings import CachedEmbeddings, EmbeddedEmbeddings

    if settings.base_url:
        from expunge.models.endpoint import EndpointEmbeddings

        endpoint = EndpointEmbeddings(
            settings.base_url,
            _model_of(settings, "embeddings"),
            api_key=settings.api_key(),
            timeout=settings.timeout,
            retries=settings.retries,
        )
        return CachedEmbeddings(endpoint)
    if not settings.is_default:
        raise ConfigError(
            "Embeddings come from an endpoint or from the embedded model: give embeddings.base_url with "
            "embeddings.model, or leave both out."
        )
    return CachedEmbeddings(EmbeddedEmbeddings.kept_in(cache))


def _model_of(settings: ModelSettings, place: str) -> str:
    if not settings.model:
        raise ConfigError(f"There is {place}.base_url without {place}.model: the name that the endpoint knows it by.")
    return settings.model


def _fetched(name: str, cache: Path, place: str) -> Path:
    """Return the file of a model that was fetched by name; most names that are none are an endpoint's."""
    from expunge.models import weights

    files = ""
    with suppress(ModelError):
        wanted = weights.parse(name)
        if wanted.file.endswith(".gguf"):
            return weights.place(name, cache)
        files = f", of which `expunge models pull {wanted.repo}` lists those there are"
    raise ConfigError(
        f"{place}.model is not the name of a GGUF file; set {place}.base_url to the endpoint that serves the model, "
        f"such as https://api.openai.com/v1, or name a file as OWNER/REPOSITORY/FILE.gguf{files}."
    )
