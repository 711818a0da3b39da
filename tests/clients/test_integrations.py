"""The tests of the middleware for agent frameworks, run where these are installed."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.clients.running import CLIENTS

ROOT = Path(__file__).parents[2]
MODULES = sorted(path.name for path in (ROOT / "tests" / "integrations").glob("test_*.py"))


@pytest.mark.parametrize("module", MODULES)
def test_beside_the_framework_itself(module: str, tmp_path: Path) -> None:
    kept = {key: value for key, value in os.environ.items() if key in ("PATH", "HOME", "LANG", "TMPDIR")}
    command = [str(CLIENTS / "python"), "-m", "pytest", "-p", "no:cacheprovider", "-rs", f"tests/integrations/{module}"]
    run = subprocess.run(
        [*command, f"--basetemp={tmp_path / 'run'}"],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        cwd=ROOT,
        env={**kept, "PYTHONPATH": str(ROOT / "src")},
    )
    assert run.returncode == 0, run.stdout[-5000:] + run.stderr[-2000:]
    assert "SKIPPED" not in run.stdout
