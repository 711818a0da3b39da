"""Docstrings are sentences about behaviour, not clauses that hang on a question word."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

SOURCES = Path(__file__).resolve().parents[2] / "src" / "expunge"
HANGING = re.compile(r"(What|Whom|Whose|Where|Which|Who|How|That)\b|(A|An|The) (thing|one|place) (that|which|where)\b")


def docstrings(source: str) -> list[str]:
    """Return the docstrings of a module, its classes and its functions, outermost first."""
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    found = [ast.get_docstring(node) for node in ast.walk(ast.parse(source)) if isinstance(node, kinds)]
    return [text for text in found if text]


def hanging(source: str) -> list[str]:
    return [text for text in docstrings(source) if HANGING.match(text)]


@pytest.mark.parametrize(
    "text", ["What a key is bound to.", "How many words.", "A thing that signs.", "That it holds."]
)
def test_a_clause_is_found(text: str) -> None:
    assert hanging(f'def f():\n    """{text}"""\n') == [text]


@pytest.mark.parametrize("text", ["Return what a key is bound to.", "Whether it holds.", "However long it is, stop."])
def test_a_sentence_is_not(text: str) -> None:
    assert hanging(f'def f():\n    """{text}"""\n') == []


def test_docstrings_are_sentences() -> None:
    texts = {path.relative_to(SOURCES): path.read_text(encoding="utf-8") for path in SOURCES.rglob("*.py")}
    assert texts
    assert {place: found for place, text in texts.items() if (found := hanging(text))} == {}
