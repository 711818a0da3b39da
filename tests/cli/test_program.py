from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from expunge.cli import program as module
from expunge.cli.main import app
from expunge.cli.program import COMMANDS, pip, program, typeable


def script(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "expunge"
    file.write_text("#!/bin/sh\n")
    file.chmod(0o755)
    return file


@pytest.mark.parametrize(
    ("installed", "on_path", "cwd", "typed"),
    [
        ("clone/.venv/bin", "", "clone", ".venv/bin/expunge"),
        ("clone/.venv/bin", "clone/.venv/bin", "clone", "expunge"),
        ("clone/.venv/bin", "elsewhere/bin", "clone", ".venv/bin/expunge"),
        ("clone/.venv/bin", "", "clone/.venv/bin", "./expunge"),
        ("my clone/.venv/bin", "", "", "'my clone/.venv/bin/expunge'"),
        ("clone/.venv/bin", "", "project", "{root}/clone/.venv/bin/expunge"),
    ],
)
@pytest.mark.parametrize("from_here", [False, True])
def test_what_to_type(
    installed: str,
    on_path: str,
    cwd: str,
    typed: str,
    from_here: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = script(tmp_path / installed)
    monkeypatch.setenv("PATH", str(script(tmp_path / on_path).parent) if on_path else "")
    (tmp_path / cwd).mkdir(parents=True, exist_ok=True)
    monkeypatch.chdir(tmp_path / cwd)
    within = from_here and own.is_relative_to(tmp_path / cwd)
    monkeypatch.setattr(sys, "argv", [str(own.relative_to(tmp_path / cwd) if within else own)])
    assert program() == typed.format(root=tmp_path)


def test_a_link_on_the_path_is_the_same_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = script(tmp_path / "tool")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "expunge").symlink_to(own)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(sys, "argv", [str(own)])
    assert program() == "expunge"


@pytest.mark.parametrize(
    ("on_path", "typed"),
    [("", ".venv/bin/python -m pip"), (".venv/bin", "pip"), ("elsewhere", ".venv/bin/python -m pip")],
)
def test_the_pip_of_this_environment(on_path: str, typed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in (".venv/bin", "elsewhere"):
        script(tmp_path / folder)
        script(tmp_path / folder).with_name("pip").symlink_to("expunge")
    monkeypatch.setattr(sys, "argv", [str(tmp_path / ".venv/bin/expunge")])
    monkeypatch.setattr(sys, "executable", str(tmp_path / ".venv/bin/python"))
    monkeypatch.setenv("PATH", str(tmp_path / on_path) if on_path else "")
    monkeypatch.chdir(tmp_path)
    assert pip() == typed


def test_inside_another_program_the_name_is_all_there_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    for started in ("pytest", str(tmp_path / "expunge"), "-c", ""):
        monkeypatch.setattr(sys, "argv", [started])
        assert (program(), pip()) == ("expunge", "pip")


@pytest.mark.parametrize(
    ("said", "typed"),
    [
        ("run `expunge models pull`.", "run `.venv/bin/expunge models pull`."),
        ('Register one: expunge targets add "NAME"', 'Register one: .venv/bin/expunge targets add "NAME"'),
        ("No such option. See: expunge --help", "No such option. See: .venv/bin/expunge --help"),
        ("run expunge eval first.", "run .venv/bin/expunge eval first."),
        ('install it: pip install "expunge[evals]".', 'install it: .venv/bin/python -m pip install "expunge[evals]".'),
        ("run `python -m pip install x`", "run `python -m pip install x`"),
        ("upgrade expunge to use it.", "upgrade expunge to use it."),
        ("expunge asks nothing", "expunge asks nothing"),
        ("sh .venv/bin/expunge ask", "sh .venv/bin/expunge ask"),
    ],
)
def test_calls_in_a_sentence(said: str, typed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "program", lambda: ".venv/bin/expunge")
    monkeypatch.setattr(module, "pip", lambda: ".venv/bin/python -m pip")
    assert typeable(said) == typed


def test_every_command_is_known() -> None:
    names = [command.name for command in app.registered_commands] + [group.name for group in app.registered_groups]
    assert sorted(COMMANDS) == sorted(name for name in names if name)


@pytest.mark.parametrize(
    ("command", "stream", "hint"),
    [
        (["targets", "list"], "stderr", 'bin/expunge targets add "NAME"'),
        (["targets", "show", "Nobody"], "stderr", "`{own} targets list`"),
        (["targets", "show"], "stderr", "{own} targets show --help"),
        (["keys", "list"], "stderr", "{own} keys create"),
        (["models", "list"], "stderr", "{own} models pull"),
    ],
)
def test_hints_of_a_program_off_the_path(command: list[str], stream: str, hint: str, tmp_path: Path) -> None:
    own = Path(sys.executable).with_name("expunge")
    if not own.exists():
        pytest.skip("expunge is not installed as a script")
    environment = {
        "PATH": "/usr/bin:/bin",
        "EXPUNGE_CACHE_DIR": str(tmp_path / "cache"),
        "PYTHONPATH": ":".join(sys.path),
    }
    done = subprocess.run([own, *command], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
    assert hint.format(own=own) in getattr(done, stream)
