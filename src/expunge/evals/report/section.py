"""The report's part on one suite: all its figures, its worst cases, how it was set up and how to repeat it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
    Figure,
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
    number_cell,
    setting,
    title_of,
)

_MOST_OF_OTHERS = 2
"""Transcripts of a kind that are shown of a system which is there to be compared with."""


@dataclass(frozen=True, slots=True)
class Passage:
    """The words of somebody ("said"; "out" is what the system let out), or a remark of class `kind`, or a plain word.

    Of a very long text `left_out` says what stands between `text` and `tail`.
    """

    text: str
    kind: str = ""
    left_out: str = ""
    tail: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """A case as it went: what was asked, said and decided."""

    name: str
    part: str
    passages: Sequence[tuple[str, Passage]]


@dataclass(frozen=True, slots=True)
class Cases:
    """The worst cases of one system and kind."""

    label: str
    shown: Sequence[Case]


@dataclass(frozen=True, slots=True)
class Worst:
    """The worst cases of all systems, those of which there are none, and whether the summary says nothing of any."""

    cases: Sequence[Cases]
    clean: Sequence[str]
    silent: bool


@dataclass(frozen=True, slots=True)
class Section:
    """The part on one suite, as `templates/suite.html` lays it out."""

    anchor: str
    title: str
    setting: str
    tables: Sequence[tuple[str, Table]]
    cost: Table | None
    worst: Worst
    setup: Sequence[tuple[str, str]]
    command: str


def section(suite: Row, number: int, own: Marks) -> Section:
    """Everything that the summary says of one suite; `number` counts from 1 and makes its anchor."""
    tables = (
        ("To forget", _rows_table(suite, "To forget", STRENGTH, own, forget=True)),
        ("To keep", _rows_table(suite, "To keep", KEEPING, own, forget=False)),
        ("Further figures", _extras(suite, own)),
    )
    return Section(
        f"suite-{number}",
        title_of(suite),
        setting(suite),
        [(title, table) for title, table in tables if table],
        _rows_table(suite, "Cost of an answer", COST, own),
        _worst(suite),
        _setup(suite),
        str(suite.get("command") or ""),
    )


def _rows_table(
    suite: Row, title: str, columns: Sequence[Column], own: Marks, *, forget: bool | None = None
) -> Table | None:
    """All rows, or those to forget, or to keep: by part, the totals first, and in a part by system."""
    parts = sorted(by_part(suite, forget=forget).items(), key=lambda part: not part[1][0][1].get("total"))
    lines = [row for _, told in parts for _, row in told]
    columns = used(columns, lines)
    if not columns:
        return None
    one = len(systems(suite)) == 1
    return Table(
        f"{title_of(suite)}: {title}",
        [Label("Part" if one else "System"), COUNT, *heads(columns)],
        [_part(part, told, columns, own, one=one) for part, told in parts],
        f"{title}, {name(systems(suite)[0])}" if one else title,
    )


def _part(part: str, told: Sequence[tuple[str, Row]], columns: Sequence[Column], own: Marks, *, one: bool) -> Body:
    lines = [
        TableLine(
            Label(part) if one else called(system, own),
            [count_cell(row), *(cell(row, column) for column in columns)],
            system == OURS and not one,
        )
        for system, row in told
    ]
    return Body(lines, None if one else part)


def _extras(suite: Row, own: Marks) -> Table | None:
    told = {name(system): extra_figures(system.get("extra")) for system in systems(suite)}
    told = {system: found for system, found in told.items() if found}
    keys = list(dict.fromkeys(key for found in told.values() for key in found))
    if not keys:
        return None
    lines = [TableLine(Label(_label(key)), [_extra(found.get(key)) for found in told.values()]) for key in keys]
    heads = [Label("Figure"), *(called(system, own) for system in told)]
    return Table(f"{title_of(suite)}: further figures", heads, [Body(lines)])


def _extra(value: Figure | str | None) -> Cell:
    if value is None:
        return Cell("–", kind="null")
    if isinstance(value, str):
        return Cell(value)
    return number_cell(number(value), number_interval(value), "" if value.n is None else f"n {value.n:,}")


def _label(key: str) -> str:
    return "tell-apart AUC" if key == "auc" else key.replace("_", " ")


_KINDS = (
    ("leaks", "leaked", True, LEAK),
    ("changed", "suppressed without need", False, UNCHANGED),
    ("cut", "lost what was to stay", True, None),
)
"""Kinds of transcripts: their key, what they are called, of cases to forget or not, and the figure that counts them."""


def _worst(suite: Row) -> Worst:
    told: list[Cases] = []
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
    return Worst(told, clean, silent)


def _hits(row: Row, column: Column) -> int | None:
    """Return how many cases went wrong: the leaks, or the answers that are not unchanged."""
    raw = row.get(column.key)
    if not isinstance(raw, Mapping) or not isinstance(raw.get("hits"), int) or not isinstance(raw.get("n"), int):
        return None
    hits: int = raw["hits"] if column is LEAK else raw["n"] - raw["hits"]
    return hits


def _setup(suite: Row) -> list[tuple[str, str]]:
    pairs = [
        ("Upstream", shown(suite.get("upstream"))),
        ("Facts", shown(suite.get("facts"))),
        ("Options", shown(suite.get("options"), "none")),
    ]
    for system in systems(suite):
        models = shown(system.get("models"), "no models of its own")
        revision = "" if system.get("revision") is None else f"; registry revision {shown(system['revision'])}"
        pairs.append((name(system), models + revision))
    return pairs


_HEAD, _TAIL = 1000, 400
"""Characters kept of a text longer than both together: a page of ten suites stays under some megabytes."""
_FIRST, _LAST = 2, 6
"""Turns kept of a conversation with more than both together (many-shot prompts have hundreds)."""


def transcripts(system: str, kind: str, found: Sequence[Row], hits: int | None) -> Cases:
    """The worst cases of one system and kind ("leaked"); `hits` says how many there were in all."""
    of = f" of {hits:,}" if hits is not None and hits > len(found) else ""
    return Cases(f"{system}: {kind}, {len(found):,}{of} shown", [_transcript(each) for each in found])


def _transcript(case: Row) -> Case:
    called, part = shown(case.get("id"), "a case without an id"), shown(case.get("part"), "")
    turns, reply, alone = listed(case.get("turns")), case.get("reply"), case.get("alone")
    if turns and turns[-1].get("role") == "assistant" and turns[-1].get("content") == reply:
        turns = turns[:-1]
    same = Passage("the same as what came out", "quiet")
    passages = [
        *_turns(turns),
        ("Gold answer", said(case.get("gold"))),
        ("The model alone", same if alone and alone == reply else said(alone)),
        ("What came out", said(reply, "out")),
        *_passages("Left in it", case.get("left")),
        *_passages("Lost from it", case.get("lost")),
        ("Decision", Passage(shown(case.get("decision")))),
        ("Evidence", Passage(shown(case.get("evidence"), "none"))),
    ]
    return Case(called, "" if called.startswith(part) else part, passages)


def _passages(label: str, raw: Any) -> list[tuple[str, Passage]]:
    return [(label, said("\n".join(map(str, raw))))] if isinstance(raw, list) and raw else []


def _turns(turns: Sequence[Row]) -> list[tuple[str, Passage]]:
    told = [(str(turn.get("role") or "?").capitalize(), said(turn.get("content"))) for turn in turns]
    if len(told) > _FIRST + _LAST:
        left = len(told) - _FIRST - _LAST
        note = Passage(f"{left:,} of {len(told):,} turns left out", "cut")
        return [*told[:_FIRST], ("…", note), *told[-_LAST:]]
    return told


def said(raw: Any, kind: str = "said") -> Passage:
    """A text that was said, its middle left out where it is very long; a remark where there is none."""
    if raw is None or raw == "":
        return Passage("not recorded" if raw is None else "empty", "quiet")
    content = str(raw)
    if len(content) <= _HEAD + _TAIL:
        return Passage(content, kind)
    left = len(content) - _HEAD - _TAIL
    return Passage(content[:_HEAD], kind, f"{left:,} of {len(content):,} characters left out", content[-_TAIL:])
