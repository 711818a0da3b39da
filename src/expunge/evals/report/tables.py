"""The report's tables: the names of suites and systems in them, figures, and the table of all suites."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

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
from expunge.evals.report.plots import Mark, Shape

_SHAPES: tuple[Shape, ...] = ("ring", "triangle", "diamond", "square", "wedge", "disc", "cross", "plus")
_COLOURS = ("#5b6470", "#a8480c", "#7434d6", "#0b6e66", "#b3195c", "#1650c8", "#6b5a00", "#444444")
"""Each at least 4.5 to 1 on white; the page has lighter ones for dark screens."""

Marks = Mapping[str, Mark]
_UNMARKED = Markup("")


def marks(names: Iterable[str]) -> dict[str, Mark]:
    """A mark for each system; a known one has the same in every report."""
    known = list(SYSTEMS)
    known += [each for each in names if each not in known]
    return {
        each: Mark(number % len(_COLOURS), _SHAPES[number % len(_SHAPES)], _COLOURS[number % len(_COLOURS)])
        for number, each in enumerate(known)
    }


@dataclass(frozen=True, slots=True)
class Label:
    """The head of a line or of a column, with the mark of a system where it is one's name; `kind` is the
    column's class."""

    name: str
    mark: Markup = _UNMARKED
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure or a word over its small print, each piece of it on a line; `kind` is the cell's class."""

    value: str
    small: tuple[str, ...] = ()
    kind: str = ""


@dataclass(frozen=True, slots=True)
class TableLine:
    """A line of a table, which stands out where it is of our own system."""

    first: Label
    cells: Sequence[Cell]
    ours: bool = False


@dataclass(frozen=True, slots=True)
class Body:
    """Lines of a table that belong together, under a title where they have one."""

    lines: Sequence[TableLine]
    title: str | None = None
    about: str = ""
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table as `templates/tables.html` lays it out.

    `label` is read aloud for it, `over` are heads over those of the columns, with how many each spans.
    """

    label: str
    heads: Sequence[Label]
    bodies: Sequence[Body]
    caption: str = ""
    over: Sequence[tuple[str, int]] | None = None

    @property
    def width(self) -> int:
        """The number of its columns: under heads over heads, that of the lines stands with the upper ones."""
        return len(self.heads) + (self.over is not None)


COUNT = Label("n", kind="n")
"""The head of the column that tells of how many cases a line is."""


def called(system: str, own: Marks) -> Label:
    """A system's name with its mark."""
    return Label(system, Markup(plots.mark_svg(own[system])))


def setting(suite: Row) -> str:
    """Return what a suite was run against: upstream, facts, targets and cases."""
    return " · ".join(
        (
            f"upstream {shown(suite.get('upstream'))}",
            f"facts {shown(suite.get('facts'))}",
            f"{shown(suite.get('targets'), '?')} targets",
            f"{shown(suite.get('cases'), '?')} cases",
        )
    )


def title_of(suite: Row) -> str:
    """Return the title of a suite."""
    return shown(suite.get("title") or suite.get("suite"), "a suite without a name")


def heads(columns: Sequence[Column]) -> list[Label]:
    """A head for each column."""
    return [Label(column.label) for column in columns]


def cell(row: Row, column: Column, note: str = "") -> Cell:
    """A figure with its 95 % interval in small type, and its n where that is not the row's; a dash for null."""
    found = at(row, column.key)
    if found is None:
        return Cell("–", kind="null")
    n = f"n {found.n:,}" if found.n is not None and found.n != row.get("n") else ""
    return number_cell(column.value(found.value), column.interval(found), n, note)


def number_cell(value: str, *small: str) -> Cell:
    """A number over its small print."""
    return Cell(value, tuple(filter(None, small)))


def count_cell(row: Row) -> Cell:
    """Return how many cases a row is of."""
    return Cell(shown(row.get("n"), "–"), kind="n")


_FORGET = (LEAK, ACCURACY, ROUGE_RECALL)
_KEEP = (UNCHANGED, KEPT, ACCURACY, CALLS, PROMPT_TOKENS)
"""Costs are told once, of what must be kept: nearly all of a deployment's questions are of that kind."""


def summary_table(summary: Row, own: Marks) -> Table | None:
    """A row for each suite and system: what came out, what stayed, what it cost; None where nothing was measured."""
    told = [(suite, system) for suite in suites(summary) for system in systems(suite)]
    if not told:
        return None
    forget = used(_FORGET, [headline(system, forget=True) for _, system in told])
    keep = used(_KEEP, [headline(system, forget=False) for _, system in told])
    sides = [(label, columns) for label, columns in (("To forget", forget), ("To keep", keep)) if columns]
    caption = "All suites and systems"
    return Table(
        caption,
        [head for _, columns in sides for head in (COUNT, *heads(columns))],
        [
            Body(
                [_summary_line(system, forget, keep, own) for system in systems(suite)],
                title_of(suite),
                setting(suite),
                f"suite-{number}",
            )
            for number, suite in enumerate(suites(summary), start=1)
        ],
        caption,
        [(label, len(columns) + 1) for label, columns in sides],
    )


def _summary_line(system: Row, forget: Sequence[Column], keep: Sequence[Column], own: Marks) -> TableLine:
    cells = []
    for columns, row in ((forget, headline(system, forget=True)), (keep, headline(system, forget=False))):
        if columns:
            cells.append(count_cell(row))
        for column in columns:
            chance = at(row, CHANCE.key) if column is ACCURACY else None
            cells.append(cell(row, column, note="" if chance is None else f"chance {CHANCE.value(chance.value)}"))
    return TableLine(called(name(system), own), cells, name(system) == OURS)
