"""The model behind the systems: the configured one, another, or the oracle."""

from __future__ import annotations

from pathlib import Path

from expunge.errors import UsageError
from expunge.evals.cases import Suite
from expunge.evals.oracle import Oracle
from expunge.evals.replay import Replay
from expunge.models.base import ChatModel
from expunge.models.choose import chat_model
from expunge.settings import ModelSettings, Settings

AUTO = "auto"
ORACLE = "oracle"
CONFIGURED = "config"
PATIENCE = 600.0
"""Seconds that an answer of a model named by a file or URL may take: a long prompt on a busy machine is no failure."""


def resolve_upstream(spec: str, settings: Settings) -> str:
    """`spec`, with `auto` turned into `config` where the configuration names a model for Vanilla, else `oracle`.

    Raises:
        UsageError: if it is none of auto, oracle, config, a GGUF file, or a URL.
    """
    if spec == AUTO:
        return ORACLE if settings.models.of("vanilla").is_default else CONFIGURED
    if spec in (ORACLE, CONFIGURED):
        return spec
    if spec.startswith(("http://", "https://")):
        if not spec.partition("#")[2]:
            raise UsageError("The upstream's URL names no model; write it as http://HOST/v1#MODEL.")
        return spec
    if spec.endswith(".gguf"):
        if not Path(spec).expanduser().is_file():
            raise UsageError(
                f"There is no GGUF file {spec} for the upstream; give the path of one, or oracle, or config."
            )
        return spec
    raise UsageError("The upstream must be oracle, config, a GGUF file, or a URL with #MODEL at its end.")


def open_upstream(spec: str, settings: Settings, suite: Suite, replay: Path | None = None) -> ChatModel:
    """The chat model of a resolved `spec`; a URL is followed by `#` and the model's name.

    With `replay`, answers are kept in that file; never for the oracle, which needs no such help.

    Raises:
        UsageError: if the replay file cannot be used.
        ConfigError: if the model cannot be configured so.
    """
    if spec == ORACLE:
        return Oracle.of_suite(suite)
    model = chat_model(_model_settings(spec, settings), cache=settings.cache())
    return model if replay is None else Replay(model, replay)


def _model_settings(spec: str, settings: Settings) -> ModelSettings:
    if spec == CONFIGURED:
        return settings.models.of("vanilla")
    if spec.endswith(".gguf"):
        return ModelSettings(path=Path(spec).expanduser(), timeout=PATIENCE)
    url, _, model = spec.partition("#")
    return ModelSettings(base_url=url, model=model, timeout=PATIENCE)
