"""The report's two figures: strength against usefulness, and cost by number of targets."""

from __future__ import annotations

from collections.abc import Sequence

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
from expunge.evals.report.markup import Markup, command, join, scrolling, tag, text
from expunge.evals.report.plots import Line, Mark, Point
from expunge.evals.report.tables import Marks, called, cell, group, heads, legend, setting, title_of

_MEDIAN, _SLOWEST = Mark(5, "disc", "#1650c8"), Mark(0, "ring", "#5b6470")
_SCREEN = {"answer_median_ms": "median, ms", "answer_p99_ms": "99 %, ms"}


def strength_figure(summary: Row, own: Marks) -> Markup:
    """Figure 1: leak rate against unchanged rate, a panel for each suite, a point for each system."""
    titles = [title_of(suite) for suite in suites(summary)]
    panels, bodies, without = [], [], []
    seen: list[Row] = []
    for suite in suites(summary):
        both = [system for system in systems(suite) if _leak(system) and _unchanged(system)]
        if not both:
            without.append(title_of(suite))
            continue
        seen += both
        again = titles.count(title_of(suite)) > 1
        about = tag("small", text(setting(suite))) if again else Markup("")
        heading = tag("p", text(title_of(suite)), about, class_="panel")
        panels.append(tag("div", heading, _scatter(suite, both, own)))
        bodies.append(group(join([text(title_of(suite)), about], " "), 5, [_strength_line(each, own) for each in both]))
    if not panels:
        return tag("p", text("No suite has both a leak rate and an unchanged rate."), class_="quiet")
    caption = (
        "Leak rate of what must be forgotten (across, less is better) against answers left as they were, byte for "
        "byte, of what must be kept (up, more is better). The tinted square is the good corner: at most 5 % leaks, at "
        "least 95 % unchanged. Both axes run by square roots, which gives that corner room."
    )
    if without:
        caption += f" Without both figures, so not drawn: {'; '.join(without)}."
    count = tag("th", text("n"), scope="col", class_="n")
    head = tag("tr", tag("th", text("System"), scope="col"), count, heads([LEAK]), count, heads([UNCHANGED]))
    return tag(
        "figure",
        legend(system_names(seen), own),
        tag("div", *panels, class_="scatters"),
        tag("figcaption", text(caption)),
        _numbers_of("figure 1", [tag("table", tag("thead", head), *bodies)]),
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


def _strength_line(system: Row, own: Marks) -> Markup:
    cells = [tag("th", called(name(system), own), scope="row")]
    for forget, column in ((True, LEAK), (False, UNCHANGED)):
        row = headline(system, forget=forget)
        cells += [tag("td", text(shown(row.get("n"), "–")), class_="n"), cell(row, column)]
    return tag("tr", *cells, class_="ours" if name(system) == OURS else None)


def cost_figure(scale: Row, own: Marks) -> Markup:
    """Figure 2: leaks, answers unchanged, calls, prompt length and time by number of targets; a line is a system."""
    points, screen = _sized(scale, "points"), _sized(scale, "screen")
    panels = _cost_panels(points, screen, own)
    if not panels:
        return tag("p", text("Cost by number of targets was not measured."), class_="quiet")
    columns = used((LEAK, UNCHANGED, CALLS, PROMPT_TOKENS, PROMPT_CHARS, MILLISECONDS), points)
    names = system_names(points)
    tables = []
    if points:
        head = tag("tr", *(tag("th", text(each), scope="col") for each in ("System", "Targets", "n")), heads(columns))
        lines = [
            tag(
                "tr",
                tag("th", called(name(point), own), scope="row"),
                *(tag("td", text(shown(point.get(key), "–"))) for key in ("targets", "n")),
                *(cell(point, column) for column in columns),
            )
            for each in names
            for point in sorted((p for p in points if name(p) == each), key=_targets)
        ]
        tables.append(tag("table", tag("thead", head), tag("tbody", *lines)))
    if screen:
        head = tag("tr", *(tag("th", text(each), scope="col") for each in ("Targets", *_SCREEN.values())))
        lines = [
            tag("tr", tag("th", text(whole(_targets(row))), scope="row"), *(_plain(row, key) for key in _SCREEN))
            for row in screen
        ]
        tables.append(tag("table", tag("thead", head), tag("tbody", *lines)))
    caption = (
        f"By number of targets in force; upstream {shown(scale.get('upstream'))}. Across, and up for calls, prompt "
        "length and time: logarithmic axes. The thin bars are 95 % intervals."
    )
    return tag(
        "figure",
        legend(names, own),
        tag("div", *(tag("div", panel) for panel in panels), class_="lines"),
        tag("figcaption", text(caption)),
        _numbers_of("figure 2", tables),
        *([command(str(scale["command"]))] if scale.get("command") else []),
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


def _plain(row: Row, key: str) -> Markup:
    found = at(row, key)
    return tag("td", text("–" if found is None else f"{found.value:.2f}"))


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


def _numbers_of(what: str, tables: Sequence[Markup]) -> Markup:
    label = f"The numbers of {what}"
    return tag("details", tag("summary", text(label)), *(scrolling(table, label) for table in tables), class_="numbers")
