"""Configuration: `expunge.toml`, overridden by `EXPUNGE_*`. The only file that reads the environment.

A nested key is set with two underscores: `EXPUNGE_REGISTRY__URL`, `EXPUNGE_POLICY__KEEP`.
An unknown key is an error, so that a misspelt safety setting does not silently become the default.
"""

from __future__ import annotations

import base64
import binascii
import difflib
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from expunge.errors import ConfigError
from expunge.reasons import reason_of
from expunge.refusals import ENGLISH

DEFAULT_PATH = Path("expunge.toml")

DEFAULT_REFUSALS = ENGLISH
DEFAULT_TENANT = "default"
_LEAST_SECRET = 24
TENANT_PATTERN = r"^[a-z0-9][a-z0-9_-]{0,62}$"
AgentName = Literal["audit_erase", "critic", "composer"]
ModelApi = Literal["openai", "anthropic"]
ANTHROPIC_VERSION = "2023-06-01"
"""The version of Anthropic's API that is spoken where a caller names none."""
RefusalForm = Literal["text", "refusal", "content_filter"]
AGENTS: tuple[AgentName, ...] = ("audit_erase", "critic", "composer")


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RegistrySettings(_Section):
    """The registry's URL (`sqlite:///file` or `postgresql://user@host/db`), and the tenant to use.

    With `must_exist`, a missing registry is an error; without it, an unmounted volume looks like a first start.
    """

    url: str = "sqlite:///expunge.db"
    must_exist: bool = False
    tenant: str = Field(default=DEFAULT_TENANT, pattern=TENANT_PATTERN)


class AuditSettings(_Section):
    """The audit log: whether decisions are logged, and for how many days they are kept (None: forever)."""

    decisions: bool = True
    keep_days: int | None = Field(default=None, ge=1)


class ModelSettings(_Section):
    """One model: an endpoint (`base_url`, `model`), a GGUF file (`path`), or, if empty, the embedded model.

    `api` is what the endpoint speaks: "openai", or "anthropic", Anthropic's Messages API, for `models.vanilla` only.

    Times are in seconds. `context` is the context size in tokens of an embedded model.
    """

    base_url: str | None = None
    api: ModelApi = "openai"
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
            raise ValueError("give either base_url or path")
        if self.base_url and not self.base_url.startswith(("http://", "https://")):
            raise ValueError("base_url must begin with http:// or https://")
        if self.api != "openai" and not self.base_url:
            raise ValueError(f'api = "{self.api}" requires base_url: the address of the endpoint that speaks it')
        return self

    @property
    def is_default(self) -> bool:
        """Whether no model is chosen here, so that the fallback applies."""
        return self.base_url is None and self.path is None and self.model is None

    def api_key(self) -> str:
        """Return the API key, or a placeholder for endpoints that need none.

        Raises:
            ConfigError: if `api_key_env` names a variable that is not set.
        """
        if self.api_key_env is None:
            return "none"
        key = os.environ.get(self.api_key_env)
        if not key:
            raise ConfigError(f"The variable {self.api_key_env} is not set; set it to the endpoint's API key.")
        return key


class ModelsSettings(_Section):
    """The model for each role. Each falls back to `default`, and that to the embedded model."""

    default: ModelSettings = ModelSettings()
    vanilla: ModelSettings = ModelSettings()
    audit_erase: ModelSettings = ModelSettings()
    critic: ModelSettings = ModelSettings()
    composer: ModelSettings = ModelSettings()

    @model_validator(mode="after")
    def _agents_speak_openai(self) -> ModelsSettings:
        for role in ("default", *AGENTS):
            own: ModelSettings = getattr(self, role)
            if own.api != "openai":
                raise ValueError(f'api = "anthropic" is for models.vanilla only; models.{role} needs an OpenAI API')
        return self

    def of(self, role: Literal["vanilla", "audit_erase", "critic", "composer"]) -> ModelSettings:
        """Return the settings for a role, after the fallback."""
        own: ModelSettings = getattr(self, role)
        return self.default if own.is_default else own

    def place_of(self, role: Literal["vanilla", "audit_erase", "critic", "composer"]) -> str:
        """Return the section of the file that holds these settings, or would."""
        own: ModelSettings = getattr(self, role)
        return "models.default" if own.is_default else f"models.{role}"


_RENAMED = {"echo": "allow_echo", "floor": "min_response_seconds", "grace": "shutdown_timeout"}
"""Keys that were called otherwise before."""


