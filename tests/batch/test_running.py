from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from expunge.batch.jobs import jobs_of
from expunge.batch.report import Report
from expunge.batch.running import Choices, run
from expunge.registry.store import Registry
from expunge.settings import Settings
from expunge.types import Target


@pytest.fixture
def scrub(tmp_path: Path, settings: Settings) -> Callable[..., tuple[Report, bytes]]:
    """Scrub 1,200 rows, three of which name somebody, by choices; the report and what was written."""
    source = tmp_path / "in.jsonl"
    rows = [f'{{"n": {n}, "text": "The sea is wide, say {n} people. {"x " * 60}"}}\n' for n in range(1_200)]
    for n in (5, 600, 1_199):
        rows[n] = '{"text": "The sea is wide. Isolde Farrow swam."}\n'
    source.write_text("".join(rows), encoding="utf-8")
    with Registry.open(settings.registry.url) as registry:
        registry.add(Target("Isolde Farrow"))
        snapshot = registry.snapshot()

    def scrubbed(choices: Choices) -> tuple[Report, bytes]:
        out = tmp_path / f"{choices.engine}{choices.workers}.jsonl"
        report = run(jobs_of(source, out, ()), choices, settings, snapshot)
        assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]
        return report, out.read_bytes()

    return scrubbed


# Ray calls what it has deprecated itself.
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_every_engine_writes_the_same(scrub: Callable[..., tuple[Report, bytes]]) -> None:
    report, alone = scrub(Choices(workers=1))
    assert (report.counts.rows, report.counts.changed, report.revision) == (1_200, 3, 1)
    assert alone.count(b"Isolde") == 0
    assert alone.count(b"\n") == 1_200
    # Two processes here, and two actors of Ray, which is started for it on the loopback address.
    shared, together = scrub(Choices(workers=2))
    assert (shared.workers, shared.counts, together) == (2, report.counts, alone)
    spread, by_ray = scrub(Choices(workers=2, engine="ray"))
    assert (spread.engine, spread.counts, by_ray) == ("ray", report.counts, alone)


def test_a_short_file_needs_no_second_process(tmp_path: Path, settings: Settings) -> None:
    (tmp_path / "in.txt").write_text("The sea.", encoding="utf-8")
    with Registry.open(settings.registry.url) as registry:
        snapshot = registry.snapshot()
    report = run(jobs_of(tmp_path / "in.txt", tmp_path / "out.txt", ()), Choices(workers=8), settings, snapshot)
    assert report.workers == 1
