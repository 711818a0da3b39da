"""The report's first table: every suite and system at a glance."""

from __future__ import annotations

from collections.abc import Sequence

from expunge.evals.report.figures import (
    ACCURACY,
    CALLS,
    CHANCE,
    KEPT,
    LEAK,
    OURS,
    PROMPT_TOKENS,
    ROUGE_RECALL,
    UNCHANGED,
    Column,
    Row,
    at,
    headline,
    name,
    shown,
    suites,
    systems,
    used,
)
from expunge.evals.report.markup import Markup, join, scrolling, tag, text
from expunge.evals.report.naming import Marks, called, setting, title_of
from expunge.evals.report.tables import cell, group, heads

_FORGET = (LEAK, ACCURACY, ROUGE_RECALL)
_KEEP = (UNCHANGED, KEPT, ACCURACY, CALLS, PROMPT_TOKENS)
"""Costs are told once, of what must be kept: nearly all of a deployment's questions are of that kind."""


def summary_table(summary: Row, own: Marks) -> Markup:
    """A row for each suite and system: what came out, what stayed, what it cost."""
    told = [(suite, system) for suite in suites(summary) for system in systems(suite)]
    if not told:
        return tag("p", text("Nothing was measured: the summary names no suite and system."), class_="quiet")
    forget = used(_FORGET, [headline(system, forget=True) for _, system in told])
    keep = used(_KEEP, [headline(system, forget=False) for _, system in told])
    sides = [(label, columns) for label, columns in (("To forget", forget), ("To keep", keep)) if columns]
    count = tag("th", text("n"), scope="col", class_="n")
    top = tag(
        "tr",
        tag("th", text("System"), scope="col", rowspan=2),
        *(
            tag("th", text(label), scope="colgroup", colspan=len(columns) + 1, class_="over")
            for label, columns in sides
        ),
    )
    second = tag("tr", *(join([count, heads(columns)]) for _, columns in sides))
    spans = [1, *(len(columns) + 1 for _, columns in sides)]
    bodies = []
    for number, suite in enumerate(suites(summary), start=1):
        lines = [_summary_line(system, forget, keep, own) for system in systems(suite)]
        link = tag("a", text(title_of(suite)), href=f"#suite-{number}")
        about = join([link, tag("small", text(setting(suite)))], " ")
        bodies.append(group(about, sum(spans), lines))
    caption = "All suites and systems"
    columns = [tag("colgroup", span=span) for span in spans]
    head = tag("thead", top, second)
    return scrolling(tag("table", tag("caption", text(caption)), *columns, head, *bodies, class_="wide"), caption)


def _summary_line(system: Row, forget: Sequence[Column], keep: Sequence[Column], own: Marks) -> Markup:
    cells = [tag("th", called(name(system), own), scope="row")]
    for columns, row in ((forget, headline(system, forget=True)), (keep, headline(system, forget=False))):
        if columns:
            cells.append(tag("td", text(shown(row.get("n"), "–")), class_="n"))
        for column in columns:
            chance = at(row, CHANCE.key) if column is ACCURACY else None
            cells.append(cell(row, column, note="" if chance is None else f"chance {CHANCE.value(chance.value)}"))
    return tag("tr", *cells, class_="ours" if name(system) == OURS else None)
