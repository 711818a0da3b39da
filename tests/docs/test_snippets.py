"""Every documented snippet runs: Python as it stands, shell commands of expunge one by one, TOML as a configuration."""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import typer

from expunge.async_unlearner import AsyncUnlearner
from expunge.cli.main import app, main
from expunge.gateway.factory import build
from expunge.models.base import ChatModel, ChatOptions, EmbeddingModel
from expunge.models.scripted import ScriptedChat, ScriptedEmbeddings
from expunge.settings import Settings
from expunge.types import Message
from expunge.unlearner import Unlearner
from tests.gateway.conftest import settings_of
from tests.gateway.serving import served

GATEWAY = "http://127.0.0.1:8000"
ROOT = Path(__file__).resolve().parents[2]
# The design page's snippets hold "…" for what a reader fills in.
PAGES = [ROOT / "README.md", *sorted(page for page in (ROOT / "docs").glob("*.md") if page.name != "design.md")]
FRAMEWORKS = "integrations.md"
"""Its Python runs where the frameworks are: tests/integrations/test_page.py."""


def snippets(language: str) -> list[Any]:
    return [
        pytest.param(code, id=f"{page.name}-{number}")
        for page in PAGES
        if (language, page.name) != ("python", FRAMEWORKS)
        for number, code in enumerate(
            re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE), 1
        )
    ]


def commands() -> list[str]:
    """The commands of expunge that stand in prose, behind `docker compose exec`, or beside others on a line."""
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        found += re.findall(r"`expunge ([^`|]+)`", text)
        found += re.findall(r"^(?:docker .* |\$ )expunge (.+)$", text, re.MULTILINE)
        found += [
            line
            for code in re.findall(r"^```sh\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
            for line in re.findall(r"^expunge (.+)$", code, re.MULTILINE)
        ]
    return sorted(set(found))


def model(messages: Sequence[Message], options: ChatOptions) -> str:
    return "Isolde Farrow drew the maps of Hollowmere."


@pytest.fixture(autouse=True)
def sandbox(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("EXPUNGE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("EXPUNGE_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("EXPUNGE_POLICY__AGENTS", "rules")
    monkeypatch.setenv("EXPUNGE_API_KEY", "exp_any")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "answers.jsonl").write_text('{"answer": "Isolde Farrow drew the maps. The sea is wide."}\n')
    for kind in (Unlearner, AsyncUnlearner):
        monkeypatch.setattr(kind, "open", scripted(kind.open))


def scripted(original: Callable[..., Any]) -> Callable[..., Any]:
    def open_scripted(
        config: Any = None, *, vanilla: ChatModel | None = None, embeddings: EmbeddingModel | None = None
    ) -> Any:
        return original(config, vanilla=vanilla or ScriptedChat(model), embeddings=embeddings or ScriptedEmbeddings())

    return open_scripted


@pytest.mark.parametrize("code", snippets("python"))
async def test_python(code: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    if GATEWAY in code:
        app = build(settings_of(tmp_path), vanilla=ScriptedChat(model))
        async with served(app) as url:
            await asyncio.to_thread(run, code.replace(GATEWAY, url).replace('model="name"', 'model="scripted"'))
    else:
        await asyncio.to_thread(run, code)
    assert capsys.readouterr().out


def run(code: str) -> None:
    exec(compile(code, "<snippet>", "exec"), {"__name__": "__main__"})


@pytest.mark.parametrize("code", snippets("sh"))
def test_shell(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for line in code.splitlines():
        words = shlex.split(line, comments=True)
        if words[:2] in (["expunge", "serve"], ["expunge", "verify"], ["expunge", "models"]):
            continue  # one does not come back, one asks a real model, one fetches it; tests of their own run them
        if words[:1] == ["expunge"]:
            assert main(words[1:]) == 0, capsys.readouterr().err
        elif words[:1] == ["make"]:
            assert f"\n{words[1]}:" in makefile


def test_every_command_takes_what_the_pages_give_it() -> None:
    assert len(commands()) > 30
    for line in commands():
        command: Any = typer.main.get_command(app)
        words = shlex.split(line, comments=True)
        while words and words[0] in getattr(command, "commands", {}):
            command = command.commands[words.pop(0)]
        if "--" in words:  # what follows is another program's
            words = words[: words.index("--")]
        given = [word.split("=")[0] for word in words if word.startswith("--")]
        names = {name for param in command.params for name in param.opts}
        assert set(given) <= names | {"--help"} or command.name == "bench", line
        takes = [p for p in command.params if p.param_type_name == "argument"]
        values = {n for p in command.params if p.param_type_name == "option" and not p.is_flag for n in p.opts}
        free = [w for n, w in enumerate(words) if not w.startswith("-") and not (n and words[n - 1] in values)]
        room = sum(99 if p.nargs < 0 else p.nargs for p in takes)
        assert len(free) <= room or command.name == "bench", line


@pytest.mark.parametrize("code", snippets("toml"))
def test_configuration(code: str) -> None:
    Settings(**tomllib.loads(code))


def test_the_whole_configuration_is_documented() -> None:
    page = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    for section in ("registry", "policy", "server", "audit", "webhooks"):
        for key in type(getattr(Settings(), section)).model_fields:
            assert re.search(rf"^{key} = ", page, re.MULTILINE), key
    for key in type(Settings().models.default).model_fields:
        assert re.search(rf"^{key} = ", page, re.MULTILINE), key
