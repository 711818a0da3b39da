"""The report's two figures: strength against usefulness, and cost by number of targets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from expunge.evals.report import plots
from expunge.evals.report.figures import (
    CALLS,
    LEAK,
    MILLISECONDS,
    OURS,
    PROMPT_CHARS,
    PROMPT_TOKENS,
    UNCHANGED,
    Column,
    Figure,
    Row,
    at,
    figure,
    headline,
    listed,
    name,
    shown,
    suites,
    system_names,
    systems,
    used,
    whole,
)
from expunge.evals.report.plots import Line, Mark, Point
from expunge.evals.report.tables import (
    COUNT,
    Body,
    Cell,
    Label,
    Marks,
    Table,
    TableLine,
    called,
    cell,
    count_cell,
    heads,
    setting,
    title_of,
)

_MEDIAN, _SLOWEST = Mark(5, "disc", "#1650c8"), Mark(0, "ring", "#5b6470")
_SCREEN = {"answer_median_ms": "median, ms", "answer_p99_ms": "99 %, ms"}


@dataclass(frozen=True, slots=True)
class Panel:
    """One picture of several, with what it is of."""

    title: str
    about: str
    picture: Markup


@dataclass(frozen=True, slots=True)
class StrengthFigure:
    """Figure 1, its numbers, and the suites that have not both of its figures."""

    legend: Sequence[Label]
    panels: Sequence[Panel]
    without: Sequence[str]
    table: Table


@dataclass(frozen=True, slots=True)
class CostFigure:
    """Figure 2, its numbers, and the command that measures them."""

    legend: Sequence[Label]
    panels: Sequence[Markup]
    upstream: str
    tables: Sequence[Table]
    command: str


def strength_figure(summary: Row, own: Marks) -> StrengthFigure | None:
    """Figure 1: leak rate against unchanged rate, a panel for each suite, a point for each system; None where no
    suite has both rates."""
    titles = [title_of(suite) for suite in suites(summary)]
    panels, bodies, without = [], [], []
    seen: list[Row] = []
    for suite in suites(summary):
        title = title_of(suite)
        both = [system for system in systems(suite) if _leak(system) and _unchanged(system)]
        if not both:
            without.append(title)
            continue
        seen += both
        about = setting(suite) if titles.count(title) > 1 else ""
        panels.append(Panel(title, about, _scatter(suite, both, own)))
        bodies.append(Body([_strength_line(each, own) for each in both], title, about))
    if not panels:
        return None
    head = [Label("System"), COUNT, *heads([LEAK]), COUNT, *heads([UNCHANGED])]
    return StrengthFigure(
        [called(each, own) for each in system_names(seen)],
        panels,
        without,
        Table("The numbers of figure 1", head, bodies),
    )


def _leak(system: Row) -> Figure | None:
    return at(headline(system, forget=True), LEAK.key)


def _unchanged(system: Row) -> Figure | None:
    return at(headline(system, forget=False), UNCHANGED.key)


def _scatter(suite: Row, both: Sequence[Row], own: Marks) -> Markup:
    points = []
    for system in both:
        leak, same = _leak(system), _unchanged(system)
        if leak is not None and same is not None:
            note = f"{name(system)}: leaks {LEAK.value(leak.value)} %, unchanged {UNCHANGED.value(same.value)} %"
            points.append((own[name(system)], Point(leak.value, same.value, note=note)))
    told = f"{title_of(suite)}. {'; '.join(point.note for _, point in points)}."
    return Markup(plots.scatter_panel(points, x_label=LEAK.label, y_label=UNCHANGED.label, title=told))


def _strength_line(system: Row, own: Marks) -> TableLine:
    cells = []
    for forget, column in ((True, LEAK), (False, UNCHANGED)):
        row = headline(system, forget=forget)
        cells += [count_cell(row), cell(row, column)]
    return TableLine(called(name(system), own), cells, name(system) == OURS)


def cost_figure(scale: Row, own: Marks) -> CostFigure | None:
    """Figure 2: leaks, answers unchanged, calls, prompt length and time by number of targets; a line is a system.
    None where nothing was measured."""
    points, screen = _sized(scale, "points"), _sized(scale, "screen")
    panels = _cost_panels(points, screen, own)
    if not panels:
        return None
    columns = used((LEAK, UNCHANGED, CALLS, PROMPT_TOKENS, PROMPT_CHARS, MILLISECONDS), points)
    names = system_names(points)
    label = "The numbers of figure 2"
    tables = []
    if points:
        lines = [
            TableLine(
                called(name(point), own),
                [
                    *(Cell(shown(point.get(key), "–")) for key in ("targets", "n")),
                    *(cell(point, column) for column in columns),
                ],
            )
            for each in names
            for point in sorted((p for p in points if name(p) == each), key=_targets)
        ]
        tables.append(Table(label, [*map(Label, ("System", "Targets", "n")), *heads(columns)], [Body(lines)]))
    if screen:
        lines = [TableLine(Label(whole(_targets(row))), [_plain(row, key) for key in _SCREEN]) for row in screen]
        tables.append(Table(label, [Label(each) for each in ("Targets", *_SCREEN.values())], [Body(lines)]))
    return CostFigure(
        [called(each, own) for each in names],
        panels,
        shown(scale.get("upstream")),
        tables,
        str(scale.get("command") or ""),
    )


def cost_picture(scale: Row, own: Marks) -> str:
    """Figure 2 as one SVG document; "" where nothing was measured."""
    points, screen = _sized(scale, "points"), _sized(scale, "screen")
    panels = _cost_panels(points, screen, own)
    told = [(own[each], each) for each in system_names(points)]
    return plots.sheet(panels, told, title="By number of targets in force") if panels else ""


def _sized(scale: Row, key: str) -> list[Row]:
    return [point for point in listed(scale.get(key)) if _targets(point) > 0]


def _cost_panels(points: Sequence[Row], screen: Sequence[Row], own: Marks) -> list[Markup]:
    # An oracle counts no tokens.
    counted = all((found := at(point, PROMPT_TOKENS.key)) and found.value > 0 for point in points)
    panels = [
        _panel(points, column, own, shares=shares)
        for column, shares in (
            (LEAK, True),
            (UNCHANGED, True),
            (CALLS, False),
            (PROMPT_TOKENS if counted else PROMPT_CHARS, False),
            (MILLISECONDS, False),
        )
    ]
    return [panel for panel in (*panels, _screen_panel(screen)) if panel]


def _targets(point: Row) -> float:
    found = figure(point.get("targets"))
    return found.value if found else 0.0


def _plain(row: Row, key: str) -> Cell:
    found = at(row, key)
    return Cell("–" if found is None else f"{found.value:.2f}")


def _panel(points: Sequence[Row], column: Column, own: Marks, *, shares: bool) -> Markup:
    lines, told = [], []
    unit = 1000 if column is MILLISECONDS else 1
    for each in system_names(points):
        places = []
        for point in points:
            found = at(point, column.key)
            if name(point) != each or found is None or (not shares and found.value <= 0):
                continue
            note = f"{each}, {whole(_targets(point))} targets: {column.value(found.value)}"
            low, high = (None if bound is None else unit * bound for bound in (found.low, found.high))
            places.append(Point(_targets(point), unit * found.value, low, high, note))
            told.append(note)
        if places:
            lines.append(Line(own[each], places))
    return _drawn(lines, column.label, told, shares=shares)


def _screen_panel(screen: Sequence[Row]) -> Markup:
    lines, told = [], []
    for (key, label), mark in zip(_SCREEN.items(), (_MEDIAN, _SLOWEST), strict=True):
        found = [(_targets(row), at(row, key)) for row in screen]
        places = [Point(x, y.value, note=f"{label}: {y.value:.2f}") for x, y in found if y is not None and y.value > 0]
        told += [f"{whole(place.x)} targets, {place.note}" for place in places]
        if places:
            lines.append(Line(mark, places))
    return _drawn(lines, "ms of the screen alone: ● median, ○ 99 %", told)


def _drawn(lines: Sequence[Line], label: str, told: Sequence[str], *, shares: bool = False) -> Markup:
    """A panel with its own axes; nothing where there is no point."""
    if not lines:
        return Markup("")
    places = [point for line in lines for point in line.points]
    up = plots.percent_axis(label) if shares else plots.log_axis([point.y for point in places], label)
    across = plots.log_axis([point.x for point in places], "targets")
    title = f"{label} by number of targets. {'; '.join(told)}."
    return Markup(plots.lines_panel(lines, across, up, title=title))
