from __future__ import annotations

import pytest

from expunge.bench.memory import measure_apart
from expunge.errors import MissingError


def test_memory_is_measured_in_another_process() -> None:
    memory = measure_apart(3_000)
    assert memory.targets == 3_000
    assert 0 < memory.bytes_per_target < 100_000
    assert memory.peak_mb > memory.fixed_mb > 0


def test_a_process_that_fails_is_told() -> None:
    with pytest.raises(MissingError, match="--sizes"):
        measure_apart(-1)
