"""An evaluation's summary as Rich tables for the terminal, one for each suite."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from expunge.evals.report.figures import (
    ACCURACY,
    CALLS,
    CHANCE,
    DELTA_ACCURACY,
    KEPT,
    LEAK,
    OURS,
    PROMPT_TOKENS,
    ROUGE_RECALL,
    UNCHANGED,
    Column,
    Figure,
    Row,
    at,
    by_part,
    extra_figures,
    listed,
    name,
    number,
    number_interval,
    shown,
    suites,
    systems,
    used,
)

_LABELS = {
    LEAK: "leaks %",
    UNCHANGED: "unchanged %",
    KEPT: "kept %",
    ACCURACY: "accuracy %",
    CHANCE: "chance",
    DELTA_ACCURACY: "Δ",
    ROUGE_RECALL: "ROUGE",
    CALLS: "calls",
    PROMPT_TOKENS: "tokens",
}
"""What is shown of a row, under short names: a line of the terminal is short, and the report has all."""
_WITH_INTERVAL = frozenset({LEAK, UNCHANGED, ACCURACY})
_INTERVAL_WIDTH = len("(97.0–100.0)")
_CAPTION = "in brackets: 95 % intervals; ROUGE: recall; tokens: of the prompts"


def tables(summary: Mapping[str, Any]) -> list[Table]:
    """A compact table for each suite that has figures, one of cost by number of targets where that was measured.

    Figures come with their 95 % intervals, dim; columns in which nothing was measured are left out.
    """
    found = [_suite(suite) for suite in suites(summary)]
    scale = summary.get("scale")
    if isinstance(scale, Mapping):
        found.append(_scale(scale))
    return [table for table in found if table.row_count]


def _suite(suite: Row) -> Table:
    parts = by_part(suite)
    columns = used(_LABELS, [row for own in parts.values() for _, row in own])
    title = shown(suite.get("title") or suite.get("suite"), "a suite without a name")
    about = f"{shown(suite.get('upstream'))}, facts {shown(suite.get('facts'))}"
    one = len(systems(suite)) == 1
    table = _table(f"{title} ({about}{f', {name(systems(suite)[0])}' if one else ''})", "part", columns)
    for part, own in parts.items():
        if not one:
            table.add_row(f"[bold]{escape(part)}[/]")
        for system, row in own:
            cells = (shown(row.get("n"), "-"), *(_cell(row, column) for column in columns))
            table.add_row(
                escape(part if one else f"  {system}"), *cells, style=None if one or system != OURS else "bold"
            )
        if not one:
            table.add_section()
    captions = (_CAPTION, *map(_extras, systems(suite)))
    table.caption = "\n".join(filter(None, captions))
    return table


def _extras(system: Row) -> str:
    """The suite's own figures in a line: "expunge: auc 0.52 (0.47–0.57)"."""
    told = []
    for key, found in extra_figures(system.get("extra")).items():
        if isinstance(found, Figure):
            interval = number_interval(found)
            told.append(f"{key.replace('_', ' ')} {number(found)}" + (f" ({interval})" if interval else ""))
        else:
            told.append(f"{key.replace('_', ' ')} {found}")
    return escape(f"{name(system)}: {', '.join(told)}") if told else ""


def _scale(scale: Row) -> Table:
    points = listed(scale.get("points"))
    columns = used((LEAK, UNCHANGED, CALLS, PROMPT_TOKENS), points)
    table = _table(f"Cost by number of targets ({shown(scale.get('upstream'))})", "system, targets", columns)
    for point in points:
        label = f"{name(point)}, {shown(point.get('targets'), '?')}"
        table.add_row(escape(label), shown(point.get("n"), "-"), *(_cell(point, column) for column in columns))
    return table


def _cell(row: Row, column: Column) -> str:
    found = at(row, column.key)
    if found is None:
        return "-"
    interval = column.interval(found) if column in _WITH_INTERVAL else ""
    return column.value(found.value) + (f" [dim]({interval})[/]" if interval else "")


def _table(title: str, first: str, columns: Sequence[Column]) -> Table:
    """A table without rows. Where the terminal is narrow an interval stands under its figure."""
    table = Table(
        title=escape(title),
        title_justify="left",
        caption_justify="left",
        box=SIMPLE_HEAD,
        pad_edge=False,
        padding=(0, 1, 0, 0),
    )
    table.add_column(first, overflow="fold", min_width=12)
    table.add_column("n", justify="right", no_wrap=True)
    for column in columns:
        if column in _WITH_INTERVAL:
            table.add_column(_LABELS[column], justify="right", min_width=_INTERVAL_WIDTH)
        else:
            table.add_column(_LABELS[column], justify="right", no_wrap=True)
    return table
