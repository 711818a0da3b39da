"""Every snippet of the page on agent frameworks runs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("langchain_core", reason="runs in the environment of the clients")

from expunge.async_unlearner import AsyncUnlearner
from expunge.models.scripted import ScriptedChat, ScriptedEmbeddings
from expunge.unlearner import Unlearner

PAGE = Path(__file__).parents[2] / "docs" / "integrations.md"
SNIPPETS = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("code", SNIPPETS)
def test_snippet(
    code: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EXPUNGE_POLICY__AGENTS", "rules")
    monkeypatch.setenv("EXPUNGE_POLICY__ELICIT", "false")
    for kind in (Unlearner, AsyncUnlearner):
        monkeypatch.setattr(kind, "open", _scripted(kind.open))
    exec(compile(code, "<snippet>", "exec"), {"__name__": "__main__"})
    printed = capsys.readouterr().out
    said = [line.removeprefix("# ") for line in code.splitlines() if line.startswith("# ")]
    assert said
    assert printed.splitlines() == said


def _scripted(opening: Any) -> Any:
    return lambda: opening(vanilla=ScriptedChat(lambda *_: "I do not know."), embeddings=ScriptedEmbeddings())
