"""Every setting, command, HTTP route, metric and error code is documented, and what is documented exists."""

from __future__ import annotations

import ast
import inspect
import re
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
import typer
from httpx2 import ASGITransport, AsyncClient
from prometheus_client.parser import text_string_to_metric_families
from pydantic import BaseModel

from expunge import errors, settings
from expunge.cli.main import app as command_line
from expunge.gateway.factory import build
from expunge.gateway.http_errors import problem_for
from expunge.models.scripted import ScriptedChat
from expunge.settings import Settings
from tests.gateway.conftest import settings_of

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
GATEWAY = ROOT / "src" / "expunge" / "gateway"


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def rows(text: str, heading: str) -> dict[str, str]:
    """The table under a heading: the code in the first cell of each row, and the rest of the row."""
    section = re.split(r"^#+ ", text.split(f"\n## {heading}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]
    return {
        name: rest
        for first, rest in re.findall(r"^\| (.*?) \|(.*)$", section, re.MULTILINE)
        for name in re.findall(r"`([^`]+)`", first)
    }


# Settings


def keys(model: type[BaseModel], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The path of every key of a configuration."""
    for name, hint in get_type_hints(model).items():
        if name in model.model_fields:
            sections = [kind for kind in (hint, *get_args(hint)) if is_section(kind)]
            if sections:
                yield from keys(sections[0], (*above, name))
            else:
                yield (*above, name)


def is_section(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def written(values: dict[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, value in values.items():
        yield (*above, name)
        if isinstance(value, dict):
            yield from written(value, (*above, name))


def documented_keys() -> set[tuple[str, ...]]:
    """The keys that the example of a whole configuration sets; those of one model count for each."""
    example = re.findall(r"^```toml\n(.*?)^```", page("configuration.md"), re.DOTALL | re.MULTILINE)[0]
    found = set(written(tomllib.loads(example)))
    of_models = {path[2] for path in found if path[0] == "models" and len(path) == 3}
    found |= {("models", role, key) for role in settings.ModelsSettings.model_fields for key in of_models}
    found |= {("embeddings", key) for key in of_models}
    return found | {(path[0], path[2]) for path in found if path[0] == "tenants" and len(path) == 3}


@pytest.mark.parametrize("path", [path for path in keys(Settings) if len(path) > 1], ids=".".join)
def test_a_setting_stands_in_the_example_of_a_whole_configuration(path: tuple[str, ...]) -> None:
    assert path in documented_keys()


def test_what_only_the_environment_sets_has_a_row() -> None:
    table = rows(page("configuration.md"), "The environment")
    assert {f"EXPUNGE_{path[0].upper()}" for path in keys(Settings) if len(path) == 1} <= table.keys()


def test_every_variable_that_is_read_has_a_row() -> None:
    table = rows(page("configuration.md"), "The environment")
    assert set(re.findall(r"environ\.get\(\"([A-Z_]+)\"", inspect.getsource(settings))) <= table.keys()


# Commands


def commands(path: str = "expunge", command: Any = None) -> Iterator[str]:
    command = typer.main.get_command(command_line) if command is None else command
    children = getattr(command, "commands", None)
    if children is None:
        yield path
    for name, child in (children or {}).items():
        yield from commands(f"{path} {name}", child)


@pytest.mark.parametrize("command", list(commands()))
def test_a_command_is_told_of_on_a_page_that_a_person_wrote(command: str) -> None:
    """Beside `docs/cli.md`, which is made from the help texts."""
    by_hand = [ROOT / "README.md", *(path for path in DOCS.glob("*.md") if path.name not in ("cli.md", "results.md"))]
    assert any(re.search(rf"{command}\b", path.read_text(encoding="utf-8")) for path in by_hand)


# HTTP

METHODS = ("GET", "POST", "PATCH", "DELETE")


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return build(settings_of(tmp_path_factory.mktemp("gateway")), vanilla=ScriptedChat(lambda *_: ""))


def routes(found: Sequence[Any]) -> Iterator[Any]:
    for route in found:
        if hasattr(route, "path"):
            yield route
        else:
            yield from routes(route.original_router.routes)


def scope_of(route: Any) -> str | None:
    calls = [dependency.call for dependency in route.dependant.dependencies]
    return next((call.scope for call in calls if hasattr(call, "scope")), None)


def test_every_admin_route_stands_in_the_table_with_its_scope(gateway: Any) -> None:
    scopes = {
        f"{method} {route.path}": scope_of(route)
        for route in routes(gateway.routes)
        if route.path.startswith("/api/")
        for method in route.methods
    }
    table = {name: row for name, row in rows(page("admin-api.md"), "Routes").items() if name.startswith(METHODS)}
    assert table.keys() == scopes.keys()
    assert [name for name, scope in scopes.items() if scope and f"`{scope}`" not in table[name]] == []


def test_every_other_route_stands_on_the_page_of_the_gateway(gateway: Any) -> None:
    served = {re.sub(r"\{.*\}", "{id}", route.path) for route in routes(gateway.routes)}
    table = {name.split()[-1] for name in rows(page("gateway.md"), "What it serves")}
    assert {path for path in served if not path.startswith("/api/")} == table - {"/api/…", "/console/…"}


# Metrics


async def test_every_metric_has_a_row(tmp_path: Path) -> None:
    app = build(settings_of(tmp_path), vanilla=ScriptedChat(lambda *_: ""))
    async with AsyncClient(transport=ASGITransport(app), base_url="http://127.0.0.1") as client:
        text = (await client.get("/metrics")).text
    shown = {family.name for family in text_string_to_metric_families(text)}
    own = {name for name in shown if name.startswith("expunge_") and not name.endswith("_created")}
    table = {name.removesuffix("_total") for name in rows(page("gateway.md"), "Metrics") if name.startswith("expunge_")}
    assert own == table


# Error codes


def codes_in(source: str) -> Iterator[str]:
    """The codes that a module gives to errors for clients: `code="…"`, or the fourth argument of a `Problem`."""
    for call in ast.walk(ast.parse(source)):
        if isinstance(call, ast.Call):
            given = [keyword.value for keyword in call.keywords if keyword.arg == "code"]
            if isinstance(call.func, ast.Name) and call.func.id == "Problem":
                given += call.args[3:4]
            for part in (part for value in given for part in ast.walk(value)):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield part.value


def codes() -> set[str]:
    in_sources = {code for path in GATEWAY.rglob("*.py") for code in codes_in(path.read_text(encoding="utf-8"))}
    kinds = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, errors.ExpungeError)]
    raised = [kind.__new__(kind, "") for kind in kinds]
    return in_sources | {code for error in raised if (code := problem_for(error).code)}


def test_every_error_code_has_a_row() -> None:
    assert rows(page("errors.md"), "Error codes").keys() == codes()


@pytest.mark.parametrize("kind", [kind for kind in vars(errors).values() if inspect.isclass(kind)])
def test_every_error_of_the_library_has_a_row(kind: type[Exception]) -> None:
    assert kind.__name__ in rows(page("errors.md"), "Errors")
