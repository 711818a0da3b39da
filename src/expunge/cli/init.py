"""`expunge init`: write a commented configuration by three questions or by options, and check what it sets up."""

from __future__ import annotations

import json
import os
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from expunge.cli import doctor
from expunge.cli.options import Json, is_interactive
from expunge.cli.output import note, out, print_json, shown, waiting
from expunge.errors import ConfigError, ModelError, UsageError

if TYPE_CHECKING:
    from expunge.doctor import Check

_LOCAL = frozenset({"127.0.0.1", "::1", "localhost"})
_MOST_SHOWN = 20
"""Models of an endpoint that are listed for a person to choose from."""
_TEMPLATE = """\
# Configuration of expunge. Every key can also be set in the environment: EXPUNGE_REGISTRY__URL and so on.
# All keys are described in docs/configuration.md; `expunge doctor` checks what is set here.

[registry]
# Where the targets are stored, encrypted: sqlite:///FILE, or postgresql://USER@HOST/DATABASE for several replicas.
url = {registry}

{model}
[policy]
# Who plays the agents that read and rewrite answers: auto (the model if it passes a short test, otherwise rules),
# model or rules.
agents = "auto"
# Ask the model what it knows about a target when the target is registered.
elicit = true
# How a refusal is worded: auto (as the model speaks of somebody it has never heard of), plain or mirror.
refusal = "auto"

[server]
# Where `expunge serve` listens. `keys` lets in clients with a key that `expunge keys create` made; `none` lets in
# everybody, on this machine only.
host = "127.0.0.1"
port = 8000
auth = "keys"
"""
_EMBEDDED = """\
# [models.default]
# Without an endpoint, a small embedded model answers, which shows how expunge works. Name your own like this:
# base_url = "http://127.0.0.1:9101/v1"
# model = "name"
# api_key_env = "OPENAI_API_KEY"
"""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The choices: the endpoint and its model, the variable that holds its key, and the registry's URL."""

    base_url: str | None
    model: str | None
    api_key_env: str | None
    registry: str

    def as_toml(self) -> str:
        """Return the configuration file, with comments."""
        return _TEMPLATE.format(registry=_quoted(self.registry), model=self._model_section())

    def _model_section(self) -> str:
        if self.base_url is None:
            return _EMBEDDED
        key = '# api_key_env = "OPENAI_API_KEY"'
        if self.api_key_env is not None:
            key = f"api_key_env = {_quoted(self.api_key_env)}"
        lines = [
            "[models.default]",
            "# The model that answers, and plays the agents it is good enough for: any OpenAI-compatible endpoint.",
            f"base_url = {_quoted(self.base_url)}",
            f"model = {_quoted(self.model or '')}",
            "# The environment variable that holds the endpoint's key; the key itself never stands in this file.",
            key,
        ]
        return "\n".join(lines) + "\n"


def init(
    base_url: Annotated[
        str | None,
        typer.Option("--base-url", metavar="URL", help="Your model's OpenAI-compatible endpoint, with /v1."),
    ] = None,
    model: Annotated[str | None, typer.Option("--model", metavar="NAME", help="The model's name there.")] = None,
    api_key_env: Annotated[
        str | None,
        typer.Option("--api-key-env", metavar="VARIABLE", help="The environment variable that holds its key."),
    ] = None,
    registry: Annotated[
        str, typer.Option("--registry", metavar="URL", help="Where targets are stored.")
    ] = "sqlite:///expunge.db",
    file: Annotated[Path, typer.Option("--out", metavar="FILE", dir_okay=False, help="The file to write.")] = Path(
        "expunge.toml"
    ),
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")] = False,
    check: Annotated[bool, typer.Option("--check/--no-check", help="Check the registry and the models.")] = True,
    as_json: Json = False,
) -> None:
    """Write a commented configuration, then check it and show who plays each agent.

    At a terminal it asks for what no option says: the endpoint, its key and its model. Without an endpoint the
    embedded model answers.
    """
    if file.exists() and not force:
        raise UsageError(f"{file} exists already; add --force to replace it, or --out to write another file.")
    if base_url is None and (model or api_key_env):
        raise UsageError("--model and --api-key-env describe an endpoint; add its --base-url.")
    asked = is_interactive() and not as_json
    base_url = _endpoint(base_url, asked)
    if base_url is not None:
        api_key_env = _key_variable(base_url, api_key_env, asked)
        model = _model(base_url, api_key_env, model, asked)
    chosen = Chosen(base_url, model, api_key_env, registry)
    _write(file, chosen.as_toml())
    if asked and check and base_url is None:
        _offer_weights(file)
    checks: list[Check] = []
    if check:
        with waiting("checking …"):
            checks = doctor.checked(file)
    fine = all(each.ok for each in checks)
    if as_json:
        print_json({"file": str(file), **doctor.data_of(checks)})
    else:
        _report(file, chosen, checks)
    if not fine:
        raise typer.Exit(1)


