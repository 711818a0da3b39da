"""What is shipped with the console: in the wheel, unchanged, with its licence; and told of in the docs."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from expunge.gateway.console.rendering import static_files
from expunge.gateway.console.router import PAGES
from expunge.gateway.console.visits import Page

ROOT = Path(__file__).resolve().parents[3]
CONSOLE = ROOT / "src" / "expunge" / "gateway" / "console"


@pytest.mark.slow
def test_templates_and_files_are_in_the_wheel(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)], cwd=ROOT, check=True
    )
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as opened:
        shipped = {name: opened.read(name) for name in opened.namelist() if "/gateway/console/" in name}
    wanted = {path for folder in ("templates", "static") for path in (CONSOLE / folder).iterdir()}
    assert len(wanted) > 10
    for path in wanted:
        assert shipped[f"expunge/gateway/console/{path.parent.name}/{path.name}"] == path.read_bytes()


def test_htmx_is_the_release_that_was_looked_at() -> None:
    """`dist/htmx.min.js` of htmx.org 2.0.11, as the npm registry has it."""
    content = static_files()["htmx.min.js"]
    assert hashlib.sha256(content).hexdigest() == "d6fdc75f204e6bdefa99b69bf1e6d4ac69b8a364f77929f45c13476b4000f717"
    assert b'version:"2.0.11"' in content
    assert "Zero-Clause BSD" in (CONSOLE / "static" / "LICENSE-htmx.txt").read_text(encoding="utf-8")
    assert "2.0.11" in (ROOT / "docs" / "console.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.title)
def test_every_page_has_a_row_with_its_scopes(page: Page) -> None:
    text = (ROOT / "docs" / "console.md").read_text(encoding="utf-8")
    row = re.search(rf"^\| {page.title} \|(.*)\|", text, re.MULTILINE)
    assert row
    assert all(f"`{scope}`" in row[1] for scope in page.scopes)


def test_the_stylesheet_knows_light_and_dark_and_fetches_nothing() -> None:
    css = static_files()["console.css"].decode()
    assert "prefers-color-scheme: dark" in css
    assert "url(" not in css
    assert "@import" not in css
    assert "prefers-reduced-motion" in css
