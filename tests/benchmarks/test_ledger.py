from __future__ import annotations

import pytest

from benchmarks.ledger import Curve, Ledger, Reckoning, reckon


@pytest.mark.parametrize(
    ("logged", "found"),
    [
        (["a", "b"], Reckoning(0, 0, 0)),
        (["a", "b", "c"], Reckoning(0, 0, 0)),
        (["a"], Reckoning(1, 0, 0)),
        (["a", "b", "b"], Reckoning(0, 1, 0)),
        (["a", "b", "d"], Reckoning(0, 0, 1)),
        (["a", "b", "x"], Reckoning(0, 0, 1)),
    ],
)
def test_every_answer_is_in_the_log_once(logged: list[str], found: Reckoning) -> None:
    ledger = Ledger(answered={"a", "b"}, broken={"c"}, failed={"d"})
    assert reckon(ledger, logged) == found


@pytest.mark.parametrize(
    ("mb", "flat"),
    [
        ([100, 120, 130, 131, 131, 131, 131, 131], True),
        ([100, 120, 130, 130, 128, 132, 129, 131], True),
        ([100, 105, 110, 115, 120, 125, 130, 135], False),
        ([100, 100, 100, 100, 100, 100, 110, 110], False),
        ([100], True),
    ],
)
def test_memory_is_flat_if_its_second_half_grows_by_no_more_than_noise(mb: list[float], flat: bool) -> None:
    assert Curve(1.0, tuple(mb)).flat is flat


def test_a_long_curve_is_thinned() -> None:
    assert len(Curve(1.0, tuple(map(float, range(1_000)))).thinned(20)) == 20
