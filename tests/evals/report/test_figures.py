from __future__ import annotations

from typing import Any

import pytest

from expunge.evals.report.figures import (
    DELTA_LEAK,
    LEAK,
    Figure,
    at,
    extra_figures,
    figure,
    headline,
    number,
    percent,
    points,
    shown,
    system_names,
    used,
)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ({"value": 0.5, "low": 0.4, "high": 0.6, "n": 10, "hits": 5}, Figure(0.5, 0.4, 0.6, 10)),
        ({"value": 0}, Figure(0.0)),
        (0.25, Figure(0.25)),
        ({"value": None}, None),
        ({"value": float("nan")}, None),
        (None, None),
        (True, None),
        ("0.5", None),
        ([1], None),
    ],
)
def test_figures(raw: object, expected: Figure | None) -> None:
    assert figure(raw) == expected


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0.00"), (1, "100.00"), (0.99999, "99.99"), (0.00001, "0.01"), (0.9988, "99.88"), (0.005, "0.50")],
)
def test_only_nothing_is_zero_and_only_all_is_a_hundred(value: float, text: str) -> None:
    assert percent(value) == text


@pytest.mark.parametrize(("value", "text"), [(0.012, "+1.20"), (-0.005, "−0.50"), (0, "0.00"), (-0.00001, "0.00")])
def test_points(value: float, text: str) -> None:
    assert points(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0.5234, "0.523"), (0.5, "0.5"), (1200.0, "1,200"), (-3.0, "−3"), (0.00012, "0.00012")]
)
def test_numbers_of_no_known_unit(value: float, text: str) -> None:
    assert number(Figure(value)) == text


def test_intervals_of_differences_are_told_with_a_word() -> None:
    assert DELTA_LEAK.interval(Figure(-0.5, -0.6, -0.4)) == "−60.0 to −40.0"
    assert LEAK.interval(Figure(0.5, 0.4, 0.6)) == "40.0–60.0"
    assert LEAK.interval(Figure(0.5)) == ""


ONE = {"part": "forget", "forget": True, "leak": {"value": 0.1}}
TOTAL = {"part": "all to forget", "forget": True, "total": True, "leak": {"value": 0.2}}
KEEP = {"part": "retain", "forget": False}


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([ONE, ONE, KEEP, TOTAL], TOTAL),
        ([ONE, KEEP], ONE),
        ([ONE, ONE, KEEP], {}),
        ([KEEP], {}),
        (None, {}),
    ],
)
def test_the_row_that_stands_for_all(rows: Any, expected: Any) -> None:
    assert headline({"rows": rows}, forget=True) == expected


def test_columns_in_use() -> None:
    assert used((LEAK, DELTA_LEAK), [KEEP, ONE]) == (LEAK,)
    assert at({"delta": None}, "delta.leak") is None
    assert at({"delta": {"leak": {"value": 0.5}}}, "delta.leak") == Figure(0.5)


def test_further_figures_are_flat() -> None:
    extra = {"auc": {"value": 0.5, "n": 8}, "by": {"length": 0.25, "words": ["a", "b"]}, "note": None}
    flat = {"auc": Figure(0.5, n=8), "by, length": Figure(0.25), "by, words": "a, b", "note": "-"}
    assert extra_figures(extra) == flat
    assert extra_figures(None) == {}


def test_systems_in_the_order_of_reports() -> None:
    told = [{"system": name} for name in ("expunge", "other", "none", "expunge", None)]
    assert system_names(told) == ["none", "expunge", "other", "?"]


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (None, "not said"),
        ({}, "not said"),
        (0, "0"),
        (1817, "1,817"),
        (True, "yes"),
        (0.5, "0.5"),
        (["a", 2], "a, 2"),
        ({"split": "forget10", "seed": None}, "split: forget10, seed: not said"),
    ],
)
def test_plain_values(raw: object, text: str) -> None:
    assert shown(raw) == text
