from __future__ import annotations

from typing import Any

import pytest
from rich.console import Console

from expunge.evals.show import tables

Row = dict[str, Any]


def rate(value: float) -> Row:
    return {"value": value, "low": value / 2, "high": min(1.0, value * 2), "n": 40}


def system(name: str, leak: float, **more: Any) -> Row:
    rows = [
        {
            "part": "forget [red]",
            "forget": True,
            "n": 40,
            "leak": rate(leak),
            "unchanged": None,
            "calls": {"value": 1.0},
        },
        {"part": "retain", "forget": False, "n": 1200, "leak": None, "unchanged": rate(1.0), "calls": {"value": 1.0}},
    ]
    return {"system": name, "rows": rows} | more


def shown(summary: Row, width: int = 110) -> str:
    console = Console(width=width)
    with console.capture() as capture:
        for table in tables(summary):
            console.print(table)
    return capture.get()


def suite(*systems: Row) -> Row:
    return {"suite": "x", "title": "Some [b]suite", "upstream": "oracle", "facts": "none", "systems": list(systems)}


def test_a_table_for_each_suite() -> None:
    auc = {"auc": {"value": 0.52, "low": 0.47, "high": 0.57}, "kind": "words"}
    text = shown({"suites": [suite(system("expunge", 0.01, extra=auc), system("none", 0.4))]})
    lines = [" ".join(line.split()) for line in text.splitlines()]
    for line in (
        "Some [b]suite (oracle, facts none)",
        "part n leaks % unchanged % calls",
        "forget [red]",
        "none 40 40.00 (20.0–80.0) - 1.00",
        "expunge 40 1.00 (0.5–2.0) - 1.00",
        "none 1,200 - 100.00 (50.0–100.0) 1.00",
        "expunge: auc 0.52 (0.47–0.57), kind words",
    ):
        assert line in lines
    assert lines.index("none 40 40.00 (20.0–80.0) - 1.00") < lines.index("expunge 40 1.00 (0.5–2.0) - 1.00")


def test_one_system_needs_no_lines_of_its_own() -> None:
    lines = [" ".join(line.split()) for line in shown({"suites": [suite(system("expunge", 0.01))]}).splitlines()]
    assert "Some [b]suite (oracle, facts none, expunge)" in lines
    assert "forget [red] 40 1.00 (0.5–2.0) - 1.00" in lines


def test_intervals_are_dim() -> None:
    table = tables({"suites": [suite(system("expunge", 0.01))]})[0]
    assert next(iter(table.columns[2].cells)) == "1.00 [dim](0.5–2.0)[/]"


def test_a_narrow_terminal_cuts_no_figure() -> None:
    text = shown({"suites": [suite(system("guardrail-prompt", 0.41), system("expunge", 0.01))]}, width=50)
    assert "…" not in text
    for figure in ("41.00", "(20.5–82.0)", "(50.0–100.0)", "1,200"):
        assert figure in text


def test_cost_by_number_of_targets() -> None:
    points = [{"system": "expunge", "targets": 1000, "n": 40, "leak": rate(0.1), "calls": {"value": 1.25}}]
    text = shown({"scale": {"upstream": "oracle", "points": points}})
    assert "Cost by number of targets (oracle)" in text
    assert "expunge, 1,000 40 10.00 (5.0–20.0) 1.25" in " ".join(text.split())


NULLS: list[Any] = [
    {},
    {"suites": None, "scale": None},
    {"suites": []},
    {"suites": [{}]},
    {"suites": [{"systems": None}]},
    {"suites": [{"systems": [{"system": None, "rows": None, "extra": None}]}], "scale": {"points": None}},
]


@pytest.mark.parametrize("summary", NULLS)
def test_nothing_to_show(summary: Row) -> None:
    assert tables(summary) == []


def test_a_row_of_nulls() -> None:
    table = shown({"suites": [suite({"system": "expunge", "rows": [{"part": None, "n": None, "leak": None}]})]})
    assert "? " in table
