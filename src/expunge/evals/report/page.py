"""The report: an evaluation's summary as one page of HTML that needs nothing else."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from datetime import date
from importlib import resources
from typing import Any

from markupsafe import Markup

from expunge.evals.report.figures import Row, listed, shown, suites, system_names, systems
from expunge.evals.report.markup import templates
from expunge.evals.report.pictures import cost_figure, strength_figure
from expunge.evals.report.section import section
from expunge.evals.report.tables import marks, summary_table, title_of


def page(summary: Mapping[str, Any]) -> str:
    """One self-contained HTML page of an evaluation's summary: no script, nothing loaded from anywhere.

    Nulls and missing keys of the summary are left out or shown as dashes; all its texts are escaped.
    """
    raw = summary.get("scale")
    scale = raw if isinstance(raw, Mapping) else {}
    told = suites(summary)
    names = system_names([*(system for suite in told for system in systems(suite)), *listed(scale.get("points"))])
    own = marks(names)
    made = _made(summary)
    return (
        templates()
        .get_template("report.html")
        .render(
            title=_title(summary),
            day=made.get("date") or "undated",
            style=Markup(_STYLE.read_text(encoding="utf-8")),
            made=_facts(summary, names),
            command_line=_command(made),
            contents=_contents(told),
            summary=summary_table(summary, own),
            strength=strength_figure(summary, own),
            cost=cost_figure(scale, own),
            suites=[section(suite, number, own) for number, suite in enumerate(told, start=1)],
        )
    )


_STYLE = resources.files("expunge.evals.report").joinpath("report.css")


def _made(summary: Row) -> Row:
    made = summary.get("made")
    return made if isinstance(made, Mapping) else {}


def _title(summary: Row) -> str:
    told = list(dict.fromkeys(title_of(suite) for suite in suites(summary)))
    if not told:
        return "expunge evaluation: nothing measured"
    return f"expunge evaluation: {told[0] if len(told) == 1 else f'{len(told)} suites'}"


def _facts(summary: Row, names: Sequence[str]) -> list[tuple[str, str]]:
    made = _made(summary)
    told = suites(summary)
    cases = sum(suite["cases"] for suite in told if isinstance(suite.get("cases"), int))
    upstreams = list(dict.fromkeys(shown(suite.get("upstream")) for suite in told))
    processors = f", {made['processors']} processors" if made.get("processors") else ""
    return [
        ("Measured", _day(made.get("date"))),
        ("Cases", f"{cases:,}"),
        ("Systems", shown(names, "none")),
        ("Upstreams", shown(upstreams, "none")),
        ("Version", _version(made)),
        ("Machine", f"{shown(made.get('platform'), 'not said')}{processors}"),
        ("Seed", shown(made.get("seed"))),
    ]


def _command(made: Row) -> str:
    line = made.get("command")
    return shlex.join(map(str, line)) if isinstance(line, Sequence) and not isinstance(line, str) else ""


def _contents(told: Sequence[Row]) -> list[tuple[str, str]]:
    return [
        ("Summary", "summary"),
        ("Strength", "strength"),
        ("Cost", "cost"),
        *((title_of(suite), f"suite-{number}") for number, suite in enumerate(told, start=1)),
        ("How to read this", "reading"),
    ]


def _version(made: Row) -> str:
    commit = f" at commit {made['commit']}" if made.get("commit") else ""
    return f"expunge {shown(made.get('expunge'), '?')}{commit}, Python {shown(made.get('python'), '?')}"


def _day(raw: object) -> str:
    try:
        day = date.fromisoformat(str(raw)[:10])
    except ValueError:
        return shown(raw, "on a day not said")
    return f"{day.day} {day:%B %Y}"
