"""Reading an evaluation's summary: its figures with their intervals, and how each is written.

A summary is plain data (what `expunge eval --json` prints). Whatever is missing in it is read as null, and null is
never an error: a report of half an evaluation is still a report.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

SYSTEMS = ("none", "guardrail-prompt", "icul", "keyword", "alu-paper", "expunge")
"""The systems that reports know, in the order in which they are shown; others follow."""
NONE = "none"
OURS = "expunge"

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with the bounds of its 95 % interval and the number of cases, where these are known."""

    value: float
    low: float | None = None
    high: float | None = None
    n: int | None = None


def figure(raw: object) -> Figure | None:
    """A rate, mean or delta of a summary, or a bare number; None for anything else."""
    if (bare := _number(raw)) is not None:
        return Figure(bare)
    if not isinstance(raw, Mapping) or (value := _number(raw.get("value"))) is None:
        return None
    n = _number(raw.get("n"))
    return Figure(value, _number(raw.get("low")), _number(raw.get("high")), None if n is None else int(n))


def _number(raw: object) -> float | None:
    return float(raw) if isinstance(raw, int | float) and not isinstance(raw, bool) and isfinite(raw) else None


def at(row: Row, key: str) -> Figure | None:
    """The figure under a key of a row; dots lead inwards ("delta.leak")."""
    raw: Any = row
    for name in key.split("."):
        raw = raw.get(name) if isinstance(raw, Mapping) else None
    return figure(raw)


def percent(value: float) -> str:
    """A share as percent: "99.88". Only what is exactly 0 or 1 is written as 0.00 or 100.00."""
    if 0 < value < 1:
        return f"{min(99.99, max(0.01, 100 * value)):.2f}"
    return f"{100 * value:.2f}"


def _percent_bound(value: float) -> str:
    return f"{100 * value:.1f}"


def points(value: float) -> str:
    """A difference of two shares in percentage points, with its sign."""
    return _signed(f"{100 * value:+.2f}")


def _points_bound(value: float) -> str:
    return _signed(f"{100 * value:+.1f}")


def _signed(text: str) -> str:
    if not float(text):
        return text[1:]
    return text.replace("-", "−")


def decimal(value: float) -> str:
    """Two digits after the point."""
    return f"{value:,.2f}".replace("-", "−")


def whole(value: float) -> str:
    """No digits after the point, thousands apart."""
    return f"{value:,.0f}".replace("-", "−")


@dataclass(frozen=True, slots=True)
class Column:
    """One kind of figure: where it stands in a row, what it is called, and how values and bounds are written."""

    key: str
    label: str
    value: Callable[[float], str]
    bound: Callable[[float], str]
    to: str = "–"

    def interval(self, found: Figure) -> str:
        """The bounds of the 95 % interval, or "" where they are unknown."""
        if found.low is None or found.high is None:
            return ""
        return f"{self.bound(found.low)}{self.to}{self.bound(found.high)}"


def _share(key: str, label: str) -> Column:
    return Column(key, f"{label} %", percent, _percent_bound)


def _delta(key: str, label: str) -> Column:
    return Column(f"delta.{key}", f"Δ {label}", points, _points_bound, " to ")


LEAK = _share("leak", "leaks")
UNCHANGED = _share("unchanged", "unchanged")
KEPT = _share("kept", "kept")
REFUSED = _share("refused", "refused")
REWRITTEN = _share("rewritten", "rewritten")
ACCURACY = _share("accuracy", "accuracy")
CHANCE = Column("chance", "chance %", _percent_bound, _percent_bound)
ROUGE_RECALL = Column("rouge_recall", "ROUGE-L recall", decimal, decimal)
ROUGE_F1 = Column("rouge_f1", "ROUGE-L F1", decimal, decimal)
CALLS = Column("calls", "calls", decimal, decimal)
PROMPT_TOKENS = Column("prompt_tokens", "prompt tokens", whole, whole)
PROMPT_CHARS = Column("prompt_chars", "prompt characters", whole, whole)
SECONDS = Column("seconds", "seconds", decimal, decimal)
MILLISECONDS = Column("seconds", "ms an answer", lambda v: f"{1000 * v:,.1f}", lambda v: f"{1000 * v:,.1f}")
OWN_MEDIAN = Column("own_ms_median", "own ms, median", decimal, decimal)
OWN_P99 = Column("own_ms_p99", "own ms, 99 %", decimal, decimal)
DELTA_LEAK = _delta("leak", "leaks")
DELTA_ACCURACY = _delta("accuracy", "accuracy")
DELTA_KEPT = _delta("kept", "kept")

