from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from benchmarks.cli import app
from expunge.bench.servers import same_modules
from expunge.errors import UsageError

RUNNER = CliRunner()


def run(*arguments: str) -> str:
    result = RUNNER.invoke(app, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_every_command_has_help_and_json() -> None:
    for command in ("all", "console", "facts", "hostile", "profiles", "registry", "replicas", "soak", "streaming"):
        assert "--json" in run(command, "--help").replace("\n", " ")


def test_figures_in_a_file(tmp_path: Path) -> None:
    out = tmp_path / "figures.json"
    figures = json.loads(run("profiles", "--sizes", "2", "--each", "1", "--json", "--out", str(out)))
    assert figures == json.loads(out.read_text(encoding="utf-8"))
    assert {"expunge", "python", "processors"} <= set(figures)
    assert figures["command"][:3] == ["python", "-m", "benchmarks"]


def test_figures_as_a_table() -> None:
    assert "screened" in run("profiles", "--sizes", "2", "--each", "1")


def test_a_file_that_cannot_be_written() -> None:
    with pytest.raises(UsageError, match="cannot be written"):
        run("profiles", "--sizes", "2", "--each", "1", "--out", "no/such/folder/x.json")


@pytest.mark.parametrize("sizes", ["ten", "0"])
def test_wrong_use_is_one_line(sizes: str) -> None:
    command = [sys.executable, "-m", "benchmarks", "profiles", "--sizes", sizes]
    ended = subprocess.run(command, capture_output=True, text=True, env=same_modules(), check=False)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("The sizes must be whole numbers")
    assert ended.stderr.count("\n") == 1
