from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from expunge.cli.options import actor, is_interactive, read_stdin


def test_a_byte_order_mark_is_no_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("\ufeffWer ist das?".encode()), encoding="utf-8"))
    assert read_stdin() == "Wer ist das?"


def test_a_pipe_is_not_interactive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    assert not is_interactive()


@pytest.mark.parametrize(
    "args",
    [
        ("ask", "Who is there?"),
        ("serve", "--port", "0"),
        ("targets", "list"),
        ("targets", "add", "Orla Fenwick", "--no-elicit"),
        ("keys", "create"),
        ("audit", "verify"),
        ("doctor",),
    ],
)
def test_a_registry_that_is_gone_is_not_begun_anew_by_accident(
    expunge: Callable[..., Any], sandbox: Path, args: tuple[str, ...]
) -> None:
    assert expunge("targets", "add", "Ivo Pellandrine", "--no-elicit").code == 0
    (sandbox / "expunge.db").unlink()
    before = set(sandbox.iterdir())
    result = expunge(*args)
    assert (result.code, result.out) == (2, "")
    assert "--new" in result.err
    assert result.err.count("\n") == 1
    assert set(sandbox.iterdir()) == before


@pytest.mark.parametrize(
    "args", [("targets", "add", "Orla Fenwick", "--no-elicit"), ("targets", "import", "names.txt"), ("keys", "create")]
)
def test_one_is_begun_anew_on_purpose_and_only_where_there_is_none(
    expunge: Callable[..., Any], sandbox: Path, args: tuple[str, ...]
) -> None:
    assert expunge("targets", "add", "Ivo Pellandrine", "--no-elicit").code == 0
    (sandbox / "names.txt").write_text("Orla Fenwick\n")
    assert "already" in expunge(*args, "--new").err
    (sandbox / "expunge.db").unlink()
    assert expunge(*args, "--new").code == 0
    assert "Pellandrine" not in expunge("targets", "list").out


@pytest.mark.parametrize("args", [("targets", "list"), ("keys", "list"), ("ask", "Who is there?")])
def test_where_a_registry_must_be_none_is_made(
    expunge: Callable[..., Any], sandbox: Path, args: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXPUNGE_KEY", "5f" * 32)
    monkeypatch.setenv("EXPUNGE_REGISTRY__MUST_EXIST", "true")
    result = expunge(*args)
    assert (result.code, "must be one" in result.err) == (2, True)
    assert not (sandbox / "expunge.db").exists()
    assert expunge("keys", "create", "--new").code == 0
    assert expunge(*args).code == 0


@pytest.mark.parametrize(
    ("user", "caller", "who"),
    [
        ("orla", None, "cli:orla"),
        ("root", None, "cli:root"),
        ("root", "orla", "cli:orla (sudo)"),
        ("orla", "x", "cli:orla"),
    ],
)
def test_who_acts(monkeypatch: pytest.MonkeyPatch, user: str, caller: str | None, who: str) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: user)
    monkeypatch.setenv("SUDO_USER", caller) if caller else monkeypatch.delenv("SUDO_USER", raising=False)
    assert actor() == who


def test_a_user_without_a_name_acts_by_number(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> str:
        raise KeyError

    monkeypatch.setattr("getpass.getuser", nobody)
    monkeypatch.setattr("os.getuid", lambda: 10_001)
    assert actor() == "cli:10001"