class PolicySettings(_Section):
    """Settings for deciding answers. `deadline` limits each agent, in seconds.

    `refusal` sets the wording of refusals: "plain" ignorance, in the words of `refusals`; "mirror", the model's own
    answer to the same question about a person who never existed, for which up to three are tried; or "auto", the same
    with one, which costs one call more. Where the question names nobody or the answer must not leave, the refusal is
    plain. With `refusals` of your own, "auto" uses them wherever no program waits for another form.
    `meaning` sets which sentences the embedding model compares with facts: "sieved", those whose words may be near
    one, or "thorough", all of them.
    """

    profile: Literal["screened", "paper"] = "screened"
    agents: Literal["auto", "model", "rules"] = "auto"
    variants: int = Field(default=5, ge=1, le=20)
    keep: int = Field(default=3, ge=1, le=20)
    threshold: float = Field(default=4.0, ge=1, le=5)
    elicit: bool = True
    allow_echo: bool = False
    meaning: Literal["sieved", "thorough"] = "sieved"
    deadline: float = Field(default=60.0, gt=0)
    refusal: Literal["auto", "plain", "mirror"] = "auto"
    refusals: tuple[str, ...] = DEFAULT_REFUSALS

    @model_validator(mode="after")
    def _consistent(self) -> PolicySettings:
        if self.keep > self.variants:
            raise ValueError("keep must not exceed variants")
        if not self.refusals or not all(text.strip() for text in self.refusals):
            raise ValueError("refusals must contain at least one text, and no empty ones")
        return self

    @property
    def words_refusals(self) -> bool:
        """Whether the refusals are in words of the operator's own."""
        return self.refusals != DEFAULT_REFUSALS


class LimitSettings(_Section):
    """Limits per minute for keys without limits of their own; None means unlimited."""

    requests_per_minute: int | None = Field(default=None, ge=1)
    tokens_per_minute: int | None = Field(default=None, ge=1)


def _today(value: Any) -> Any:
    """Return a value under the name that it has today."""
    return {"decided": "buffered", "progressive": "incremental"}.get(value, value) if isinstance(value, str) else value


def _auto_or_seconds(value: Any) -> Any:
    """Return "auto", or the number of seconds that was given.

    Raises:
        ValueError: if it is neither, or the number is not from 0 to 60.
    """
    try:
        seconds = value if value == "auto" else float(value)
    except (TypeError, ValueError):
        raise ValueError('use "auto" or a number of seconds') from None
    if seconds != "auto" and not 0 <= seconds <= _LONGEST_MINIMUM:
        raise ValueError(f"use a number of seconds from 0 to {_LONGEST_MINIMUM}")
    return seconds


_LONGEST_MINIMUM = 60


class ServerSettings(_Section):
    """Settings of the gateway.

    `authorization` says how to read that header: "own" (it holds the gateway's key, and the upstream gets the
    configured one) or "upstream" (it is passed on, and the gateway's key is in `X-Expunge-Key`). `refusal_form` says
    how a client sees a refusal: as an ordinary answer, in the `refusal` field, or by the finish reason
    `content_filter`. Times are in seconds: `connect`, `first_byte` and `idle` limit the wait for the upstream, `total`
    a whole request, `head_timeout` the wait for a client's headers and `body_timeout` the wait for its body (plus one
    second for each 64 KiB). `keep_alive` is the interval between comments on a held stream, `shutdown_timeout` limits
    how long a shutdown waits for open requests. `min_response_seconds` is the minimum duration of every answer; "auto"
    holds only answers that were refused or rewritten, for as long as ordinary ones of their length take.
    `max_body` is in bytes. `console` serves the pages at `/console`, which need keys; by default it does with
    `auth = "keys"`.
    """

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    auth: Literal["keys", "none"] = "keys"
    console: bool | None = None
    authorization: Literal["own", "upstream"] = "own"
    stream: Annotated[Literal["buffered", "incremental"], BeforeValidator(_today)] = "buffered"
    refusal_form: RefusalForm = "text"
    connect: float = Field(default=5.0, gt=0)
    first_byte: float = Field(default=300.0, gt=0)
    idle: float = Field(default=60.0, gt=0)
    total: float = Field(default=600.0, gt=0)
    head_timeout: float = Field(default=10.0, gt=0)
    body_timeout: float = Field(default=20.0, gt=0)
    keep_alive: float = Field(default=10.0, gt=0)
    shutdown_timeout: float = Field(default=30.0, ge=0)
    min_response_seconds: Annotated[Literal["auto"] | float, BeforeValidator(_auto_or_seconds)] = "auto"
    max_body: int = Field(default=8 * 2**20, ge=1024)
    max_messages: int = Field(default=10_000, ge=1)
    limits: LimitSettings = LimitSettings()


