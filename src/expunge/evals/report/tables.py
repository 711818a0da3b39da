"""The report's tables: what suites and systems are called in them, cells of figures, and the first of all suites."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from expunge.evals.report import plots
from expunge.evals.report.figures import (
    ACCURACY,
    CALLS,
    CHANCE,
    KEPT,
    LEAK,
    OURS,
    PROMPT_TOKENS,
    ROUGE_RECALL,
    SYSTEMS,
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
from expunge.evals.report.plots import Mark, Shape

_SHAPES: tuple[Shape, ...] = ("ring", "triangle", "diamond", "square", "wedge", "disc", "cross", "plus")
_COLOURS = ("#5b6470", "#a8480c", "#7434d6", "#0b6e66", "#b3195c", "#1650c8", "#6b5a00", "#444444")
"""Each at least 4.5 to 1 on white; the page has lighter ones for dark screens."""

Marks = Mapping[str, Mark]


def marks(names: Iterable[str]) -> dict[str, Mark]:
    """A mark for each system; a known one has the same in every report."""
    known = list(SYSTEMS)
    known += [each for each in names if each not in known]
    return {
        each: Mark(number % len(_COLOURS), _SHAPES[number % len(_SHAPES)], _COLOURS[number % len(_COLOURS)])
        for number, each in enumerate(known)
    }


def called(system: str, own: Marks) -> Markup:
    """A system's name with its mark."""
    return join([Markup(plots.mark_svg(own[system])), text(system)], " ")


def legend(names: Sequence[str], own: Marks) -> Markup:
    """What mark is whose."""
    return tag("ul", *(tag("li", called(each, own)) for each in names), class_="legend")


def setting(suite: Row) -> str:
    """What a suite was run against: upstream, facts, targets and cases."""
    return " · ".join(
        (
            f"upstream {shown(suite.get('upstream'))}",
            f"facts {shown(suite.get('facts'))}",
            f"{shown(suite.get('targets'), '?')} targets",
            f"{shown(suite.get('cases'), '?')} cases",
        )
    )


def title_of(suite: Row) -> str:
    """What a suite is called."""
    return shown(suite.get("title") or suite.get("suite"), "a suite without a name")


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
