from __future__ import annotations

from benchmarks.profiles import ProfileCost, measure_profiles
from benchmarks.show import profiles_table
from expunge.evals.metrics import Mean
from tests.bench.reading import text_of


async def test_screened_asks_once_about_others_and_paper_always_asks_everybody() -> None:
    costs = await measure_profiles([20], each=2, with_facts=False)
    by_case = {(cost.profile, cost.about): cost for cost in costs}
    assert len(by_case) == len(costs) == 4
    assert by_case["screened", "others"].calls.value == 1.0
    assert by_case["paper", "others"].calls.value > 4
    assert by_case["screened", "targets"].calls.value > 1
    assert by_case["screened", "others"].prompt_chars.value < 200 < by_case["paper", "others"].prompt_chars.value


def test_the_table_has_the_interval() -> None:
    cost = ProfileCost("paper", 20, "others", 4, Mean(9.0, 4, 0.5), Mean(12345.0, 4, 1.0), 3.0)
    assert "9.00 ±0.50" in text_of(profiles_table([cost]))
