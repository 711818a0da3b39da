"""The bench of a large registry on a small one: that it measures what it says, in processes of its own."""

from __future__ import annotations

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from benchmarks.cli import app
from benchmarks.stand_in import StandInEmbeddings


def test_a_small_registry() -> None:
    arguments = ["registry", "--names", "60", "--facts", "30", "--rounds", "1", "--json"]
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    figures = json.loads(result.stdout)
    assert figures["embeddings"] == "stand-in"
    with_facts, names = figures["sizes"]
    assert [size["targets"] for size in (with_facts, names)] == [30, 60]
    assert (with_facts["facts"], names["facts"]) == (150, 0)
    # What the import embedded, the process that started afterwards loaded; where a first look at the registry comes to
    # nothing, as on a machine under load, one text is embedded to see whether what is stored fits.
    assert with_facts["imported"]["embedded"] == 150
    assert with_facts["served"]["embedded"] <= 1
    assert with_facts["served"]["recall"]["nearest"] == 1.0
    assert "recall" not in names["served"]
    for size in (with_facts, names):
        assert size["served"]["targets"] == size["targets"]
        assert size["start_s"] > 0
        assert size["per_second"] > 0
        assert size["served"]["answer_p99_ms"] >= size["served"]["answer_p50_ms"] > 0


async def test_the_stand_in_gives_the_same_text_the_same_vector_and_shared_words_near_ones() -> None:
    texts = ("The ferry leaves at nine.", "The ferry leaves at ten.", "Glaziers quarrel over putty.", "")
    first, second, third, empty = await StandInEmbeddings().embed(texts)
    assert np.array_equal(first, (await StandInEmbeddings().embed(texts[:1]))[0])
    assert np.linalg.norm([first, second, third, empty], axis=1) == pytest.approx(np.ones(4), abs=1e-5)
    assert first @ second > first @ third + 0.1
