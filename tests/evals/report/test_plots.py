from __future__ import annotations

from xml.etree import ElementTree

import pytest

from expunge.evals.report.plots import (
    HEIGHT,
    WIDTH,
    Line,
    Mark,
    Point,
    Shape,
    lines_panel,
    lines_svg,
    log_axis,
    mark_svg,
    percent_axis,
    scatter_panel,
    sheet,
)

SVG = "{http://www.w3.org/2000/svg}"


def test_a_plot_is_one_well_formed_picture() -> None:
    svg = lines_svg(
        {"median": [(1_000, 0.4), (1_000_000, 0.6)], "<99 %>": [(1_000, 0.9)]},
        title="Screen & time",
        x_label="targets",
        y_label="ms",
    )
    root = ElementTree.fromstring(svg)
    texts = ["".join(node.itertext()) for node in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {"Screen & time", "targets", "ms", "median", "<99 %>", "1,000", "1,000,000", "0.1", "1"} <= set(texts)
    circles = list(root.iter("{http://www.w3.org/2000/svg}circle"))
    assert len(circles) == 3
    for circle in circles:
        assert 0 < float(circle.attrib["cx"]) < WIDTH
        assert 0 < float(circle.attrib["cy"]) < HEIGHT
    first, last = (float(circles[n].attrib["cy"]) for n in (0, 1))
    assert last < first, "a larger value stands higher"


def test_one_point_will_do() -> None:
    assert "circle" in lines_svg({"a": [(1, 1)]}, title="t", x_label="x", y_label="y")


@pytest.mark.parametrize("points", [[], [(0.0, 1.0)], [(1.0, -1.0)]])
def test_nothing_to_plot(points: list[tuple[float, float]]) -> None:
    with pytest.raises(ValueError, match="over 0"):
        lines_svg({"a": points}, title="t", x_label="x", y_label="y")


def mark(shape: Shape, number: int = 0) -> Mark:
    return Mark(number, shape, "#123456")


@pytest.mark.parametrize(
    ("values", "ticks"),
    [
        ([1, 1], ["1", "2"]),
        ([1, 9], ["1", "2", "5", "10"]),
        ([0.6, 1.6], ["0.5", "1", "2"]),
        ([62, 55_800], ["10", "100", "1k", "10k", "100k"]),
        ([1_000, 1_000_000], ["1k", "10k", "100k", "1M"]),
    ],
)
def test_logarithmic_axes(values: list[float], ticks: list[str]) -> None:
    axis = log_axis(values, "x")
    assert [text for _, text in axis.ticks] == ticks
    assert axis.place(axis.ticks[0][0]) == 0
    assert axis.place(axis.ticks[-1][0]) == pytest.approx(1)
    assert all(-1e-9 <= axis.place(value) <= 1 + 1e-9 for value in values)


def test_lines_stay_inside_with_their_bounds() -> None:
    points = [Point(10, 0.98, 0.9, 1.2, note="<10>"), Point(1_000, 0.5, -0.1, 0.9), Point(100, 0.7)]
    across, up = log_axis([10, 1_000], "targets"), percent_axis("leaks %")
    root = ElementTree.fromstring(lines_panel([Line(mark("ring"), points)], across, up, title="<a> & b"))
    width, height = (float(number) for number in root.attrib["viewBox"].split()[2:])
    assert root.attrib["aria-label"] == "<a> & b"
    circles = list(root.iter(f"{SVG}circle"))
    bounds = [line for line in root.iter(f"{SVG}line") if "stroke-opacity" in line.attrib]
    assert len(circles) == 3
    assert len(bounds) == 2
    for node in (*circles, *bounds):
        across_all = [float(value) for key, value in node.attrib.items() if key in ("cx", "x1", "x2")]
        up_all = [float(value) for key, value in node.attrib.items() if key in ("cy", "y1", "y2")]
        assert all(0 < value < width for value in across_all)
        assert all(0 < value < height for value in up_all)
    assert [node.text for node in root.iter(f"{SVG}title")] == ["<10>"]
    xs = [float(circle.attrib["cx"]) for circle in circles]
    assert xs == sorted(xs), "a line runs from few to many"


def test_the_good_corner_holds_the_good() -> None:
    places = {"good": Point(0.01, 0.99), "bad": Point(0.9, 0.4), "out": Point(0.0, 1.0)}
    drawn = [(mark("disc", number), point) for number, point in enumerate(places.values())]
    root = ElementTree.fromstring(scatter_panel(drawn, x_label="x", y_label="y", title="t"))
    corner = next(node for node in root.iter(f"{SVG}rect") if node.attrib["class"] == "corner")
    left, top, width, height = (float(corner.attrib[key]) for key in ("x", "y", "width", "height"))

    def inside(circle: ElementTree.Element) -> bool:
        x, y = float(circle.attrib["cx"]), float(circle.attrib["cy"])
        return left < x < left + width and top < y < top + height

    assert [inside(circle) for circle in root.iter(f"{SVG}circle")] == [True, False, True]
    assert "good corner" in [node.text for node in root.iter(f"{SVG}text")]


def test_every_shape_is_its_own() -> None:
    shapes: tuple[Shape, ...] = ("disc", "ring", "triangle", "diamond", "square", "wedge", "cross", "plus")
    pictures = [mark_svg(mark(shape)) for shape in shapes]
    assert len(set(pictures)) == len(shapes)
    for picture in pictures:
        ElementTree.fromstring(picture)


def test_a_sheet_of_panels_says_which_mark_is_whose() -> None:
    points = [Point(1, 0.5), Point(10, 1.0)]
    across, up = log_axis([1, 10], "targets"), percent_axis("leaks %")
    panel = lines_panel([Line(mark("disc"), points)], across, up, title="one")
    root = ElementTree.fromstring(sheet([panel] * 4, [(mark("disc"), "a & b")], title="all"))
    inner = root.findall("{*}svg")
    assert [(each.get("x"), each.get("y")) for each in inner] == [
        ("24", "56"),
        ("368", "56"),
        ("712", "56"),
        ("24", "300"),
    ]
    assert {"a & b", "all"} <= {text.text for text in root.findall("{*}text")}
