"""Configuration: `expunge.toml`, overridden by `EXPUNGE_*`. The only file that reads the environment.

A nested key is set with two underscores: `EXPUNGE_REGISTRY__URL`, `EXPUNGE_POLICY__KEEP`.
An unknown key is an error, since a misspelt safety setting must not pass for the default.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from expunge.errors import ConfigError
from expunge.refusals import ENGLISH

DEFAULT_PATH = Path("expunge.toml")

DEFAULT_REFUSALS = ENGLISH
AgentName = Literal["audit_erase", "critic", "composer"]
AGENTS: tuple[AgentName, ...] = ("audit_erase", "critic", "composer")


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RegistrySettings(_Section):
    """Where targets are kept: `sqlite:///file` or `postgresql://user@host/db`."""

    url: str = "sqlite:///expunge.db"


class ModelSettings(_Section):
    """One model: an endpoint (`base_url`, `model`), a GGUF file (`path`), or, empty, the embedded one.

    Times are in seconds. `context` is the context size in tokens of an embedded model.
    """

    base_url: str | None = None
    model: str | None = None
    api_key_env: str | None = None
    path: Path | None = None
    timeout: float = Field(default=60.0, gt=0)
    retries: int = Field(default=2, ge=0, le=10)
    max_tokens: int = Field(default=512, gt=0)
    context: int = Field(default=8192, ge=512)

    @model_validator(mode="after")
    def _one_kind(self) -> ModelSettings:
        if self.base_url and self.path:
            raise ValueError("give base_url or path, not both")
        if self.base_url and not self.base_url.startswith(("http://", "https://")):
            raise ValueError("base_url must begin with http:// or https://")
        return self

    @property
    def is_default(self) -> bool:
        """Whether nothing chooses a model here, so that the fall-back applies."""
        return self.base_url is None and self.path is None and self.model is None

    def api_key(self) -> str:
        """The key that `api_key_env` names, or a placeholder for endpoints that want none.

        Raises:
            ConfigError: if the variable is named but not set.
        """
        if self.api_key_env is None:
            return "none"
        key = os.environ.get(self.api_key_env)
        if not key:
            raise ConfigError(f"The variable {self.api_key_env} is not set; set it to the endpoint's API key.")
        return key


class ModelsSettings(_Section):
    """The model of each role; each falls back to `default`, and that to the embedded model."""

    default: ModelSettings = ModelSettings()
    vanilla: ModelSettings = ModelSettings()
    audit_erase: ModelSettings = ModelSettings()
    critic: ModelSettings = ModelSettings()
    composer: ModelSettings = ModelSettings()

    def of(self, role: Literal["vanilla", "audit_erase", "critic", "composer"]) -> ModelSettings:
        """The settings of a role, after the fall-back."""
        own: ModelSettings = getattr(self, role)
        return self.default if own.is_default else own


class PolicySettings(_Section):
    """How answers are decided. `deadline` is the most seconds that one agent may take.

    `refusal` says how a refusal is worded: "plain" ignorance, or "mirror", the model's own answer to the same
    question about somebody who never existed.
    """

    profile: Literal["screened", "paper"] = "screened"
    agents: Literal["auto", "model", "rules"] = "auto"
    variants: int = Field(default=5, ge=1, le=20)
    keep: int = Field(default=3, ge=1, le=20)
    threshold: float = Field(default=4.0, ge=1, le=5)
    elicit: bool = True
    echo: bool = False
    deadline: float = Field(default=60.0, gt=0)
    refusal: Literal["plain", "mirror"] = "plain"
    refusals: tuple[str, ...] = DEFAULT_REFUSALS

    @model_validator(mode="after")
    def _consistent(self) -> PolicySettings:
        if self.keep > self.variants:
            raise ValueError("keep must not be larger than variants")
        if not self.refusals or not all(text.strip() for text in self.refusals):
            raise ValueError("refusals needs at least one text, none of them empty")
        return self


class ServerSettings(_Section):
    """Where and how the gateway listens."""

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    auth: Literal["keys", "none"] = "keys"
    stream: Literal["decided", "progressive"] = "decided"


class Settings(BaseSettings):
    """The whole configuration. `key` is the registry's encryption key (`EXPUNGE_KEY`)."""

    model_config = SettingsConfigDict(
        env_prefix="EXPUNGE_", env_nested_delimiter="__", extra="forbid", frozen=True, toml_file=None
    )

    registry: RegistrySettings = RegistrySettings()
    models: ModelsSettings = ModelsSettings()
    embeddings: ModelSettings = ModelSettings()
    policy: PolicySettings = PolicySettings()
    server: ServerSettings = ServerSettings()
    key: SecretStr | None = None
    cache_dir: Path | None = None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over the file, whose values come in as arguments."""
        return (env_settings, init_settings)

    @classmethod
    def load(cls, path: str | Path | None = None) -> Settings:
        """Read `path`, or `./expunge.toml` if there is one, and the environment over it.

        Raises:
            ConfigError: if the file is missing though named, is not TOML, or a key or value is wrong.
        """
        file = Path(path) if path is not None else DEFAULT_PATH
        values: dict[str, Any] = {}
        if path is not None or file.exists():
            try:
                values = tomllib.loads(file.read_text(encoding="utf-8"))
            except FileNotFoundError:
                raise ConfigError(f"There is no configuration file {file}; name one, or leave --config out.") from None
            except (OSError, UnicodeDecodeError) as error:
                raise ConfigError(f"The configuration file {file} cannot be read ({type(error).__name__}).") from None
            except tomllib.TOMLDecodeError as error:
                raise ConfigError(f"The configuration file {file} is not valid TOML: {error}.") from None
        try:
            return cls(**values)
        except ValidationError as error:
            raise ConfigError(_sentence(error)) from None

    @staticmethod
    def hub_access() -> tuple[str | None, str]:
        """Another address of the public hub (`HF_ENDPOINT`), or None, and the token to send to it (`HF_TOKEN`)."""
        return os.environ.get("HF_ENDPOINT") or None, os.environ.get("HF_TOKEN", "")

    def cache(self) -> Path:
        """The folder for fetched weights and cached probe results (`EXPUNGE_CACHE_DIR` moves it)."""
        if self.cache_dir is not None:
            return self.cache_dir
        root = os.environ.get("XDG_CACHE_HOME")
        return (Path(root) if root else Path.home() / ".cache") / "expunge"


def _sentence(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        close = difflib.get_close_matches(str(first["loc"][-1]), _known_keys(first["loc"][:-1]), n=1)
        hint = f" Did you mean {close[0]}?" if close else ""
        return f"The configuration has an unknown key {where}; remove it or correct its name.{hint}"
    reason = first["msg"].removeprefix("Value error, ")
    return f"The configuration key {where or 'file'} is wrong: {reason}."


def _known_keys(loc: tuple[int | str, ...]) -> list[str]:
    model: type[BaseModel] = Settings
    for part in loc:
        annotation = model.model_fields[str(part)].annotation if str(part) in model.model_fields else None
        if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
            return []
        model = annotation
    return list(model.model_fields)
