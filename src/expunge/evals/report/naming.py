"""What suites and systems are called in the report, and the mark that each system has in its pictures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from expunge.evals.report import plots
from expunge.evals.report.figures import SYSTEMS, Row, shown
from expunge.evals.report.markup import Markup, join, tag, text
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
