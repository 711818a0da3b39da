from __future__ import annotations

from expunge.bench.agents import measure_agents
from expunge.bench.show import agents_table
from expunge.bench.stub import stub_endpoint
from expunge.settings import ModelSettings, ModelsSettings, Settings


async def test_an_obliging_endpoint_parses_and_nothing_leaks() -> None:
    with stub_endpoint() as url:
        settings = Settings(models=ModelsSettings(default=ModelSettings(base_url=url, model="stub")))
        run = await measure_agents(settings, 4, 10.0)
    assert run.n == 4
    assert run.plays["audit"] == 4
    assert (run.undecided, run.leaks) == (0, 0)
    assert sum(run.decisions.values()) == 4
    assert agents_table(run).row_count > 4


async def test_an_endpoint_that_is_gone_ends_in_refusals() -> None:
    models = ModelsSettings(default=ModelSettings(base_url="http://127.0.0.1:9/v1", model="gone", retries=0))
    run = await measure_agents(Settings(models=models), 3, 5.0)
    assert run.decisions == {"refused": 3}
    assert (run.failures, run.undecided) == ({"AgentError": 3}, 0)
