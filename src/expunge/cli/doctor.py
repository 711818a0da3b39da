"""`expunge doctor`: check every part and say what to do about problems."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import typer

from expunge.cli.options import Config, Json, opened
from expunge.cli.output import out, print_json, shown
from expunge.cli.program import typeable
from expunge.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from expunge.doctor import Check
    from expunge.settings import Settings


def doctor(config: Config = None, as_json: Json = False) -> None:
    """Check the configuration, the registry and the models, and show who plays each agent."""
    checks = checked(config)
    if as_json:
        print_json(data_of(checks))
    else:
        show(checks)
    if not all(check.ok for check in checks):
        raise typer.Exit(1)


def checked(config: Path | None) -> list[Check]:
    """Check every part of what the configuration sets up; a missing API key fails its own check alone."""
    from expunge.settings import Settings

    settings, keyless = _without_unset_keys(Settings.load(config))
    # If nothing is missing, use the file's own configuration, as other commands do.
    with opened(settings if keyless else config, ask_for_weights=False) as unlearner:
        return _told(unlearner.doctor(), keyless)


def data_of(checks: list[Check]) -> dict[str, Any]:
    """Return the checks as plain data, and whether all of them are fine."""
    rows = [{"name": check.name, "ok": check.ok, "detail": check.detail} for check in checks]
    return {"ok": all(check.ok for check in checks), "checks": rows}


def show(checks: list[Check]) -> None:
    """Print the checks as a table."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, show_header=False, pad_edge=False)
    for check in checks:
        mark = Text("ok", "green") if check.ok else Text("fails", "bold red")
        table.add_row(mark, Text(check.name), Text(shown(typeable(check.detail))))
    out().print(table)


def _without_unset_keys(settings: Settings) -> tuple[Settings, dict[str, str]]:
    """Return settings without references to unset variables, and what is missing, by part.

    Other commands stop at an unset variable; here everything else still gets checked.
    """
    from expunge.settings import AGENTS, AgentName

    keyless: dict[str, str] = {}
    models, embeddings = settings.models, settings.embeddings
    roles: tuple[Literal["vanilla"] | AgentName, ...] = ("vanilla", *AGENTS)
    for role in roles:
        wanted = settings.models.of(role)
        try:
            wanted.api_key()
        except ConfigError as error:
            keyless[role] = str(error)
            models = models.model_copy(update={role: wanted.model_copy(update={"api_key_env": None})})
    try:
        embeddings.api_key()
    except ConfigError as error:
        keyless["embeddings"] = str(error)
        embeddings = embeddings.model_copy(update={"api_key_env": None})
    return settings.model_copy(update={"models": models, "embeddings": embeddings}), keyless


def _told(checks: list[Check], keyless: dict[str, str]) -> list[Check]:
    """Return the checks with missing API keys filled in, described in full the first time."""
    told: list[Check] = []
    said: dict[str, str] = {}
    for check in checks:
        if sentence := keyless.get(check.name):
            detail = f"The API key is missing, as for {said[sentence]}." if sentence in said else sentence
            said.setdefault(sentence, check.name)
            check = replace(check, ok=False, detail=detail)
        told.append(check)
    return told
