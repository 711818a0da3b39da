"""Which state of the source code figures were made with."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

_SECONDS = 5.0


@cache
def commit(folder: Path = Path(__file__).parent) -> str | None:
    """The short commit of the checkout that holds `folder`, with "+" where files differ from it.

    None where expunge is installed from a package, or there is no git.
    """
    # A package that lies in somebody else's checkout, in a .venv say, is none of its files.
    if not _git(folder, "ls-files", "--", "."):
        return None
    changed = _git(folder, "status", "--porcelain", "--", str(folder.parent))
    return _git(folder, "rev-parse", "--short", "HEAD") + ("+" if changed else "")


def _git(folder: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, timeout=_SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
