"""Configuration: `expunge.toml`, overridden by `EXPUNGE_*`. The only file that reads the environment.

A nested key is set with two underscores: `EXPUNGE_REGISTRY__URL`, `EXPUNGE_POLICY__KEEP`.
An unknown key is an error, since a misspelt safety setting must not pass for the default.
"""

from __future__ import annotations

import base64
import binascii
import difflib
import os
import re
import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator
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
RefusalForm = Literal["text", "refusal", "content_filter"]
AGENTS: tuple[AgentName, ...] = ("audit_erase", "critic", "composer")


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RegistrySettings(_Section):
    """Where targets are kept: `sqlite:///file` or `postgresql://user@host/db`, and whose they are.

    With `must_exist` none is made where there is none: a volume that is not mounted would pass for a first start.
    """

    url: str = "sqlite:///expunge.db"
    must_exist: bool = False
    tenant: str = Field(default=DEFAULT_TENANT, pattern=TENANT_PATTERN)


class AuditSettings(_Section):
    """The log of changes and decisions: days that a decision is kept (None: for good), and whether any is written."""

    decisions: bool = True
    keep_days: int | None = Field(default=None, ge=1)


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

    def place_of(self, role: Literal["vanilla", "audit_erase", "critic", "composer"]) -> str:
        """The section of the file that these settings stand in, or would."""
        own: ModelSettings = getattr(self, role)
        return "models.default" if own.is_default else f"models.{role}"


class PolicySettings(_Section):
    """How answers are decided. `deadline` is the most seconds that one agent may take.

    `refusal` says how a refusal is worded: "plain" ignorance, "mirror", the model's own answer to the same question
    about somebody who never existed, or "auto": mirrored where the conversation follows a protocol, plain elsewhere.
    `meaning` says which sentences are compared with facts by the embedding model: "sieved", those that may be near one
    by their words, or "thorough", all of them.
    """

    profile: Literal["screened", "paper"] = "screened"
    agents: Literal["auto", "model", "rules"] = "auto"
    variants: int = Field(default=5, ge=1, le=20)
    keep: int = Field(default=3, ge=1, le=20)
    threshold: float = Field(default=4.0, ge=1, le=5)
    elicit: bool = True
    echo: bool = False
    meaning: Literal["sieved", "thorough"] = "sieved"
    deadline: float = Field(default=60.0, gt=0)
    refusal: Literal["auto", "plain", "mirror"] = "auto"
    refusals: tuple[str, ...] = DEFAULT_REFUSALS

    @model_validator(mode="after")
    def _consistent(self) -> PolicySettings:
        if self.keep > self.variants:
            raise ValueError("keep must not be larger than variants")
        if not self.refusals or not all(text.strip() for text in self.refusals):
            raise ValueError("refusals needs at least one text, none of them empty")
        return self


class LimitSettings(_Section):
    """What a key may use within a minute where it has no limits of its own; None is no limit."""

    requests_per_minute: int | None = Field(default=None, ge=1)
    tokens_per_minute: int | None = Field(default=None, ge=1)


class ServerSettings(_Section):
    """Where and how the gateway listens.

    `authorization` says whose the header of that name is: "own" (it holds our key, and the upstream gets the
    configured one) or "upstream" (it is passed on, and our key stands in `X-Expunge-Key`). `refusal_form` says how a
    refusal looks to a client: as an ordinary answer, in the `refusal` field, or with the finish reason
    `content_filter`. Times are in seconds: `connect`, `first_byte` and `idle` bound the wait for the upstream,
    `total` a whole request, `head_timeout` the wait for a client's headers, `body_timeout` that for its body (a second
    longer for each 64 KiB of it), `keep_alive` is how often a held stream is given a comment, `grace` how long a
    shutdown waits for what is in flight, `floor` the least time that an answer takes. `max_body` is in bytes.
    """

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    auth: Literal["keys", "none"] = "keys"
    authorization: Literal["own", "upstream"] = "own"
    stream: Literal["decided", "progressive"] = "decided"
    refusal_form: RefusalForm = "text"
    connect: float = Field(default=5.0, gt=0)
    first_byte: float = Field(default=300.0, gt=0)
    idle: float = Field(default=60.0, gt=0)
    total: float = Field(default=600.0, gt=0)
    head_timeout: float = Field(default=10.0, gt=0)
    body_timeout: float = Field(default=20.0, gt=0)
    keep_alive: float = Field(default=10.0, gt=0)
    grace: float = Field(default=30.0, ge=0)
    floor: float = Field(default=0.0, ge=0, le=60)
    max_body: int = Field(default=8 * 2**20, ge=1024)
    max_messages: int = Field(default=10_000, ge=1)
    limits: LimitSettings = LimitSettings()


