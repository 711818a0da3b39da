from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from benchmarks import runs
from benchmarks.cli import app
from expunge.models.embeddings import CachedEmbeddings
from expunge.models.scripted import ScriptedEmbeddings


def test_the_waits_are_told_with_and_without_what_is_done_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    model = ScriptedEmbeddings()
    monkeypatch.setattr(runs, "embedding_model", lambda *_, **__: CachedEmbeddings(model))
    asked = ["streaming", "--sentences", "3", "--runs", "2", "--clients", "2", "--pace", "20000"]
    result = CliRunner().invoke(app, [*asked, "--json"])
    figures = json.loads(result.stdout)
    told = [(wait["answers"], wait["clients"], wait["runs"]) for wait in figures["waits"]]
    assert told == [("streamed", 1, 2), ("streamed", 2, 4), ("whole", 1, 2)]
    assert all(wait[name] > 0 for wait in figures["waits"] for name in ("without_ms", "ahead_ms"))
    # Every sentence and every question once: 3 + 1 of each of 4 + 8 answers, 1 + 1 of each of 4.
    assert len([text for text in model.texts if text.endswith(".")]) >= 12 * 4 + 4 * 2
    table = " ".join(CliRunner().invoke(app, asked).stdout.split())
    assert "embedded ahead" in table
    assert "3 sentences" in table
