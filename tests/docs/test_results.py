from __future__ import annotations

import re
import shutil
from pathlib import Path

from expunge.cli.main import main
from expunge.evals.results import BEGIN

DOCS = Path(__file__).resolve().parents[2] / "docs"
LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)")


def pages(docs: Path) -> dict[str, str]:
    """Return the text of the page of results and of those behind it, by file name."""
    return {
        str(path.relative_to(docs)): path.read_text(encoding="utf-8")
        for path in (docs / "results.md", *sorted((docs / "results").glob("*.md")))
    }


def test_the_results_pages_are_what_their_figures_say(tmp_path: Path) -> None:
    shutil.copy(DOCS / "results.md", tmp_path)
    shutil.copytree(DOCS / "results", tmp_path / "results")
    into = str(tmp_path / "results.md")
    assert main(["eval", "results", "--from", str(DOCS / "results"), "--into", into]) == 0
    command = "expunge eval results --from docs/results --into docs/results.md"
    assert pages(tmp_path) == pages(DOCS), f"run `{command}`"


def test_no_page_of_figures_outlives_its_suite(tmp_path: Path) -> None:
    shutil.copy(DOCS / "results.md", tmp_path)
    into = str(tmp_path / "results.md")
    assert main(["eval", "results", "--from", str(DOCS / "results"), "--into", into]) == 0
    written = {name for name, text in pages(DOCS).items() if BEGIN in text}
    assert written == set(pages(tmp_path)), "delete or rename the pages of suites that are gone"


def test_links_lead_somewhere() -> None:
    for name, text in pages(DOCS).items():
        links = LINK.findall(text)
        assert links
        folder = (DOCS / name).parent
        assert [link for link in links if not (folder / link).exists()] == [], name


def test_every_page_behind_is_linked() -> None:
    linked = set(LINK.findall(pages(DOCS)["results.md"]))
    assert {name for name in pages(DOCS) if name != "results.md"} - linked == set()
