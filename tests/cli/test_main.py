from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from expunge.cli import main as edge
from expunge.errors import ExpungeError
from expunge.models.scripted import ScriptedChat
from expunge.unlearner import Unlearner
from expunge.version import __version__

Expunge = Callable[..., Any]


def test_version(expunge: Expunge) -> None:
    result = expunge("--version")
    assert (result.code, result.out) == (0, f"expunge {__version__}\n")


def test_help_names_every_command(expunge: Expunge) -> None:
    result = expunge("--help")
    assert result.code == 0
    for command in ("ask", "chat", "targets", "scrub", "models", "doctor", "demo", "bench"):
        assert f" {command} " in result.out


@pytest.mark.parametrize("args", [(), ("targets",), ("models",)])
def test_without_a_command_the_help_is_shown(expunge: Expunge, args: tuple[str, ...]) -> None:
    result = expunge(*args)
    assert result.code == 2
    assert "Usage:" in result.err + result.out


@pytest.mark.parametrize(
    "args",
    [("nonsense",), ("ask",), ("ask", "a", "b"), ("ask", "--wrong", "a"), ("targets", "add", "A", "--kind", "ghost")],
)
def test_wrong_use_is_one_line_and_2(expunge: Expunge, args: tuple[str, ...]) -> None:
    result = expunge(*args)
    assert result.code == 2
    assert result.out == ""
    assert result.err.count("\n") == 1
    assert "--help" in result.err


def test_an_error_in_json(expunge: Expunge) -> None:
    result = expunge("targets", "show", "Nobody Known", "--json")
    assert result.code == 2
    error = json.loads(result.out)["error"]
    assert error["type"] == "UnknownTarget"
    assert result.err == error["message"] + "\n"
    assert "Nobody" not in result.err


def test_wrong_use_in_json(expunge: Expunge) -> None:
    result = expunge("ask", "--json")
    assert json.loads(result.out)["error"]["type"] == "UsageError"


@pytest.mark.parametrize("args", [("ask", "caf\udce9"), ("targets", "add", "\udcff")])
def test_an_argument_that_is_not_utf8(expunge: Expunge, args: tuple[str, ...]) -> None:
    result = expunge(*args)
    assert result.code == 2
    assert "is not UTF-8 text" in result.err


@pytest.mark.parametrize("args", [("ask", "-"), ("scrub", "-"), ("chat",)])
def test_standard_input_that_is_not_utf8(expunge: Expunge, args: tuple[str, ...]) -> None:
    result = expunge(*args, stdin=b"caf\xe9")
    assert result.code == 2
    assert "Standard input is not UTF-8" in result.err


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[registri]\n", "unknown key registri; remove it or correct its name. Did you mean registry?"),
        ("[registry\n", "not valid TOML"),
        ('[models.default]\npath = "no-such.gguf"\nbase_url = "http://x"\n', "give either"),
    ],
)
def test_a_wrong_configuration(expunge: Expunge, sandbox: Path, content: str, message: str) -> None:
    (sandbox / "my.toml").write_text(content, encoding="utf-8")
    result = expunge("ask", "Where is the harbour?", "--config", "my.toml")
    assert result.code == 2
    assert message in result.err
    assert not (sandbox / "expunge.db").exists()


def test_a_configuration_that_is_not_there(expunge: Expunge) -> None:
    result = expunge("ask", "x", "--config", "none.toml")
    assert result.code == 2
    assert "The configuration file none.toml does not exist" in result.err


def test_an_unforeseen_error_shows_no_text(
    expunge: Expunge, vanilla: ScriptedChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def explode(*_: object) -> object:
        raise KeyError("Isolde Farrow")

    monkeypatch.setattr(vanilla, "complete", explode)
    result = expunge("ask", "Who is Isolde Farrow?")
    assert result.code == 1
    assert "Internal error: KeyError in " in result.err
    assert "Isolde" not in result.err
    assert "Traceback" not in result.err


def test_ctrl_c(expunge: Expunge, vanilla: ScriptedChat, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Unlearner, "ask", interrupt)
    result = expunge("ask", "Where is the harbour?")
    assert (result.code, result.err.splitlines()[-1]) == (130, "Interrupted.")


@pytest.mark.parametrize("code", [1, 2, 3])
def test_exit_codes_are_those_of_the_errors(expunge: Expunge, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    class Failed(ExpungeError):
        exit_code = code

    def fail(*_: object, **__: object) -> None:
        raise Failed("A sentence.")

    monkeypatch.setattr(Unlearner, "ask", fail)
    result = expunge("ask", "x")
    assert (result.code, result.err.splitlines()[-1]) == (code, "A sentence.")


def test_a_closed_pipe_is_quiet(sandbox: Path) -> None:
    script = "import sys; from expunge.cli.main import run; sys.argv = ['expunge', 'demo', '--help']; run()"
    child = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert child.stdout is not None
    child.stdout.close()
    assert child.stderr is not None
    assert child.stderr.read() == b""
    child.stderr.close()
    assert child.wait(30) == edge.PIPE_CLOSED


@pytest.mark.parametrize(
    ("shell", "code", "said"),
    [
        (">&-", 0, ""),
        pytest.param(
            "> /dev/full",
            1,
            "The disk is full; make room and try again.\n",
            marks=pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full"),
        ),
    ],
)
def test_output_that_cannot_be_written(sandbox: Path, shell: str, code: int, said: str) -> None:
    script = "import sys; from expunge.cli.main import run; sys.argv = ['expunge', '--version']; run()"
    done = subprocess.run(
        ["/bin/sh", "-c", f'"$0" -c "$1" {shell}', sys.executable, script], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (code, said)


def test_nothing_heavy_is_imported_for_help() -> None:
    script = (
        "import sys\n"
        "from expunge.cli.main import main\n"
        "main(['--version'])\n"
        "heavy = {'openai', 'sqlalchemy', 'numpy', 'pydantic', 'xllamacpp', 'onnxruntime', 'asyncio', 'rich'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
