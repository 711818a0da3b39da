from __future__ import annotations

from expunge.bench.start import measure_start


def test_a_process_answers() -> None:
    start = measure_start(runs=1)
    assert start.runs == 1
    assert 0 < start.interpreter_s < start.median_s == start.worst_s
