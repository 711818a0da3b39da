from __future__ import annotations

import subprocess
from pathlib import Path

from expunge.evals.inspect_task import commit


def git(folder: Path, *arguments: str) -> str:
    who = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    return subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout


def told(folder: Path) -> str | None:
    commit.cache_clear()
    return commit(folder)


def test_the_commit_and_whether_files_differ_from_it(tmp_path: Path) -> None:
    package = tmp_path / "src" / "bench"
    package.mkdir(parents=True)
    assert told(package) is None
    git(tmp_path, "init", "-q")
    assert told(package) is None
    (package / "a.py").write_text("1\n", encoding="utf-8")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "one")
    head = git(tmp_path, "rev-parse", "--short", "HEAD").strip()
    assert told(package) == head
    (package / "a.py").write_text("2\n", encoding="utf-8")
    assert told(package) == head + "+"
    (tmp_path / ".venv").mkdir()
    assert told(tmp_path / ".venv") is None
