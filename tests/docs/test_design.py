"""The design page stays a map: no wall of text, and its links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "design.md"
MOST_WORDS = 100


def paragraphs() -> list[str]:
    """Prose, and each item of a list by itself; no code, tables or headings."""
    text = re.sub(r"^```.*?^```", "", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    parts = re.split(r"\n\n|\n(?=- |\d+\. )", text)
    return [part for part in parts if part.strip() and not part.lstrip().startswith(("#", "|"))]


def test_no_paragraph_is_long() -> None:
    assert [part[:60] for part in paragraphs() if len(part.split()) > MOST_WORDS] == []


def test_links_lead_somewhere() -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", PAGE.read_text(encoding="utf-8"))
    assert links
    assert [link for link in links if not (PAGE.parent / link).is_file()] == []
