"""Every page in a real browser: nothing leaves the host or is wider than the screen, axe finds nothing serious."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
MODULES = ROOT / ".cache" / "console" / "node_modules"
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here; install it, or name it with $CHROMIUM")
@pytest.mark.skipif(not (MODULES / "axe-core").is_dir(), reason="there is no playwright-core: `make pictures`")
def test_pages_in_chromium(tmp_path: Path) -> None:
    command = ["node", str(ROOT / "tools" / "console_pictures.mjs"), "URL", "KEY", str(tmp_path)]
    environment = {**os.environ, "NODE_MODULES": str(MODULES), "CHROMIUM": str(CHROMIUM)}
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "console_server.py"), *command],
        env=environment, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "nothing to mend" in done.stdout
    assert len(list(tmp_path.glob("*.png"))) > 60
