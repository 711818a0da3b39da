from __future__ import annotations

import pytest

from expunge.bench.scrub import ScrubRate, ScrubRun, measure_scrub
from expunge.bench.show import scrub_table
from expunge.errors import UsageError


def test_the_same_rows_for_every_setup() -> None:
    told: list[tuple[str, int, int]] = []
    run = measure_scrub(210, 5, 0, [("local", 1)], lambda *what: told.append(what))
    (rate,) = run.rates
    assert (rate.rows, rate.changed, run.equal) == (210, 2, True)
    assert 0 < rate.first_s <= rate.seconds
    assert told[-1][0] == "local 1"
    assert told[-1][1] == told[-1][2]


def test_ratio() -> None:
    run = ScrubRun(1, 0, (ScrubRate("local", 1, 100, 0, 2.0, 1.0), ScrubRate("ray", 2, 100, 0, 4.0, 1.0)), True)
    assert run.ratio(("ray", 2), ("local", 1)) == 0.5
    assert run.ratio(("ray", 2), ("local", 2)) is None


def test_the_table_tells_ratios_and_whether_outputs_are_equal() -> None:
    local = ScrubRate("local", 2, 100, 0, 1.0, 0.5)
    caption = str(scrub_table(ScrubRun(1, 0, (local, ScrubRate("ray", 2, 100, 0, 4.0, 1.0)), False)).caption)
    assert "Ray to local at 2: 0.25; outputs equal: NO" in caption
    assert "workers to 1" not in caption


@pytest.mark.parametrize(("rows", "size"), [(0, 1), (1, 0)])
def test_nothing_to_measure(rows: int, size: int) -> None:
    with pytest.raises(UsageError, match="nothing to measure"):
        measure_scrub(rows, size, 0, [("local", 1)], lambda *what: None)
