from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from expunge.bench import reader_cost
from expunge.bench.cli import app
from expunge.models.scripted import ScriptedEmbeddings


def test_answers_are_timed_with_and_without_the_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    model = ScriptedEmbeddings()
    monkeypatch.setattr(reader_cost, "EmbeddedEmbeddings", lambda: model)
    result = CliRunner().invoke(app, ["reader", "--each", "2", "--targets", "3", "--json"])
    costs = json.loads(result.stdout)["costs"]
    assert [(cost["found"], cost["n"]) for cost in costs] == [(False, 2), (True, 2)]
    assert all(cost["rules_ms"] > 0 and cost["reader_ms"] > 0 for cost in costs)
    assert any("kept the ledgers" in text for text in model.texts)
