from __future__ import annotations

from expunge.bench.profiles import measure_profiles


async def test_screened_asks_once_about_others_and_paper_always_asks_everybody() -> None:
    costs = await measure_profiles([20], each=2, with_facts=False)
    by_case = {(cost.profile, cost.about): cost for cost in costs}
    assert len(by_case) == len(costs) == 4
    assert by_case["screened", "others"].calls.value == 1.0
    assert by_case["paper", "others"].calls.value > 4
    assert by_case["screened", "targets"].calls.value > 1
    assert by_case["screened", "others"].prompt_chars.value < 200 < by_case["paper", "others"].prompt_chars.value
