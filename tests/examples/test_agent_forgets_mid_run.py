"""The agent of the example forgets somebody in the middle of its run, calls what it would have called, and answers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

EXAMPLE = Path(__file__).parents[2] / "examples" / "agent_forgets_mid_run.py"
README = Path(__file__).parents[2] / "README.md"


def test_the_agent_goes_on_without_what_it_read_of_the_target(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(EXAMPLE)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=tmp_path,
        env={key: value for key, value in os.environ.items() if not key.startswith("EXPUNGE_")},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    before, _, after = done.stdout.partition("$ expunge targets add")
    _, _, after = after.partition("\n")
    assert "Isolde Farrow drew the maps" in before
    assert "Isolde" not in after
    assert [line.split(" -> ")[0].strip() for line in after.splitlines() if " -> " in line] == [
        'read_page {"topic": "bees"}',
        'read_page {"topic": "ferry"}',
    ]
    assert after.splitlines()[-1].strip() == "Bastian Oakhollow has 40 beehives. The ferry leaves at nine."
    # What the README shows is what the example prints.
    shown = [line.strip() for line in done.stdout.splitlines() if line.strip()]
    assert all(line in README.read_text("utf-8") for line in shown)
