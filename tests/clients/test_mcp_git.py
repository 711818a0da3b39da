"""A published MCP server behind the proxy: `mcp-server-git`, a repository's history without one of its authors."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from expunge.registry.store import Registry
from expunge.types import Target
from tests.clients.running import CLIENTS

_CALLS = Path(__file__).parent / "scripts" / "mcp_calls.py"
_RUN = "from expunge.cli.main import run; run()"
_COMMITS = (
    ("Brendan Garrow", "prices.txt", "An umbrella costs nine crowns.", "Add the price list"),
    ("Orla Fenwick", "carver.txt", "Orla Fenwick carves marionettes.", "Describe the marionettes"),
    ("Ines Halloran", "bees.txt", "The bees are above the quarry.", "Count the bees"),
)

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with a commit of each of three people."""
    folder = tmp_path_factory.mktemp("repository")
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}

    def git(*arguments: str) -> None:
        subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, timeout=60, env=environment)

    git("init", "-b", "main")
    for author, name, text, message in _COMMITS:
        (folder / name).write_text(f"{text}\n", encoding="utf-8")
        git("add", name)
        git("-c", f"user.name={author}", "-c", "user.email=post@village.example", "commit", "-m", message)
    return folder


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The proxy's command up to the server's."""
    folder = tmp_path_factory.mktemp("proxy")
    config = folder / "expunge.toml"
    config.write_text(
        f'[registry]\nurl = "sqlite:///{folder}/expunge.db"\n[policy]\nagents = "rules"\nelicit = false\n',
        encoding="utf-8",
    )
    with Registry.open(f"sqlite:///{folder}/expunge.db") as registry:
        registry.add(Target("Orla Fenwick", facts=["She carves marionettes."]))
    return [sys.executable, "-c", _RUN, "mcp", "--config", str(config), "--", "env", "-u", "PYTHONPATH"]


def results(before: list[str], repository: Path, *calls: tuple[str, dict[str, Any]]) -> tuple[list[str], list[Any]]:
    """The tools of the server, and the text of each call's result with whether it is an error."""
    server = [str(CLIENTS / "mcp-server-git"), "--repository", str(repository)]
    given = [[name, {"repo_path": str(repository), **arguments}] for name, arguments in calls]
    run = subprocess.run(
        [str(CLIENTS / "python"), str(_CALLS), json.dumps(given), *before, *server],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-3000:]
    told = json.loads(run.stdout.splitlines()[-1])
    return told["tools"], told["results"]


def test_the_history_without_one_author(repository: Path, proxy: list[str]) -> None:
    calls: tuple[tuple[str, dict[str, Any]], ...] = (
        ("git_status", {}),
        ("git_show", {"revision": "HEAD"}),
        ("git_show", {"revision": "nothing"}),
        ("git_log", {}),
        ("git_show", {"revision": "HEAD~1"}),
        ("git_diff", {"target": "HEAD~2"}),
    )
    bare = ["env", "-u", "PYTHONPATH"]
    tools, direct = results(bare, repository, *calls)
    assert "Author: Orla Fenwick" in direct[3][0]
    through_tools, through = results(proxy, repository, *calls)
    assert through_tools == tools
    # What tells of nobody is the server's own, failures as well.
    assert through[:3] == direct[:3]
    told = json.dumps(through).lower()
    assert [word for word in ("orla", "fenwick", "marionette", "carve") if word in told] == []
    log, _, diff = (text for text, _ in through[3:])
    for author, _, _, message in (_COMMITS[0], _COMMITS[2]):
        assert f"Author: {author}" in log
        assert f"Message: {message}" in log
    assert "+The bees are above the quarry." in diff
    assert not any(failed for _, failed in through[3:])


def test_nothing_is_done_that_names_the_target(repository: Path, proxy: list[str]) -> None:
    calls: tuple[tuple[str, dict[str, Any]], ...] = (
        ("git_create_branch", {"branch_name": "orla-fenwick"}),
        ("git_create_branch", {"branch_name": "umbrellas"}),
        ("git_branch", {"branch_type": "local"}),
    )
    _, (refused, made, branches) = results(proxy, repository, *calls)
    assert refused[1] is True
    assert "orla" not in refused[0].lower()
    assert made[1] is False
    assert branches[0].split() == ["*", "main", "umbrellas"]