class WebhookSettings(_Section):
    """Webhooks for targets that come into force or leave it: addresses, and the variable with the signing secret.

    `timeout` limits the wait for an address to answer, and `poll` is the interval between checks for new events, both
    in seconds.
    """

    urls: tuple[str, ...] = ()
    secret_env: str | None = None
    events: tuple[Literal["activated", "lifted", "expired", "removed"], ...] = (
        "activated",
        "lifted",
        "expired",
        "removed",
    )
    timeout: float = Field(default=10.0, gt=0, le=60)
    poll: float = Field(default=1.0, gt=0)

    @model_validator(mode="after")
    def _signed(self) -> WebhookSettings:
        if not all(url.startswith(("http://", "https://")) for url in self.urls):
            raise ValueError("every entry of urls must begin with http:// or https://")
        if self.urls and not self.secret_env:
            raise ValueError("urls require secret_env: the variable that holds the signing secret")
        return self

    def secret(self) -> bytes:
        """Return the signing secret: base64 after the prefix `whsec_`, or the plain text.

        Raises:
            ConfigError: if the variable is not set, or has fewer than 24 bytes.
        """
        text = os.environ.get(self.secret_env or "", "").strip()
        try:
            key = base64.b64decode(text.removeprefix("whsec_"), validate=True) if text.startswith("whsec_") else b""
        except binascii.Error:
            key = b""
        key = key or (b"" if text.startswith("whsec_") else text.encode())
        if len(key) < _LEAST_SECRET:
            raise ConfigError(
                f"The variable {self.secret_env} must hold a secret of {_LEAST_SECRET} bytes or more; set it to one "
                "that `expunge webhooks secret` prints."
            )
        return key


class TenantSettings(_Section):
    """Overrides for one tenant: keys of `[policy]`."""

    policy: dict[str, Any] = {}


class Settings(BaseSettings):
    """The whole configuration.

    `key` is the registry's encryption key (`EXPUNGE_KEY`), `new_key` its replacement during a rotation
    (`EXPUNGE_NEW_KEY`).
    """

    model_config = SettingsConfigDict(
        env_prefix="EXPUNGE_", env_nested_delimiter="__", extra="forbid", frozen=True, toml_file=None
    )

    registry: RegistrySettings = RegistrySettings()
    models: ModelsSettings = ModelsSettings()
    embeddings: ModelSettings = ModelSettings()
    policy: PolicySettings = PolicySettings()
    server: ServerSettings = ServerSettings()
    audit: AuditSettings = AuditSettings()
    webhooks: WebhookSettings = WebhookSettings()
    tenants: dict[str, TenantSettings] = {}
    key: SecretStr | None = None
    new_key: SecretStr | None = None
    cache_dir: Path | None = None

    @model_validator(mode="after")
    def _embeddings_speak_openai(self) -> Settings:
        if self.embeddings.api != "openai":
            raise ValueError('api = "anthropic" is for models.vanilla only; embeddings needs an OpenAI API')
        return self

    @model_validator(mode="after")
    def _known_tenants(self) -> Settings:
        for name in self.tenants:
            if not re.fullmatch(TENANT_PATTERN, name):
                raise ValueError(f"tenants: {name[:63]!r} is not a valid tenant name; use a-z, 0-9, - and _")
            try:
                self.policy_of(name)
            except ValidationError as error:
                raise ConfigError(_sentence(error, ("tenants", name, "policy"), PolicySettings)) from None
        return self

    def keys(self) -> tuple[str | None, str | None]:
        """Return the registry's encryption key and its replacement, each None if not given."""
        key = None if self.key is None else self.key.get_secret_value()
        return key, (None if self.new_key is None else self.new_key.get_secret_value().strip() or None)

    def policy_of(self, tenant: str) -> PolicySettings:
        """Return the policy for a tenant: the general one with the tenant's overrides."""
        own = self.tenants.get(tenant)
        return self.policy if own is None else PolicySettings(**{**self.policy.model_dump(), **own.policy})

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let the environment override the file, whose values are passed as arguments."""
        return (env_settings, init_settings)

    @classmethod
    def load(cls, path: str | Path | None = None) -> Settings:
        """Load `path`, or `./expunge.toml` if it exists, overridden by the environment.

        Raises:
            ConfigError: if a named file is missing or is not TOML, or a key or value is wrong.
        """
        if not isinstance(path, str | Path | None):
            raise ConfigError(
                "A configuration must be the path of a file or Settings, not "
                f"{type(path).__name__}; leave it out for ./expunge.toml."
            )
        file = Path(path) if path is not None else DEFAULT_PATH
        values: dict[str, Any] = {}
        if path is not None or file.exists():
            try:
                values = tomllib.loads(file.read_text(encoding="utf-8"))
            except FileNotFoundError:
                raise ConfigError(
                    f"The configuration file {file} does not exist; name another, or leave --config out."
                ) from None
            except (OSError, UnicodeDecodeError) as error:
                raise ConfigError(f"The configuration file {file} cannot be read: {reason_of(error)}.") from None
            except tomllib.TOMLDecodeError as error:
                raise ConfigError(f"The configuration file {file} is not valid TOML: {error}.") from None
        return cls.of(values)

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Settings:
        """Return the settings of a file with these values, overridden by the environment.

        Raises:
            ConfigError: if a key or value is wrong.
        """
        cls._check_environment()
        try:
            return cls(**values)
        except ValidationError as error:
            raise ConfigError(_sentence(error)) from None

    @classmethod
    def _check_environment(cls) -> None:
        """Reject misspelt sections in the environment, which pydantic-settings would ignore.

        A name without two underscores may not be ours: Kubernetes sets `EXPUNGE_PORT` for a service.
        """
        for name in os.environ:
            section, nested, _ = name.lower().removeprefix("expunge_").partition("__")
            if name.upper().startswith("EXPUNGE_") and nested and section not in cls.model_fields:
                close = difflib.get_close_matches(section, cls.model_fields, n=1)
                hint = f" Did you mean EXPUNGE_{close[0].upper()}__…?" if close else ""
                raise ConfigError(
                    f"The environment variable {name} matches no configuration section; rename or unset it.{hint}"
                )

    @staticmethod
    def hub_access() -> tuple[str | None, str]:
        """Return the address of another hub (`HF_ENDPOINT`), or None, and the token for it (`HF_TOKEN`)."""
        return os.environ.get("HF_ENDPOINT") or None, os.environ.get("HF_TOKEN", "")

    def cache(self) -> Path:
        """Return the folder for fetched weights and probe results; `EXPUNGE_CACHE_DIR` overrides it."""
        if self.cache_dir is not None:
            return self.cache_dir
        return default_cache()


def default_cache() -> Path:
    """Return this user's default cache folder."""
    root = os.environ.get("XDG_CACHE_HOME")
    return (Path(root) if root else Path.home() / ".cache") / "expunge"


