from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def by_rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every agent by rules, and nothing read from or written to the user's own folders."""
    monkeypatch.setenv("EXPUNGE_POLICY__AGENTS", "rules")
    monkeypatch.setenv("EXPUNGE_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
