"""The report's part on one suite: all its figures, its worst cases, how it was set up and how to repeat it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from expunge.evals.report.figures import (
    COST,
    KEEPING,
    LEAK,
    NONE,
    OURS,
    STRENGTH,
    UNCHANGED,
    Column,
    Row,
    by_part,
    extra_figures,
    headline,
    listed,
    name,
    number,
    number_interval,
    shown,
    systems,
    used,
)
from expunge.evals.report.markup import Markup, command, facts, join, scrolling, tag, text
from expunge.evals.report.tables import Marks, called, cell, group, heads, number_cell, setting, title_of

_MOST_OF_OTHERS = 2
"""Transcripts of a kind that are shown of a system which is there to be compared with."""


def section(suite: Row, number: int, own: Marks) -> Markup:
    """Everything that the summary says of one suite; `number` counts from 1 and makes its anchor."""
    anchor = f"suite-{number}"
    return tag(
        "section",
        tag("h2", text(title_of(suite)), id=anchor),
        tag("p", text(setting(suite)), class_="setting"),
        _rows_table(suite, "To forget", STRENGTH, own, forget=True),
        _rows_table(suite, "To keep", KEEPING, own, forget=False),
        _extras(suite, own),
        _rows_table(suite, "Cost of an answer", COST, own, folded=True),
        _worst(suite),
        _setup(suite, own),
        class_="suite",
        aria_labelledby=anchor,
    )


def _rows_table(
    suite: Row,
    title: str,
    columns: Sequence[Column],
    own: Marks,
    *,
    forget: bool | None = None,
    folded: bool = False,
) -> Markup:
    """All rows, or those to forget, or to keep: by part, the totals first, and in a part by system."""
    parts = sorted(by_part(suite, forget=forget).items(), key=lambda part: not part[1][0][1].get("total"))
    lines = [row for _, told in parts for _, row in told]
    columns = used(columns, lines)
    if not columns:
        return Markup("")
    one = len(systems(suite)) == 1
    head = tag(
        "tr",
        tag("th", text("Part" if one else "System"), scope="col"),
        tag("th", text("n"), scope="col", class_="n"),
        heads(columns),
    )
    bodies = [_part(part, told, columns, own, one=one) for part, told in parts]
    caption = f"{title}, {name(systems(suite)[0])}" if one else title
    table = scrolling(
        tag("table", tag("caption", text(caption)), tag("thead", head), *bodies),
        f"{title_of(suite)}: {title}",
    )
    if folded:
        return tag("details", tag("summary", text(title)), table)
    return join([tag("h3", text(title)), table])


def _part(part: str, told: Sequence[tuple[str, Row]], columns: Sequence[Column], own: Marks, *, one: bool) -> Markup:
    lines = []
    for system, row in told:
        first = text(part) if one else called(system, own)
        lines.append(
            tag(
                "tr",
                tag("th", first, scope="row"),
                tag("td", text(shown(row.get("n"), "–")), class_="n"),
                *(cell(row, column) for column in columns),
                class_="ours" if system == OURS and not one else None,
            )
        )
    return tag("tbody", *lines) if one else group(text(part), 2 + len(columns), lines)


def _extras(suite: Row, own: Marks) -> Markup:
    told = {name(system): extra_figures(system.get("extra")) for system in systems(suite)}
    told = {system: found for system, found in told.items() if found}
    keys = list(dict.fromkeys(key for found in told.values() for key in found))
    if not keys:
        return Markup("")
    head = tag("tr", tag("th", text("Figure"), scope="col"), *(tag("th", called(s, own), scope="col") for s in told))
    lines = []
    for key in keys:
        cells = []
        for found in told.values():
            value = found.get(key)
            if value is None:
                cells.append(tag("td", text("–"), class_="null"))
            elif isinstance(value, str):
                cells.append(tag("td", text(value)))
            else:
                n = "" if value.n is None else f"n {value.n:,}"
                cells.append(number_cell(number(value), number_interval(value), n))
        lines.append(tag("tr", tag("th", text(_label(key)), scope="row"), *cells))
    table = tag("table", tag("thead", head), tag("tbody", *lines))
    return join([tag("h3", text("Further figures")), scrolling(table, f"{title_of(suite)}: further figures")])


def _label(key: str) -> str:
    return "tell-apart AUC" if key == "auc" else key.replace("_", " ")


_KINDS = (
    ("leaks", "leaked", True, LEAK),
    ("changed", "suppressed without need", False, UNCHANGED),
    ("cut", "lost what was to stay", True, None),
)
"""Kinds of transcripts: their key, what they are called, of cases to forget or not, and the figure that counts them."""


def _worst(suite: Row) -> Markup:
    told: list[Markup] = []
    clean: list[str] = []
    silent = True
    compared = len(systems(suite)) > 1
    for system in sorted(systems(suite), key=lambda system: name(system) != OURS):
        worst = system.get("worst")
        if not isinstance(worst, Mapping):
            continue
        silent = False
        if compared and name(system) == NONE:
            continue  # that a model which forgets nothing discloses all is no finding
        most = None if name(system) == OURS or not compared else _MOST_OF_OTHERS
        for key, kind, forget, column in _KINDS:
            if found := listed(worst.get(key))[:most]:
                hits = None if column is None else _hits(headline(system, forget=forget), column)
                told.append(transcripts(name(system), kind, found, hits))
        if not any(listed(worst.get(key)) for key, *_ in _KINDS):
            clean.append(name(system))
    if silent:
        told.append(tag("p", text("The summary holds no transcripts."), class_="quiet"))
    if clean:
        told.append(tag("p", text(f"Nothing to show: {', '.join(clean)}."), class_="quiet"))
    return join([tag("h3", text("Worst cases")), *told])


def _hits(row: Row, column: Column) -> int | None:
    """How many cases went wrong: the leaks, or the answers that are not unchanged."""
    raw = row.get(column.key)
    if not isinstance(raw, Mapping) or not isinstance(raw.get("hits"), int) or not isinstance(raw.get("n"), int):
        return None
    hits: int = raw["hits"] if column is LEAK else raw["n"] - raw["hits"]
    return hits


def _setup(suite: Row, own: Marks) -> Markup:
    options = suite.get("options")
    pairs = [
        ("Upstream", text(shown(suite.get("upstream")))),
        ("Facts", text(shown(suite.get("facts")))),
        ("Options", text(shown(options, "none"))),
    ]
    for system in systems(suite):
        models = shown(system.get("models"), "no models of its own")
        revision = "" if system.get("revision") is None else f"; registry revision {shown(system['revision'])}"
        pairs.append((name(system), text(models + revision)))
    line = suite.get("command")
    return join(
        [
            tag("h3", text("Configuration")),
            facts(pairs, "facts setup"),
            *([tag("h3", text("To repeat it")), command(str(line))] if line else []),
        ]
    )


_HEAD, _TAIL = 1000, 400
"""Characters kept of a text longer than both together: a page of ten suites stays under some megabytes."""
_FIRST, _LAST = 2, 6
"""Turns kept of a conversation with more than both together (many-shot prompts have hundreds)."""


def transcripts(system: str, kind: str, found: Sequence[Row], hits: int | None) -> Markup:
    """The worst cases of one system and kind ("leaked"), folded; `hits` says how many there were in all."""
    of = f" of {hits:,}" if hits is not None and hits > len(found) else ""
    label = f"{system}: {kind}, {len(found):,}{of} shown"
    return tag("details", tag("summary", text(label)), *(_transcript(each) for each in found), class_="cases")


def _transcript(case: Row) -> Markup:
    called, part = shown(case.get("id"), "a case without an id"), shown(case.get("part"), "")
    about = tag("small", text(part)) if part and not called.startswith(part) else Markup("")
    turns, reply, alone = listed(case.get("turns")), case.get("reply"), case.get("alone")
    if turns and turns[-1].get("role") == "assistant" and turns[-1].get("content") == reply:
        turns = turns[:-1]
    same = tag("p", text("the same as what came out"), class_="quiet")
    parts = [
        *_turns(turns),
        ("Gold answer", _block(case.get("gold"))),
        ("The model alone", same if alone and alone == reply else _block(alone)),
        ("What came out", _block(reply, "out")),
        *_passages("Left in it", case.get("left")),
        *_passages("Lost from it", case.get("lost")),
        ("Decision", text(shown(case.get("decision")))),
        ("Evidence", text(shown(case.get("evidence"), "none"))),
    ]
    return tag("article", tag("h4", text(called), about), facts(parts, "case"))


def _passages(label: str, raw: Any) -> list[tuple[str, Markup]]:
    return [(label, _block("\n".join(map(str, raw))))] if isinstance(raw, list) and raw else []


def _turns(turns: Sequence[Row]) -> list[tuple[str, Markup]]:
    told = [(str(turn.get("role") or "?").capitalize(), _block(turn.get("content"))) for turn in turns]
    if len(told) > _FIRST + _LAST:
        left = len(told) - _FIRST - _LAST
        note = tag("p", text(f"{left:,} of {len(told):,} turns left out"), class_="cut")
        return [*told[:_FIRST], ("…", note), *told[-_LAST:]]
    return told


def _block(raw: Any, class_: str | None = None) -> Markup:
    if raw is None or raw == "":
        return tag("p", text("not recorded" if raw is None else "empty"), class_="quiet")
    return tag("div", shortened(str(raw)), class_=class_ or "said", dir="auto")


def shortened(content: str) -> Markup:
    """A text, its middle left out where it is very long, with the length said."""
    if len(content) <= _HEAD + _TAIL:
        return text(content)
    left = len(content) - _HEAD - _TAIL
    note = tag("span", text(f"[{left:,} of {len(content):,} characters left out]"), class_="cut", dir="ltr")
    return join([text(content[:_HEAD]), note, text(content[-_TAIL:])], " … ")