class WebhookSettings(_Section):
    """Who is told when targets come into force or leave it: addresses, and the variable that holds the signing secret.

    `timeout` is how many seconds an address may take to answer, `poll` how often it is looked for something new.
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
            raise ValueError("each of urls must begin with http:// or https://")
        if self.urls and not self.secret_env:
            raise ValueError("urls need a secret_env: the variable that holds the secret to sign with")
        return self

    def secret(self) -> bytes:
        """The secret: what follows `whsec_` in base64, or else the text itself.

        Raises:
            ConfigError: if the variable is not set, or holds fewer than 24 bytes.
        """
        text = os.environ.get(self.secret_env or "", "").strip()
        try:
            key = base64.b64decode(text.removeprefix("whsec_"), validate=True) if text.startswith("whsec_") else b""
        except binascii.Error:
            key = b""
        key = key or (b"" if text.startswith("whsec_") else text.encode())
        if len(key) < _LEAST_SECRET:
            raise ConfigError(
                f"The variable {self.secret_env} holds no secret of {_LEAST_SECRET} bytes or more; set it to one that "
                "`expunge webhooks secret` prints."
            )
        return key


class TenantSettings(_Section):
    """What is other for a tenant: keys of `[policy]` in place of the general ones."""

    policy: dict[str, Any] = {}


class Settings(BaseSettings):
    """The whole configuration. `key` is the registry's encryption key (`EXPUNGE_KEY`), `new_key` the one that it is
    being changed to (`EXPUNGE_NEW_KEY`)."""

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
    def _known_tenants(self) -> Settings:
        for name in self.tenants:
            if not re.fullmatch(TENANT_PATTERN, name):
                raise ValueError(f"tenants: {name[:63]!r} is no name of a tenant; use a-z, 0-9, - and _")
            try:
                self.policy_of(name)
            except ValidationError as error:
                raise ConfigError(_sentence(error, ("tenants", name, "policy"), PolicySettings)) from None
        return self

    def keys(self) -> tuple[str | None, str | None]:
        """The registry's encryption key and the one that it is being changed to, None where they are not given."""
        key = None if self.key is None else self.key.get_secret_value()
        return key, (None if self.new_key is None else self.new_key.get_secret_value().strip() or None)

    def policy_of(self, tenant: str) -> PolicySettings:
        """The policy in force for a tenant: the general one with the tenant's own keys over it."""
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
        """The environment wins over the file, whose values come in as arguments."""
        return (env_settings, init_settings)

    @classmethod
    def load(cls, path: str | Path | None = None) -> Settings:
        """Read `path`, or `./expunge.toml` if there is one, and the environment over it.

        Raises:
            ConfigError: if the file is missing though named, is not TOML, or a key or value is wrong.
        """
        if not isinstance(path, str | Path | None):
            raise ConfigError(
                "A configuration is the path of a file, or Settings; leave it out for ./expunge.toml. This is "
                f"of the type {type(path).__name__}."
            )
        file = Path(path) if path is not None else DEFAULT_PATH
        values: dict[str, Any] = {}
        if path is not None or file.exists():
            try:
                values = tomllib.loads(file.read_text(encoding="utf-8"))
            except FileNotFoundError:
                raise ConfigError(f"There is no configuration file {file}; name one, or leave --config out.") from None
            except (OSError, UnicodeDecodeError) as error:
                raise ConfigError(f"The configuration file {file} cannot be read: {reason_of(error)}.") from None
            except tomllib.TOMLDecodeError as error:
                raise ConfigError(f"The configuration file {file} is not valid TOML: {error}.") from None
        cls._check_environment()
        try:
            return cls(**values)
        except ValidationError as error:
            raise ConfigError(_sentence(error)) from None

    @classmethod
    def _check_environment(cls) -> None:
        """A misspelt section in the environment must not pass for the default, which its reader would let it do.

        Without two underscores a name may be somebody else's: Kubernetes tells of a service as `EXPUNGE_PORT`.
        """
        for name in os.environ:
            section, nested, _ = name.lower().removeprefix("expunge_").partition("__")
            if name.upper().startswith("EXPUNGE_") and nested and section not in cls.model_fields:
                close = difflib.get_close_matches(section, cls.model_fields, n=1)
                hint = f" Did you mean EXPUNGE_{close[0].upper()}__…?" if close else ""
                raise ConfigError(f"The environment's {name} belongs to no section of the configuration.{hint}")

    @staticmethod
    def hub_access() -> tuple[str | None, str]:
        """Another address of the public hub (`HF_ENDPOINT`), or None, and the token to send to it (`HF_TOKEN`)."""
        return os.environ.get("HF_ENDPOINT") or None, os.environ.get("HF_TOKEN", "")

    def cache(self) -> Path:
        """The folder for fetched weights and cached probe results (`EXPUNGE_CACHE_DIR` moves it)."""
        if self.cache_dir is not None:
            return self.cache_dir
        return default_cache()


def default_cache() -> Path:
    """The cache folder of this user where none is set."""
    root = os.environ.get("XDG_CACHE_HOME")
    return (Path(root) if root else Path.home() / ".cache") / "expunge"


def _sentence(error: ValidationError, under: tuple[str, ...] = (), model: type[BaseModel] | None = None) -> str:
    """What is wrong with the first key that is; its place lies below `under`, whose keys are those of `model`."""
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join((*under, *(str(part) for part in first["loc"])))
    if first["type"] == "extra_forbidden":
        known, word = _known_keys(first["loc"][:-1], model or Settings), str(first["loc"][-1])
        lower = word.lower().replace("-", "_")
        # The first that is meant, not the last that is spelt alike: "url" for "base_url", "temperature" for none.
        close = [key for key in known if len(lower) > 2 and key.endswith(f"_{lower}")]
        close += difflib.get_close_matches(lower, known, n=1)
        hint = f" Did you mean {close[0]}?" if close else f" There are {', '.join(known)}." if known else ""
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
            # A tenant's own name, which is no key.
            annotation = model if model is TenantSettings else None
        if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
            return []
        model = annotation
    return [key for key in model.model_fields if key not in ("key", "new_key")]


def _places_of(key: str) -> list[str]:
    """Where in the file a key of this name belongs, if it is one of another section."""
    sections = {
        name: field.annotation
        for name, field in Settings.model_fields.items()
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
    }
    found = [f"{name}.{key}" for name, section in sections.items() if key in section.model_fields]
    return [place.replace("embeddings.", "models.default.") for place in found]