STRENGTH = (LEAK, ACCURACY, CHANCE, ROUGE_RECALL, ROUGE_F1, REFUSED, REWRITTEN, DELTA_LEAK, DELTA_ACCURACY)
"""What is told of cases to forget."""
KEEPING = (UNCHANGED, KEPT, ACCURACY, CHANCE, REFUSED, REWRITTEN, DELTA_KEPT, DELTA_ACCURACY)
"""What is told of cases to keep."""
COST = (CALLS, PROMPT_TOKENS, PROMPT_CHARS, SECONDS, OWN_MEDIAN, OWN_P99)


def used(columns: Iterable[Column], rows: Sequence[Row]) -> tuple[Column, ...]:
    """The columns in which at least one row has a figure."""
    return tuple(column for column in columns if any(at(row, column.key) for row in rows))


def listed(raw: object) -> list[Mapping[str, Any]]:
    """The mappings of a list; nothing for null."""
    return [item for item in raw if isinstance(item, Mapping)] if isinstance(raw, Sequence) else []


def suites(summary: Row) -> list[Row]:
    """The suites of a summary."""
    return listed(summary.get("suites"))


def systems(suite: Row) -> list[Row]:
    """The systems of a suite: those of `SYSTEMS` in that order, then any others."""
    return sorted(listed(suite.get("systems")), key=lambda system: _place(name(system)))


def _place(system: str) -> int:
    return SYSTEMS.index(system) if system in SYSTEMS else len(SYSTEMS)


def name(system: Row) -> str:
    """Return the name of a system in reports."""
    return str(system.get("system") or "?")


def system_names(found: Iterable[Row]) -> list[str]:
    """The names of the systems of some suites, or of points, each once and in the order of reports."""
    return sorted(dict.fromkeys(name(system) for system in found), key=_place)


def rows(system: Row, *, forget: bool | None = None) -> list[Row]:
    """The rows of a system: all, or only those of cases to forget, or to keep."""
    found = listed(system.get("rows"))
    return found if forget is None else [row for row in found if bool(row.get("forget")) is forget]


def by_part(suite: Row, *, forget: bool | None = None) -> dict[str, list[tuple[str, Row]]]:
    """The rows of all systems of a suite with the systems' names, by part; the parts in their order."""
    parts: dict[str, list[tuple[str, Row]]] = {}
    for system in systems(suite):
        for row in rows(system, forget=forget):
            parts.setdefault(shown(row.get("part"), "?"), []).append((name(system), row))
    return parts


def headline(system: Row, *, forget: bool) -> Row:
    """The row that stands for all cases to forget, or to keep: the total, or the only one; else an empty row."""
    own = rows(system, forget=forget)
    for row in own:
        if row.get("total"):
            return row
    return own[0] if len(own) == 1 else {}


def shown(raw: object, missing: str = "not said") -> str:
    """A plain value of a summary as text: counts with thousands apart, lists with commas, null as `missing`."""
    if raw is None or raw in ("", [], {}):
        return missing
    if isinstance(raw, bool):
        return "yes" if raw else "no"
    if isinstance(raw, int):
        return f"{raw:,}"
    if isinstance(raw, float):
        return f"{raw:g}"
    if isinstance(raw, Mapping):
        return ", ".join(f"{key}: {shown(value)}" for key, value in raw.items())
    if isinstance(raw, Sequence) and not isinstance(raw, str):
        return ", ".join(shown(value) for value in raw)
    return str(raw)


def extra_figures(extra: object, path: str = "") -> dict[str, Figure | str]:
    """Return what a suite measures beside its rows, flat: "auc" or "features, length" to a figure or a text."""
    if not isinstance(extra, Mapping):
        return {}
    flat: dict[str, Figure | str] = {}
    for key, raw in extra.items():
        label = f"{path}, {key}" if path else str(key)
        if (found := figure(raw)) is not None:
            flat[label] = found
        elif isinstance(raw, Mapping):
            flat |= extra_figures(raw, label)
        else:
            flat[label] = shown(raw, "-")
    return flat


def number(found: Figure) -> str:
    """A figure of no known unit: whole numbers as they are, others with up to four digits."""
    return _plain(found.value)


def number_interval(found: Figure) -> str:
    """The interval of a figure of no known unit, or ""."""
    return "" if found.low is None or found.high is None else f"{_plain(found.low)}–{_plain(found.high)}"


def _plain(value: float) -> str:
    if value.is_integer():
        return whole(value)
    return f"{value:.3f}".rstrip("0").rstrip(".").replace("-", "−") if abs(value) >= 0.001 else f"{value:.2g}"
