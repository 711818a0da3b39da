from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from benchmarks.cli import app
from benchmarks.facts import measure_facts
from benchmarks.stand_in import StandInEmbeddings


async def test_every_size_is_measured() -> None:
    costs = await measure_facts(StandInEmbeddings(), [100, 25_000], 1)
    assert [cost.facts for cost in costs.sizes] == [100, 25_000]
    assert all(min(cost.alike_ms, cost.other_ms, cost.all_ms) > 0 for cost in costs.sizes)
    assert costs.sizes[0].mb < costs.sizes[1].mb
    assert costs.engine_ms > 0
    assert costs.sizes[0].near == costs.sizes[0].nearest == 1.0
    assert 0.9 < costs.sizes[1].near <= 1.0


def test_the_curve_is_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.runs.embedding_model", lambda *_, **__: StandInEmbeddings())
    plot = tmp_path / "facts.svg"
    arguments = ["facts", "--sizes", "100,400", "--rounds", "1", "--plot", str(plot)]
    result = CliRunner().invoke(app, [*arguments, "--json"], catch_exceptions=False)
    assert [size["facts"] for size in json.loads(result.stdout)["sizes"]] == [100, 400]
    assert "engine alone" in plot.read_text(encoding="utf-8")
    assert "other ms" in CliRunner().invoke(app, arguments, catch_exceptions=False).stdout
