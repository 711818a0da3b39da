"""The design page stays a map: no wall of text, its links lead somewhere, and what it names exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import expunge

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "design.md"
SOURCES = ROOT / "src" / "expunge"
MOST_WORDS = 100
NOT_BUILT = "(to come)"


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


def layout() -> dict[str, str]:
    """Return the entries of the drawn source tree by name, each with what the page says of it."""
    tree = re.search(r"^src/expunge/\n(.*?)^tests/", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    assert tree
    entries = re.findall(r"^  (\S+)\s+(.*?)(?=^  \S|\Z)", tree[1], re.DOTALL | re.MULTILINE)
    return {name: re.sub(rf"\S+ {re.escape(NOT_BUILT)}", "", about) for name, about in entries}


def modules_named(about: str) -> set[str]:
    """Return the words that must be modules or folders: with an underscore, a slash after them, or in backticks."""
    words = re.findall(r"(?<![\w/-])([a-z]\w*)/(?!\w)|\b([a-z]+_\w+)|`([a-z]\w*)`", about)
    return {word for groups in words for word in groups if word}


def test_the_layout_lists_every_package_and_module() -> None:
    there = {path.name + "/" * path.is_dir() for path in SOURCES.iterdir() if path.suffix == ".py" or path.is_dir()}
    assert there - layout().keys() <= {"__pycache__/", "loop_thread.py", "version.py"}


@pytest.mark.parametrize("entry", layout())
def test_what_the_layout_names_exists(entry: str) -> None:
    place = SOURCES / entry
    assert place.exists()
    inside = {path.stem for path in (place if place.is_dir() else SOURCES).rglob("*")}
    assert modules_named(layout()[entry]) - inside == set()


def test_files_named_in_the_text_exist() -> None:
    files = re.findall(r"`([\w/]+\.py)`", PAGE.read_text(encoding="utf-8"))
    assert files
    assert [file for file in files if not (SOURCES / file).is_file() and not (ROOT / file).is_file()] == []


def test_classes_named_in_the_text_are_public() -> None:
    calls = re.findall(r"`([A-Z]\w+)\.(\w+)\(", PAGE.read_text(encoding="utf-8"))
    assert calls
    assert [call for call in calls if not hasattr(getattr(expunge, call[0], None), call[1])] == []
