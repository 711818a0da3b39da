"""From settings to models: the one place that knows which class plays what."""

from __future__ import annotations

from pathlib import Path

from expunge.errors import ConfigError
from expunge.models.base import ChatModel, EmbeddingModel
from expunge.settings import ModelSettings


def chat_model(settings: ModelSettings, *, cache: Path) -> ChatModel:
    """The chat model of `settings`: an endpoint, a GGUF file, or, empty, the embedded model in the `cache` folder.

    `model` without `base_url` names one that `expunge models pull` fetched. Weights are looked for
    and loaded at the first call, so that what needs no model works without them.

    Raises:
        ConfigError: if an endpoint has no `model`, or its address or key cannot be used.
        ModelError: if `model` without `base_url` is not the name of a model to fetch.
    """
    if settings.base_url:
        from expunge.models.endpoint import EndpointChat

        return EndpointChat(
            settings.base_url,
            _model_of(settings),
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
    path = settings.path.expanduser() if settings.path else weights.place(settings.model or weights.DEFAULT, cache)
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
            _model_of(settings),
            api_key=settings.api_key(),
            timeout=settings.timeout,
            retries=settings.retries,
        )
        return CachedEmbeddings(endpoint)
    if not settings.is_default:
        raise ConfigError("The embeddings take a base_url with a model, or nothing for the embedded model.")
    return CachedEmbeddings(EmbeddedEmbeddings.kept_in(cache))


def _model_of(settings: ModelSettings) -> str:
    if not settings.model:
        raise ConfigError("A model with a base_url needs a model too: the name that the endpoint knows it by.")
    return settings.model