def _sentence(error: ValidationError, under: tuple[str, ...] = (), model: type[BaseModel] | None = None) -> str:
    """Describe the first wrong key; its path starts below `under`, whose keys are those of `model`."""
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join((*under, *(str(part) for part in first["loc"])))
    if first["type"] == "extra_forbidden":
        known, word = _known_keys(first["loc"][:-1], model or Settings), str(first["loc"][-1])
        lower = word.lower().replace("-", "_")
        # Prefer what is meant over what is spelt alike: "url" means "base_url".
        close = [key for key in known if len(lower) > 2 and key.endswith(f"_{lower}")]
        close += difflib.get_close_matches(lower, known, n=1)
        close = [_RENAMED[lower]] if _RENAMED.get(lower) in known else close
        hint = f" Did you mean {close[0]}?" if close else f" Known keys are {', '.join(known)}." if known else ""
        elsewhere = [] if close else _places_of(lower)
        if elsewhere and where.startswith("tenants."):
            elsewhere = [place for place in elsewhere if place.startswith("policy.")]
        if elsewhere:
            hint = f" Did you mean {elsewhere[0]}?"
        return f"The configuration has an unknown key {where}; remove it or correct its name.{hint}"
    reason = first["msg"].removeprefix("Value error, ").rstrip(".")
    return f"The configuration key {where or 'file'} is wrong: {reason[:1].lower()}{reason[1:]}."


def _known_keys(loc: tuple[int | str, ...], model: type[BaseModel]) -> list[str]:
    for part in loc:
        annotation = model.model_fields[str(part)].annotation if str(part) in model.model_fields else None
        if annotation == dict[str, TenantSettings]:
            annotation = TenantSettings
        elif model is TenantSettings or annotation is None:
            # A tenant's own name, not a key.
            annotation = model if model is TenantSettings else None
        if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
            return []
        model = annotation
    return [key for key in model.model_fields if key not in ("key", "new_key")]


def _places_of(key: str) -> list[str]:
    """Return where in the file a key of this name belongs, if another section has it."""
    sections = {
        name: field.annotation
        for name, field in Settings.model_fields.items()
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
    }
    found = [f"{name}.{key}" for name, section in sections.items() if key in section.model_fields]
    return [place.replace("embeddings.", "models.default.") for place in found]