def _endpoint(given: str | None, asked: bool) -> str | None:
    """Return the endpoint's address, or None for the embedded model.

    Raises:
        UsageError: if an option gives something that is no address; a person is asked again instead.
    """
    while given is None and asked:
        question = "Your model's OpenAI-compatible endpoint, with /v1 (empty: the embedded model)"
        typed = typer.prompt(question, default="", show_default=False, err=True).strip()
        if not typed:
            return None
        if _is_address(typed):
            return str(typed)
        note("That is not an address; it looks like http://127.0.0.1:8080/v1.")
    if given is not None and not _is_address(given):
        raise UsageError("--base-url is not an address; it looks like http://127.0.0.1:8080/v1.")
    return given


def _is_address(text: str) -> bool:
    try:
        url = urlsplit(text)
        return url.scheme in ("http", "https") and bool(url.hostname) and url.port != 0 and text.isprintable()
    except ValueError:
        return False


def _key_variable(base_url: str, given: str | None, asked: bool) -> str | None:
    """Return the name of the variable with the endpoint's key, or None where it needs none.

    Raises:
        UsageError: if an option gives what cannot be a variable's name, such as the key itself.
    """
    while given is None and asked:
        usual = "" if urlsplit(base_url).hostname in _LOCAL else "OPENAI_API_KEY"
        question = "The environment variable that holds its key (empty: no key)"
        typed = typer.prompt(question, default=usual, show_default=bool(usual), err=True).strip()
        if not typed:
            return None
        if _is_variable(typed):
            return str(typed)
        note("That is not a variable's name. The key itself does not belong in the file: set a variable to it.")
    if given is not None and not _is_variable(given):
        raise UsageError("--api-key-env takes the name of a variable, not the key; set a variable to it.")
    return given


def _is_variable(text: str) -> bool:
    return re.fullmatch(r"[A-Za-z_]\w{0,63}", text, re.ASCII) is not None


def _model(base_url: str, api_key_env: str | None, given: str | None, asked: bool) -> str:
    """Return the model's name: the one given, the one that a person picks, or the only one that is served.

    Raises:
        UsageError: if nobody can be asked and there is not exactly one.
    """
    if given is not None:
        return given
    served = _served(base_url, api_key_env)
    if not asked:
        if len(served) == 1:
            return served[0]
        many = f"It serves {len(served)} models" if served else "It does not list its models"
        raise UsageError(f"{many}; name the one to use with --model.")
    if served:
        more = f" and {len(served) - _MOST_SHOWN} more" if len(served) > _MOST_SHOWN else ""
        note(f"It serves {', '.join(shown(name) for name in served[:_MOST_SHOWN])}{more}.")
    while True:
        first = served[0] if len(served) == 1 else None
        typed = str(typer.prompt("The model's name there", default=first, err=True)).strip()
        if typed:
            return typed


def _served(base_url: str, api_key_env: str | None) -> list[str]:
    """Return the models that the endpoint lists; a note says so where it does not."""
    import asyncio

    from expunge.models.endpoint import served_models
    from expunge.settings import ModelSettings

    try:
        key = ModelSettings(base_url=base_url, api_key_env=api_key_env).api_key()
        with waiting("asking the endpoint for its models …"):
            return asyncio.run(served_models(base_url, api_key=key))
    except (ModelError, ConfigError) as error:
        note(str(error))
        return []


def _write(file: Path, text: str) -> None:
    """Write the file whole, after reading it as the program will.

    Raises:
        ConfigError: if a value is wrong.
        UsageError: if it cannot be written.
    """
    from expunge.reasons import reason_of
    from expunge.settings import Settings

    Settings.of(tomllib.loads(text))
    beside = file.with_name(f"{file.name}.{os.getpid()}.new")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(file)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise UsageError(f"{file} cannot be written: {reason_of(error)}; name another with --out.") from None


def _offer_weights(file: Path) -> None:
    from expunge.cli.weights import offer_weights
    from expunge.settings import Settings

    offer_weights(Settings.load(file))


def _report(file: Path, chosen: Chosen, checks: list[Check]) -> None:
    console = out()
    console.print(f"Wrote {shown(str(file))}.")
    if checks:
        doctor.show(checks)
    option = "" if file == Path("expunge.toml") else f" --config {file}"
    if not all(each.ok for each in checks):
        note(f"The file is written; mend what fails and run `expunge doctor{option}`.")
        return
    note(f'Next: `expunge targets add "NAME" --fact "…"{option}`, then `expunge serve{option}`.')


def _quoted(text: str) -> str:
    """Return the text as a TOML string, whose escapes are JSON's."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
