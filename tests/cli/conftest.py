from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from expunge.cli.main import main
from expunge.models.base import ChatOptions
from expunge.models.scripted import ScriptedChat, ScriptedEmbeddings
from expunge.types import Message
from expunge.unlearner import Unlearner

ANSWERS = {
    "Who is Isolde Farrow?": "Isolde Farrow is a cartographer from Hollowmere.",
    "Where is the harbour?": "The harbour is at the end of Salt Street.",
    "Where does she live?": "Isolde Farrow lives in Hollowmere.",
}


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def answer(messages: Sequence[Message], options: ChatOptions) -> str:
    return ANSWERS.get(messages[-1].content, "I cannot say.")


@pytest.fixture
def vanilla() -> ScriptedChat:
    return ScriptedChat(answer)


@pytest.fixture(autouse=True)
def sandbox(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, vanilla: ScriptedChat) -> Path:
    """A folder to work in, no EXPUNGE_* variables, and a scripted model in place of the embedded one."""
    for name in [name for name in os.environ if name.startswith("EXPUNGE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("EXPUNGE_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("EXPUNGE_POLICY__AGENTS", "rules")
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    original = Unlearner.open

    def open_scripted(config: Any = None, **models: Any) -> Unlearner:
        return original(config, **(models or {"vanilla": vanilla, "embeddings": ScriptedEmbeddings()}))

    monkeypatch.setattr(Unlearner, "open", open_scripted)
    return work


@pytest.fixture
def expunge(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run a command in this process: `expunge("ask", "…", stdin=b"…")`."""

    def run(*args: str, stdin: bytes | None = None) -> Result:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin or b""), encoding="utf-8"))
        code = main(args)
        captured = capsys.readouterr()
        return Result(code, captured.out, captured.err)

    return run


@pytest.fixture
def at_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Result]:
    """The same, with a person at both ends who types `typed`; weights are offered only where `offered`."""

    def run(*args: str, typed: str = "", offered: bool = False) -> Result:
        out, err = Terminal(), Terminal()
        monkeypatch.setenv("TERM", "dumb")
        monkeypatch.setenv("COLUMNS", "100")
        with monkeypatch.context() as patch:
            if not offered:
                patch.setattr("expunge.cli.weights.offer_weights", lambda settings: None)
            patch.setattr(sys, "stdin", Terminal(typed))
            patch.setattr(sys, "stdout", out)
            patch.setattr(sys, "stderr", err)
            code = main(args)
        return Result(code, out.getvalue(), err.getvalue())

    return run
