"""Plain SVG pictures: lines over logarithmic or percent axes, and a scatter of two shares.

Colours, sizes and fonts stand in the elements as attributes, so that a picture is whole by itself; a page that holds
one may override them by the classes `ink`, `grid`, `corner` and `s0`, `s1`, … (one a series).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10, sqrt
from typing import Literal

from expunge.evals.report.markup import text as escape

WIDTH, HEIGHT = 640, 400

Series = Mapping[str, Sequence[tuple[float, float]]]
Shape = Literal["disc", "ring", "triangle", "diamond", "square", "wedge", "cross", "plus"]

_COLUMNS = 3
"""Pictures in a row of a sheet."""
_COLOURS = ("#1b6ca8", "#c2571a", "#3d8b37", "#7b4ea3", "#8a6d1d")


@dataclass(frozen=True, slots=True)
class Mark:
    """The mark of a series. All shapes but the disc are outlines, so that marks in one place stay apart."""

    number: int
    shape: Shape
    colour: str


@dataclass(frozen=True, slots=True)
class Point:
    """A place, the bounds of its 95 % interval upwards where known, and what pointing at it tells."""

    x: float
    y: float
    low: float | None = None
    high: float | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """Some points of one series."""

    mark: Mark
    points: Sequence[Point]


@dataclass(frozen=True, slots=True)
class Axis:
    """A scale: `place` maps a value to 0..1; a tick without text is but a line."""

    label: str
    ticks: tuple[tuple[float, str], ...]
    place: Callable[[float], float]


@dataclass(frozen=True, slots=True)
class Frame:
    """Width and height of a picture and the margins around its plot, in user units.

    `letters` is the size of its letters, `inset` the room between the plot's edge and the outermost places, so that
    no mark stands on a number.
    """

    width: int
    height: int
    left: int
    right: int
    top: int
    bottom: int
    letters: int = 12
    inset: int = 0


_WIDE = Frame(WIDTH, HEIGHT, 70, 150, 30, 50)
_PANEL = Frame(320, 220, 42, 10, 26, 42, inset=10)
_SMALL = Frame(176, 190, 30, 6, 24, 36, 11, inset=8)


def log_axis(values: Sequence[float], label: str, *, decades: bool = False) -> Axis:
    """A logarithmic axis around values over 0: whole decades, or ticks at 1, 2 and 5 where there are few.

    Raises:
        ValueError: if there is no value, or one is 0 or less.
    """
    if not values or min(values) <= 0:
        raise ValueError("a logarithmic plot needs points over 0")
    ticks = [10.0**power for power in _decades(values)]
    if not decades and len(ticks) <= 3:
        steps = [step * 10.0**power for power in _decades(values) for step in (1, 2, 5)]
        below = max(step for step in steps if step <= min(values) * (1 + 1e-9))
        above = min((step for step in steps if step >= max(values) * (1 - 1e-9) and step > below), default=steps[-1])
        ticks = [step for step in steps if below <= step <= above]
    low, high = log10(ticks[0]), log10(ticks[-1])
    write = _full if decades else _short
    return Axis(label, tuple((tick, write(tick)) for tick in ticks), lambda v: (log10(v) - low) / (high - low))


def _decades(values: Sequence[float]) -> range:
    low, high = floor(log10(min(values))), ceil(log10(max(values)))
    return range(low, max(high, low + 1) + 1)


def _full(value: float) -> str:
    return f"{value:,.0f}" if value >= 1 else f"{value:.{-floor(log10(value))}f}"


def _short(value: float) -> str:
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:g}{letter}"
    return f"{value:g}"


def percent_axis(label: str) -> Axis:
    """Shares from 0 to 1, told in percent, evenly."""
    return Axis(label, tuple((tick / 100, str(tick)) for tick in (0, 25, 50, 75, 100)), lambda v: v)


def _leak_axis(label: str) -> Axis:
    ticks = ((0.0, "0"), (0.01, ""), (0.1, "10"), (0.5, "50"), (1.0, "100"))
    return Axis(label, ticks, lambda v: sqrt(max(0.0, v)))


def _unchanged_axis(label: str) -> Axis:
    ticks = ((0.0, "0"), (0.5, "50"), (0.9, "90"), (0.99, ""), (1.0, "100"))
    return Axis(label, ticks, lambda v: 1 - sqrt(max(0.0, 1 - v)))


def lines_svg(series: Series, *, title: str, x_label: str, y_label: str) -> str:
    """An SVG document with a line for each series of (x, y) points, all numbers over 0, both axes logarithmic.

    Raises:
        ValueError: if there is no point, or one is 0 or less.
    """
    places = [point for line in series.values() for point in line]
    across = log_axis([x for x, _ in places], x_label, decades=True)
    up = log_axis([y for _, y in places], y_label, decades=True)
    picture = _Picture(_WIDE, across, up)
    parts = [
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        _text(_WIDE.left, 18, title, size=14),
        *picture.grid(),
        _text((_WIDE.left + picture.end) / 2, HEIGHT - 10, x_label, anchor="middle"),
    ]
    middle = (_WIDE.top + picture.floor) / 2
    parts.append(_text(16, middle, y_label, anchor="middle", turned=True))
    for number, (name, line) in enumerate(series.items()):
        mark = Mark(number, "disc", _COLOURS[number % len(_COLOURS)])
        parts.append(picture.line(Line(mark, [Point(x, y) for x, y in line])))
        parts.append(_text(picture.end + 10, _WIDE.top + 14 + 18 * number, name, colour=mark.colour))
    return _document(_WIDE, title, parts)


def lines_panel(lines: Sequence[Line], across: Axis, up: Axis, *, title: str) -> str:
    """A small picture for a page: lines with the bounds of each point; the page says which mark is whose."""
    picture = _Picture(_PANEL, across, up)
    parts = [*picture.grid(), *picture.labels(), *(picture.line(line) for line in lines)]
    return _document(_PANEL, title, parts)


def sheet(panels: Sequence[str], legend: Sequence[tuple[Mark, str]], *, title: str) -> str:
    """One SVG document of some `lines_panel` pictures, three in a row, under a title and what mark is whose."""
    columns = min(_COLUMNS, max(1, len(panels)))
    gap, head = 24, 56
    step_x, step_y = _PANEL.width + gap, _PANEL.height + gap
    width, height = columns * step_x + gap, head + ceil(len(panels) / columns) * step_y
    parts = [f'<rect width="{width}" height="{height}" fill="white"/>', _text(gap, 20, title, size=14)]
    place = float(gap)
    for mark, name in legend:
        parts += [_drawn(mark, place + 6, 40), _text(place + 16, 44, name, colour=mark.colour)]
        place += 34 + 7 * len(name)
    for number, panel in enumerate(panels):
        x, y = gap + number % columns * step_x, head + number // columns * step_y
        parts.append(
            panel.replace("<svg ", f'<svg x="{x}" y="{y}" width="{_PANEL.width}" height="{_PANEL.height}" ', 1)
        )
    return _document(Frame(width, height, 0, 0, 0, 0), title, parts)


def scatter_panel(points: Sequence[tuple[Mark, Point]], *, x_label: str, y_label: str, title: str) -> str:
    """A small picture of two shares: x is best at 0, y at 1.

    Both axes run by the square root of the distance from the best, so that the corner of the good ones is wide.
    The tinted square is that corner: at most 5 % off on either axis.
    """
    picture = _Picture(_SMALL, _leak_axis(x_label), _unchanged_axis(y_label))
    left, top = _SMALL.left, _SMALL.top
    right, bottom = picture.at(0.05, 0.95)
    corner = f'<rect class="corner" x="{left}" y="{top}" width="{right - left:.1f}" height="{bottom - top:.1f}"'
    parts = [
        f'{corner} fill="#dff0e3"/>',
        *picture.grid(),
        _text(left + 2, bottom + 10, "good corner", size=9),
        *picture.labels(),
        *(picture.mark(mark, point) for mark, point in points),
    ]
    return _document(_SMALL, title, parts)


def mark_svg(mark: Mark) -> str:
    """A mark alone, to stand beside a name in a text."""
    return f'<svg class="mark" viewBox="0 0 14 14" width="14" height="14" aria-hidden="true">{_drawn(mark, 7, 7)}</svg>'


@dataclass(frozen=True, slots=True)
class _Picture:
    frame: Frame
    across: Axis
    up: Axis

    @property
    def end(self) -> float:
        return self.frame.width - self.frame.right

    @property
    def floor(self) -> float:
        return self.frame.height - self.frame.bottom

    def at(self, x: float, y: float) -> tuple[float, float]:
        frame, inset = self.frame, self.frame.inset
        return (
            round(frame.left + inset + self.across.place(x) * (self.end - frame.left - 2 * inset), 1),
            round(self.floor - inset - self.up.place(y) * (self.floor - frame.top - 2 * inset), 1),
        )

    def grid(self) -> list[str]:
        frame, parts = self.frame, []
        base = self.up.ticks[0][0]
        for value, label in self.across.ticks:
            x, _ = self.at(value, base)
            parts.append(_rule(x, frame.top, x, self.floor))
            parts.append(_text(x, self.floor + 5 + frame.letters, label, anchor="middle", size=frame.letters))
        for value, label in self.up.ticks:
            _, y = self.at(self.across.ticks[0][0], value)
            parts.append(_rule(frame.left, y, self.end, y))
            parts.append(_text(frame.left - 6, y + 4, label, anchor="end", size=frame.letters))
        return parts

    def labels(self) -> list[str]:
        """The y label above its axis and the x label under the end of its own: nothing to read sideways."""
        size = self.frame.letters
        return [
            _text(2, size, f"↑ {self.up.label}", size=size),
            _text(self.end, self.frame.height - 5, f"{self.across.label} →", anchor="end", size=size),
        ]

    def line(self, line: Line) -> str:
        points = sorted(line.points, key=lambda point: point.x)
        path = " ".join("{},{}".format(*self.at(point.x, point.y)) for point in points)
        mark = line.mark
        drawn = [f'<polyline points="{path}" fill="none" stroke="currentColor" stroke-width="2"/>']
        drawn += [self.bounds(point) for point in points]
        drawn += [self.place(mark, point) for point in points]
        return f'<g class="s{mark.number}" color="{mark.colour}">{"".join(drawn)}</g>'

    def mark(self, mark: Mark, point: Point) -> str:
        return f'<g class="s{mark.number}" color="{mark.colour}">{self.place(mark, point)}</g>'

    def place(self, mark: Mark, point: Point) -> str:
        told = f"<title>{escape(point.note)}</title>" if point.note else ""
        return f"<g>{told}{_drawn(mark, *self.at(point.x, point.y))}</g>"

    def bounds(self, point: Point) -> str:
        if point.low is None or point.high is None:
            return ""
        least, most = self.up.ticks[0][0], self.up.ticks[-1][0]
        x, low = self.at(point.x, min(most, max(least, point.low)))
        _, high = self.at(point.x, min(most, max(least, point.high)))
        return f'<line x1="{x}" y1="{low}" x2="{x}" y2="{high}" stroke="currentColor" stroke-opacity=".5"/>'


def _drawn(mark: Mark, x: float, y: float) -> str:
    colour = f'class="s{mark.number}" color="{mark.colour}"'
    if mark.shape == "disc":
        return f'<circle cx="{x}" cy="{y}" r="4" fill="currentColor" {colour}/>'
    line = f'fill="none" stroke="currentColor" stroke-width="1.6" {colour}'
    if mark.shape == "ring":
        return f'<circle cx="{x}" cy="{y}" r="5" {line}/>'
    steps = {
        "triangle": "m0,-5.5 5,9 -10,0z",
        "wedge": "m0,5.5 5,-9 -10,0z",
        "diamond": "m0,-6 5,6 -5,6 -5,-6z",
        "square": "m-4.2,-4.2 8.4,0 0,8.4 -8.4,0z",
        "cross": "m-4.2,-4.2 8.4,8.4 m0,-8.4 -8.4,8.4",
        "plus": "m0,-5.5 0,11 m-5.5,-5.5 11,0",
    }[mark.shape]
    return f'<path d="M{x},{y}{steps}" {line}/>'


def _rule(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line class="grid" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="#ddd"/>'


def _text(
    x: float,
    y: float,
    text: str,
    *,
    anchor: Literal["start", "middle", "end"] = "start",
    size: int = 12,
    colour: str = "",
    turned: bool = False,
) -> str:
    if not text:
        return ""
    fill = f' fill="{colour}"' if colour else ""
    turn = f' transform="rotate(-90 {x} {y})"' if turned else ""
    return (
        f'<text class="ink" x="{x}" y="{y}" font-size="{size}" text-anchor="{anchor}"{fill}{turn}>{escape(text)}</text>'
    )


def _document(frame: Frame, title: str, parts: Sequence[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {frame.width} {frame.height}" '
        f'font-family="sans-serif" font-size="12" role="img" aria-label="{escape(title)}">\n'
        + "\n".join(part for part in parts if part)
        + "\n</svg>\n"
    )
