from __future__ import annotations

import shutil
from pathlib import Path

from expunge.cli.main import main

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_the_results_page_is_what_its_figures_say(tmp_path: Path) -> None:
    page = tmp_path / "results.md"
    shutil.copy(DOCS / "results.md", page)
    assert main(["eval", "results", "--from", str(DOCS / "results"), "--into", str(page)]) == 0
    written = page.read_text(encoding="utf-8")
    told = "expunge eval results --from docs/results --into docs/results.md"
    assert written == (DOCS / "results.md").read_text(encoding="utf-8"), f"run `{told}`"
