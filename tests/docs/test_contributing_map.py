"""Every file and name that the contributors' map and the decisions on record point at exists."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MAP = ROOT / "docs" / "contributing-map.md"
PAGES = [MAP, *sorted((ROOT / "docs" / "adr").glob("*.md"))]
MOST_HOPS = 4


def named(page: Path) -> list[tuple[str, str]]:
    """Files, each with the name that is looked for in it, or "" where the file alone is meant."""
    text = page.read_text(encoding="utf-8")
    return re.findall(r"`((?:src|tests|tools|examples)/[\w/.-]+\.\w+)(?:::([\w.]+))?`", text)


def defined(body: list[ast.stmt], above: str = "") -> Iterator[str]:
    """What a module defines, and what the classes in it do."""
    for node in body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                yield above + node.name
            case ast.ClassDef():
                yield above + node.name
                yield from defined(node.body, f"{above}{node.name}.")
            case ast.Assign():
                yield from (above + target.id for target in node.targets if isinstance(target, ast.Name))
            case ast.AnnAssign(target=ast.Name() as target):
                yield above + target.id


@pytest.mark.parametrize(
    ("file", "name"), [pytest.param(*pair, id="::".join(filter(None, pair))) for page in PAGES for pair in named(page)]
)
def test_what_is_pointed_at_exists(file: str, name: str) -> None:
    assert (ROOT / file).is_file()
    if name:
        assert name in set(defined(ast.parse((ROOT / file).read_text(encoding="utf-8")).body))


def test_each_task_takes_few_hops_and_names_where_each_leads() -> None:
    tasks = MAP.read_text(encoding="utf-8").split("\n## ")[1:]
    assert len(tasks) == 3
    for task in tasks:
        hops = re.findall(r"^\d\. (.*?)(?=\n\d\. |\n\n)", task, re.DOTALL | re.MULTILINE)
        assert 0 < len(hops) <= MOST_HOPS
        assert all("`src/" in hop for hop in hops)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_to_other_pages_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).is_file()] == []


def test_every_decision_is_in_the_index_and_short() -> None:
    index = (ROOT / "docs" / "adr" / "README.md").read_text(encoding="utf-8")
    for page in PAGES[1:]:
        if page.name != "README.md":
            assert f"]({page.name})" in index
            assert 150 <= len(page.read_text(encoding="utf-8").split()) <= 350
