from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

import pytest

from benchmarks import replicas
from benchmarks.replicas import OwnDatabase, measure_replicas
from benchmarks.show import replicas_table
from tests.bench.reading import text_of


@pytest.mark.slow
def test_two_replicas_live_through_kills(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replicas, "_DOWN_SECONDS", 0.3)
    monkeypatch.setattr(replicas, "_OTHERS", 50)
    said: list[str] = []
    # Not below pytest's folder, which the server's user cannot enter where tests run as root.
    with tempfile.TemporaryDirectory() as folder:
        database = OwnDatabase(Path(folder))
        try:
            measured = measure_replicas(database, 10, 1, lambda what, done, total: said.append(what), database_kills=1)
            run = asyncio.run(measured)
        finally:
            database.stop()
    assert (run.leaks, run.withheld, run.lost, run.chain_verifies) == (0, 0, 0, True)
    assert run.changes >= 10
    assert run.answers > 50
    assert 0 < run.propagation_p50 <= run.propagation_max
    assert list(dict.fromkeys(said)) == [
        "starting two replicas",
        "changing targets under load",
        "the key is changed",
        "the database is killed",
        "replicas are killed",
    ]
    assert "verifies" in text_of(replicas_table(run))
