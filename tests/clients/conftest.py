from __future__ import annotations

from collections.abc import Iterator

import pytest

from expunge.island.world import load
from expunge.registry.store import Registry
from tests.clients.island_server import island_server
from tests.clients.running import Endpoints, free_port, served, wait_until_ready


@pytest.fixture(scope="session")
def endpoints(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoints]:
    folder = tmp_path_factory.mktemp("gateway")
    port = free_port()
    with island_server() as island:
        config = folder / "expunge.toml"
        config.write_text(
            f'[registry]\nurl = "sqlite:///{folder}/expunge.db"\n'
            f'[models.default]\nbase_url = "{island}"\nmodel = "island-1"\n'
            '[policy]\nagents = "rules"\nelicit = false\n'
            f'[server]\nport = {port}\nauth = "none"\n',
            encoding="utf-8",
        )
        with Registry.open(f"sqlite:///{folder}/expunge.db") as registry:
            registry.add_many(load().targets)
        with served(["serve", "--config", str(config)]) as process:
            wait_until_ready(f"http://127.0.0.1:{port}/readyz", process)
            yield Endpoints(island, f"http://127.0.0.1:{port}/v1", config)
