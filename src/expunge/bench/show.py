"""Figures as Rich tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.table import Table

from expunge.bench.screen import ScreenTime, ratio
from expunge.evals.metrics import Mean, Rate
from expunge.evals.suites import Outcome, PartResult

if TYPE_CHECKING:
    from expunge.bench.memory import Memory
    from expunge.bench.profiles import ProfileCost
    from expunge.bench.start import StartTime


def share(rate: Rate) -> str:
    """A rate as hits of n, percent and 95 % interval."""
    low, high = rate.interval
    return f"{rate.hits:,}/{rate.n:,}  {100 * rate.value:.2f} % [dim]({100 * low:.2f}-{100 * high:.2f})[/]"


def mean(value: Mean, digits: int = 3) -> str:
    """A mean with its 95 % interval."""
    low, high = value.interval
    return f"{value.value:.{digits}f} [dim]({low:.{digits}f}-{high:.{digits}f})[/]"


def quality_tables(title: str, results: Sequence[PartResult]) -> list[Table]:
    """What came out, and what it cost."""
    told = Table(title=title, title_justify="left", caption="n and 95 % intervals; leaks as docs/design.md says")
    for column in ("part", "leaks", "leaks of Vanilla", "unchanged", "refused", "rewritten", "ROUGE-L recall"):
        told.add_column(column, justify="left" if column == "part" else "right")
    cost = Table(title=f"{title}: cost", title_justify="left")
    for column in ("part", "calls", "prompt characters", "overhead ms: median", "99 %", "seconds"):
        cost.add_column(column, justify="left" if column == "part" else "right")
    for row in results:
        told.add_row(
            row.part,
            share(row.leaks),
            share(row.draft_leaks),
            share(row.unchanged),
            f"{row.refused.hits:,}",
            f"{row.rewritten.hits:,}",
            mean(row.rouge_recall),
        )
        cost.add_row(
            row.part,
            mean(row.calls, 2),
            mean(row.prompt_chars, 0),
            f"{row.overhead_median_ms:.2f}",
            f"{row.overhead_p99_ms:.2f}",
            f"{row.seconds:.1f}",
        )
    return [told, cost]


def screen_table(times: Sequence[ScreenTime], memory: Sequence[Memory], title: str) -> Table:
    """Times and memory by size."""
    table = Table(
        title=title,
        title_justify="left",
        caption=f"1,000-character answers; last size over first: {ratio(times):.2f} times",
    )
    for column in (
        "targets",
        "facts",
        "index s",
        "screen ms: median",
        "99 %",
        "found",
        "in force ms: median",
        "most",
        "bytes each",
    ):
        table.add_column(column, justify="right")
    bytes_each = {row.targets: row for row in memory}
    for row in times:
        held = bytes_each.get(row.targets)
        table.add_row(
            f"{row.targets:,}",
            f"{row.facts:,}",
            f"{row.build_s:.2f}",
            f"{row.screen_median_ms:.3f}",
            f"{row.screen_p99_ms:.3f}",
            f"{row.found:,}/{row.runs:,}",
            f"{row.force_median_ms:.2f}",
            f"{row.force_max_ms:.2f}",
            f"{held.bytes_per_target:,.0f} [dim]({held.index_bytes:,.0f} index)[/]" if held else "",
        )
    return table


def start_table(start: StartTime) -> Table:
    """Process start to first answer."""
    table = Table(title="Start to first answer, no model loaded", title_justify="left")
    for column in ("median s", "most s", "bare interpreter s", "runs"):
        table.add_column(column, justify="right")
    table.add_row(f"{start.median_s:.2f}", f"{start.worst_s:.2f}", f"{start.interpreter_s:.2f}", str(start.runs))
    return table


def profiles_table(costs: Sequence[ProfileCost]) -> Table:
    """Calls and prompt characters by profile and number of targets."""
    table = Table(title="Cost of an answer by profile", title_justify="left", caption="mean (95 % interval)")
    for column in ("profile", "targets", "questions", "calls", "prompt characters", "overhead ms"):
        table.add_column(column, justify="left" if column in ("profile", "questions") else "right")
    for row in costs:
        about = f"{row.n} about {row.about}"
        table.add_row(
            row.profile,
            f"{row.targets:,}",
            about,
            mean(row.calls, 2),
            mean(row.prompt_chars, 0),
            f"{row.overhead_ms:.1f}",
        )
    return table


def transcript(outcome: Outcome) -> str:
    """One case in full: question, gold answer, draft, answer, decision, evidence kinds."""
    kinds = [f"{e.kind.value} {e.strength.name.lower()} in {e.channel}" for s in outcome.steps for e in s.evidence]
    what = "LEAK" if outcome.question.forget else "CHANGED"
    lines = [
        f"{what} {outcome.question.part} {outcome.question.number}: {outcome.decision}",
        f"  question: {outcome.question.text}",
        f"  gold:     {outcome.question.gold}",
        f"  draft:    {outcome.draft}",
        f"  answer:   {outcome.answer}",
        f"  evidence: {', '.join(dict.fromkeys(kinds)) or 'none'}",
    ]
    return "\n".join(lines)
