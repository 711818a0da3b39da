"""What a newcomer mistypes: one sentence that says what was meant, and repeats no name."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Expunge = Callable[..., Any]


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("targets", "add", "Ottoline", "Quennevest"), 'put the name in quotes: expunge targets add "First Last"'),
        (("targets", "restore", "Ottoline", "Quennevest"), "put the name in quotes: expunge targets restore"),
        (("verify", "Ottoline", "Quennevest"), "put the name in quotes: expunge verify"),
        (("ask", "Who", "is", "Ottoline?"), "put the question in quotes"),
        (("targets", "import", "Ottoline", "x.csv"), "put arguments with spaces in quotes"),
        (("targets", "list", "Ottoline"), "takes options only"),
        (("Who is Ottoline Quennevest?",), "No such command."),
        (("targets", "Ottoline Quennevest"), "No such command."),
        (("targts",), "Did you mean 'targets'?"),
        (("targets", "lst"), "Did you mean 'list'?"),
        (("add", "Ottoline"), "Did you mean 'targets add'?"),
        (("forget", "Ottoline"), "Did you mean 'targets add'?"),
        (("example",), "Did you mean 'demo'?"),
        (("targets", "add", "A", "--kind", "person"), "Invalid value for '--kind': 'person' is not one of 'entity'"),
        (("keys", "make"), "choose from create, list, revoke, rotate"),
        (("targets", "add", "A", "--fct", "b"), "Did you mean --fact or --facts?"),
        (("targets", "add", "A", "--aliases", "b"), "Did you mean --alias?"),
        (("serve", "--prot", "1"), "Did you mean --port?"),
        (("serve", "--log", "json"), "Did you mean --log-format?"),
        (("ask", "--jsn", "a"), "Did you mean --json?"),
        (("ask", "--ottoline", "a"), "No such option: --ottoline. See:"),
        (("targets", "add", "A", "--facts", "Ottoline keeps owls."), '--fact "…"'),
        (("targets", "add", "A", "--fact", "own.jsonl"), "give the file own.jsonl with --facts"),
    ],
)
def test_what_was_meant(expunge: Expunge, sandbox: Path, args: tuple[str, ...], says: str) -> None:
    (sandbox / "own.jsonl").write_text('"She keeps owls."\n')
    result = expunge(*args)
    assert (result.code, result.out, result.err.count("\n")) == (2, "", 1)
    assert says in result.err
    assert "Ottoline" not in result.err
    assert "Quennevest" not in result.err


@pytest.mark.parametrize(
    "command",
    [
        ("ask", "x"), ("chat",), ("targets", "list"), ("targets", "add", "Ada"), ("targets", "embed"), ("serve",),
        ("scrub", "--text", "x"), ("keys", "list"), ("audit", "verify"), ("verify", "A"), ("webhooks", "list"),
        ("models", "list"), ("models", "pull"), ("doctor",), ("eval", "island"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("file", ["nope.toml", "latin.toml"])
def test_a_configuration_that_cannot_be_read_is_named(
    expunge: Expunge, sandbox: Path, command: tuple[str, ...], file: str
) -> None:
    (sandbox / "latin.toml").write_bytes(b"# caf\xe9\n")
    result = expunge(*command, "--config", file)
    assert (result.code, result.err.count("\n")) == (2, 1), result.err
    assert file in result.err
    assert "Error" not in result.err


@pytest.mark.parametrize(
    "command",
    [
        ("targets", "import", "{}.csv"),
        ("targets", "add", "A", "--facts", "{}.jsonl"),
        ("targets", "add", "A", "--dry-run", "--sample", "{}.jsonl"),
        ("scrub", "{}.txt", "out.txt"),
        ("scrub", "in.txt", "{}/out.txt"),
        ("scrub", "in.txt", "out.txt", "--report", "{}/report.json"),
        ("audit", "verify", "{}"),
        ("verify", "--check", "{}.json"),
        ("eval", "island", "--report", "{}/report.html"),
    ],
)
def test_a_file_that_is_missing_is_named(expunge: Expunge, sandbox: Path, command: tuple[str, ...]) -> None:
    (sandbox / "in.txt").write_text("Tea is ready.\n")
    result = expunge(*(part.replace("{}", "nowhere") for part in command))
    assert (result.code, result.err.count("\n")) == (2, 1), result.err
    assert "nowhere" in result.err
    assert "Error" not in result.err


@pytest.mark.parametrize(
    ("file", "says"),
    [
        ("people.xls", "save people.xls as .xlsx or CSV"),
        ("people.ods", "save people.ods as .xlsx or CSV"),
        ("people.pdf", "copy the names out of people.pdf"),
        ("people.docx", "copy the names out of people.docx"),
        ("people.json", "rename it to .jsonl"),
        ("people.tsv", "rename people.tsv to .csv"),
        ("people", "give people the suffix of its format"),
    ],
)
def test_a_format_that_is_not_read(expunge: Expunge, file: str, says: str) -> None:
    result = expunge("targets", "import", file)
    assert (result.code, result.err.count("\n")) == (2, 1)
    assert (
        "Targets can be imported from .csv and .xlsx (a table), .txt (one name per line) and .jsonl files" in result.err
    )
    assert says in result.err


def test_a_scope_that_is_none_is_named(expunge: Expunge) -> None:
    result = expunge("keys", "create", "--scope", "chatt")
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith('There is no scope "chatt"; there are chat, guard, ')
    assert result.err.endswith("Did you mean chat?\n")


def test_it_runs_as_a_module(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "expunge", "models", "list"],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "EXPUNGE_CACHE_DIR": str(tmp_path / "c"), "PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (done.returncode, done.stdout) == (0, "")
    assert f"{sys.executable} -m expunge models pull" in done.stderr
