"""Every documented snippet runs: Python as it stands, shell commands of expunge one by one, TOML as a configuration."""

from __future__ import annotations

import os
import re
import shlex
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from expunge.cli.main import main
from expunge.models.base import ChatModel, ChatOptions, EmbeddingModel
from expunge.models.scripted import ScriptedChat, ScriptedEmbeddings
from expunge.settings import Settings
from expunge.types import Message
from expunge.unlearner import Unlearner

ROOT = Path(__file__).resolve().parents[2]
# The design page's snippets hold "…" for what a reader fills in.
PAGES = [ROOT / "README.md", *sorted(page for page in (ROOT / "docs").glob("*.md") if page.name != "design.md")]


def snippets(language: str) -> list[Any]:
    return [
        pytest.param(code, id=f"{page.name}-{number}")
        for page in PAGES
        for number, code in enumerate(
            re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE), 1
        )
    ]


def model(messages: Sequence[Message], options: ChatOptions) -> str:
    return "Isolde Farrow drew the maps of Hollowmere."


@pytest.fixture(autouse=True)
def sandbox(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("EXPUNGE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("EXPUNGE_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("EXPUNGE_POLICY__AGENTS", "rules")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "answers.jsonl").write_text('{"answer": "Isolde Farrow drew the maps. The sea is wide."}\n')
    original = Unlearner.open

    def open_scripted(
        config: Any = None, *, vanilla: ChatModel | None = None, embeddings: EmbeddingModel | None = None
    ) -> Unlearner:
        return original(config, vanilla=vanilla or ScriptedChat(model), embeddings=embeddings or ScriptedEmbeddings())

    monkeypatch.setattr(Unlearner, "open", open_scripted)


@pytest.mark.parametrize("code", snippets("python"))
def test_python(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(code, "<snippet>", "exec"), {"__name__": "__main__"})
    assert capsys.readouterr().out


@pytest.mark.parametrize("code", snippets("sh"))
def test_shell(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for line in code.splitlines():
        words = shlex.split(line, comments=True)
        if words[:1] == ["expunge"]:
            assert main(words[1:]) == 0, capsys.readouterr().err
        elif words[:1] == ["make"]:
            assert f"\n{words[1]}:" in makefile


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
