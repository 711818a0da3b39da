"""The report: an evaluation's summary as one page of HTML that needs nothing else."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from datetime import date
from importlib import resources
from typing import Any

from expunge.evals.report.figures import Row, listed, shown, suites, system_names, systems
from expunge.evals.report.markup import Markup, command, facts, tag, text
from expunge.evals.report.pictures import cost_figure, strength_figure
from expunge.evals.report.section import section
from expunge.evals.report.tables import Marks, marks, summary_table, title_of

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""Whatever a transcript holds: the page loads nothing and runs nothing."""


def page(summary: Mapping[str, Any]) -> str:
    """One self-contained HTML page of an evaluation's summary: no script, nothing loaded from anywhere.

    Nulls and missing keys of the summary are left out or shown as dashes; all its texts are escaped.
    """
    raw = summary.get("scale")
    scale = raw if isinstance(raw, Mapping) else {}
    names = system_names(
        [*(system for suite in suites(summary) for system in systems(suite)), *listed(scale.get("points"))]
    )
    own = marks(names)
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        tag("title", text(f"{_title(summary)}, {_made(summary).get('date') or 'undated'}")),
        tag("style", _style()),
    )
    main = tag("main", *_overview(summary, scale, own), *_sections(summary, own), _reading())
    return f"<!doctype html>\n{tag('html', head, tag('body', _header(summary, names), main), lang='en')}\n"


def _style() -> Markup:
    return Markup(resources.files("expunge.evals.report").joinpath("report.css").read_text(encoding="utf-8"))


def _made(summary: Row) -> Row:
    made = summary.get("made")
    return made if isinstance(made, Mapping) else {}


def _title(summary: Row) -> str:
    told = list(dict.fromkeys(title_of(suite) for suite in suites(summary)))
    if not told:
        return "expunge evaluation: nothing measured"
    return f"expunge evaluation: {told[0] if len(told) == 1 else f'{len(told)} suites'}"


def _header(summary: Row, names: Sequence[str]) -> Markup:
    made = _made(summary)
    told = suites(summary)
    cases = sum(suite["cases"] for suite in told if isinstance(suite.get("cases"), int))
    upstreams = list(dict.fromkeys(shown(suite.get("upstream")) for suite in told))
    processors = f", {made['processors']} processors" if made.get("processors") else ""
    pairs = [
        ("Measured", text(_day(made.get("date")))),
        ("Cases", text(f"{cases:,}")),
        ("Systems", text(shown(names, "none"))),
        ("Upstreams", text(shown(upstreams, "none"))),
        ("Version", text(_version(made))),
        ("Machine", text(f"{shown(made.get('platform'), 'not said')}{processors}")),
        ("Seed", text(shown(made.get("seed")))),
    ]
    line = made.get("command")
    words = [str(word) for word in line] if isinstance(line, Sequence) and not isinstance(line, str) else []
    links = [("Summary", "summary"), ("Strength", "strength"), ("Cost", "cost")]
    links += [(title_of(suite), f"suite-{number}") for number, suite in enumerate(told, start=1)]
    links.append(("How to read this", "reading"))
    return tag(
        "header",
        tag("h1", text(_title(summary))),
        facts(pairs),
        *([command(shlex.join(words))] if words else []),
        tag(
            "nav",
            tag("ul", *(tag("li", tag("a", text(label), href=f"#{anchor}")) for label, anchor in links)),
            aria_label="Contents",
        ),
    )


def _version(made: Row) -> str:
    commit = f" at commit {made['commit']}" if made.get("commit") else ""
    return f"expunge {shown(made.get('expunge'), '?')}{commit}, Python {shown(made.get('python'), '?')}"


def _day(raw: object) -> str:
    try:
        day = date.fromisoformat(str(raw)[:10])
    except ValueError:
        return shown(raw, "on a day not said")
    return f"{day.day} {day:%B %Y}"


def _overview(summary: Row, scale: Row, own: Marks) -> list[Markup]:
    parts = (
        ("summary", "Summary", summary_table(summary, own)),
        ("strength", "Figure 1: what leaks against what is left alone", strength_figure(summary, own)),
        ("cost", "Figure 2: cost by number of targets", cost_figure(scale, own)),
    )
    return [
        tag("section", tag("h2", text(title), id=anchor), inside, aria_labelledby=anchor)
        for anchor, title, inside in parts
    ]


def _sections(summary: Row, own: Marks) -> list[Markup]:
    return [section(suite, number, own) for number, suite in enumerate(suites(summary), start=1)]


_READING = (
    (
        "Leaks",
        "Of the cases about what must be forgotten, the share whose answer discloses it: half or more of the correct "
        "answer's content words that the question did not hold, or a fact word for word. 0 is best.",
    ),
    (
        "Unchanged",
        "Of the cases about anything else, the share whose answer is, byte for byte, what the model alone says. "
        "100 is best; the rest are false suppressions.",
    ),
    ("Kept", "Of the same cases, the share whose answer still holds the correct answer, changed or not."),
    (
        "Accuracy and chance",
        "Of multiple-choice questions, the share answered right; a refusal or an answer that names no choice counts as "
        "a blind guess. On what must be forgotten, chance is the goal: above it something is still known, far "
        "below it something is still known and avoided. On anything else more is better.",
    ),
    (
        "ROUGE-L recall",
        "How much of the correct answer's wording stands in the answer, in order, from 0 to 1. Papers report it; "
        "grammar alone gives a little.",
    ),
    (
        "Δ",
        "The difference to the system none, the model with nothing in front of it, on the same cases, in percentage "
        "points.",
    ),
    (
        "Tell-apart AUC",
        "How well a classifier tells a suppressed answer from honest ignorance: 0.5 is not at all, 1 is always.",
    ),
    (
        "Calls, prompt tokens, own ms",
        "What an answer costs on average: calls to chat models, tokens sent to them, and the time of everything but "
        "the model's own answer. The model alone makes one call.",
    ),
    (
        "The small figures",
        "95 % intervals: if the evaluation were run again on other cases of the same kind, about 19 of 20 such "
        "intervals would hold the true figure. n is the number of cases. 0 leaks of 20 cases and of 2,000 are the "
        "same rate, and not the same evidence.",
    ),
)


def _reading() -> Markup:
    told = facts([(term, text(meaning)) for term, meaning in _READING], "reading")
    return tag("section", tag("h2", text("How to read this"), id="reading"), told, aria_labelledby="reading")
