from __future__ import annotations

import itertools
import json
import math
from pathlib import Path

import pytest
from typer.testing import CliRunner

from expunge.bench.cli import app
from expunge.bench.gateway import GatewayChoices, GatewayCost, GatewayRun, as_json, find_litellm, measure_gateway
from expunge.bench.instant import completion
from expunge.bench.load import Served, questions
from expunge.bench.show import gateway_table
from expunge.errors import MissingError, UsageError
from expunge.text.segment import sentences
from tests.bench.reading import text_of


def _cost(name: str, rates: tuple[int, ...], p50: float, memory: float) -> GatewayCost:
    full = tuple(Served(rate, 0, 1.0, 1.0, 2.0) for rate in rates)
    return GatewayCost(name, full, (Served(9, 0, 1.0, p50 / 2, p50),), (Served(50, 1, 1.0, p50, 2 * p50),), 1.0, memory)


def test_the_median_round_counts() -> None:
    cost = _cost("x", (100, 900, 300), 2.5, 90)
    assert (cost.per_second, cost.p50_ms, cost.p99_ms, cost.failures) == (300, 2.5, 5.0, 1)


def test_the_table_says_what_is_added_and_how_much_more_is_served() -> None:
    run = GatewayRun(
        10,
        1_000,
        (1,),
        50.0,
        (
            _cost("upstream alone", (9_000,), 0.5, 0),
            _cost("expunge, names only", (600,), 3.0, 100),
            _cost("expunge, 1 fact each", (330,), 4.0, 120),
            _cost("LiteLLM, content filter", (200,), 9.0, 500),
        ),
    )
    text = text_of(gateway_table(run))
    assert "2.5" in text
    assert "1.2" in text
    assert "0.55" in text
    assert "3.0 times the answers, 0.20 of the memory" in text


@pytest.mark.slow
def test_a_small_run_serves_every_request() -> None:
    said: list[str] = []
    choices = GatewayChoices(clients=3, targets=20, facts=(), seconds=0.5, rounds=1)
    run = measure_gateway(choices, lambda what, done, total: said.append(what))
    assert [cost.name for cost in run.costs] == ["upstream alone", "expunge, names only"]
    for cost in run.costs:
        assert cost.failures == 0
        assert cost.full[0].answers > 10
        assert not math.isnan(cost.p99_ms)
    assert run.costs[1].memory_mb > 20
    assert run.left_out
    assert "systems" in as_json(run)
    assert any(what.startswith("round 1 of 1") for what in said)


def test_no_sentence_of_a_question_or_an_answer_is_ever_said_again() -> None:
    asked = [json.loads(body)["messages"][0]["content"] for body in itertools.islice(questions(), 60)]
    told = [json.loads(completion(number))["choices"][0]["message"]["content"] for number in range(60)]
    said = [piece.of(text).strip() for text in (*asked, *told) for piece in sentences(text)]
    assert len(said) == len(set(said)) > 400


@pytest.mark.parametrize("facts", ["1,x", "", "11", "0,1", "-1"])
def test_a_wrong_number_of_facts_is_said(facts: str) -> None:
    with pytest.raises(UsageError, match="--facts"):
        CliRunner().invoke(app, ["gateway", "--facts", facts], catch_exceptions=False)


def test_a_litellm_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(MissingError):
        find_litellm(tmp_path / "litellm")
