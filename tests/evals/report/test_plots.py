from __future__ import annotations

from xml.etree import ElementTree

import pytest

from expunge.evals.report.plots import HEIGHT, WIDTH, lines_svg


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
