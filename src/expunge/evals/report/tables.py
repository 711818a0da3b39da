"""Cells and heads of the report's tables of figures."""

from __future__ import annotations

from collections.abc import Sequence

from expunge.evals.report.figures import Column, Row, at
from expunge.evals.report.markup import Markup, join, tag, text


def heads(columns: Sequence[Column]) -> Markup:
    """A head for each column."""
    return join(tag("th", text(column.label), scope="col") for column in columns)


def cell(row: Row, column: Column, note: str = "") -> Markup:
    """A figure with its 95 % interval in small type, and its n where that is not the row's; a dash for null."""
    found = at(row, column.key)
    if found is None:
        return tag("td", text("–"), class_="null")
    n = f"n {found.n:,}" if found.n is not None and found.n != row.get("n") else ""
    return number_cell(column.value(found.value), column.interval(found), n, note)


def number_cell(value: str, *small: str) -> Markup:
    """A number over its small print, each piece of it on a line."""
    return tag("td", text(value), *(tag("small", text(each)) for each in small if each))


def group(title: Markup, width: int, lines: Sequence[Markup]) -> Markup:
    """Rows under a title of their own, `width` columns wide."""
    head = tag("th", tag("span", title, class_="stay"), scope="rowgroup", colspan=width)
    return tag("tbody", tag("tr", head, class_="group"), *lines, class_="group-of")
