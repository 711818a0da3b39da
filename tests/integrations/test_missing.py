"""What is said where a framework is not installed."""

from __future__ import annotations

import importlib
import sys

import pytest

from expunge.errors import MissingError

MODULES = [
    ("langchain", "langchain_core", "langchain"),
    ("openai_agents", "agents", "openai-agents"),
    ("llama_index", "llama_index", "llama-index"),
]


@pytest.mark.parametrize(("module", "library", "extra"), MODULES)
def test_what_to_install(monkeypatch: pytest.MonkeyPatch, module: str, library: str, extra: str) -> None:
    name = f"expunge.integrations.{module}"
    for loaded in [each for each in sys.modules if each == name or each.startswith((f"{name}.", f"{library}."))]:
        monkeypatch.delitem(sys.modules, loaded)
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(MissingError, match=rf'install it with: pip install "expunge\[{extra}\]"$'):
        importlib.import_module(name)
