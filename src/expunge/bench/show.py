"""Figures as Rich tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.table import Table

from expunge.bench.screen import ScreenTime, ratio
from expunge.evals.metrics import Mean

if TYPE_CHECKING:
    from expunge.bench.agents import AgentsRun
    from expunge.bench.gateway import GatewayRun
    from expunge.bench.memory import Memory
    from expunge.bench.reader_cost import ReaderCost
    from expunge.bench.scrub import ScrubRun
    from expunge.bench.start import StartTime


def mean(value: Mean, digits: int = 3) -> str:
    """A mean with half the width of its 95 % interval."""
    return f"{value.value:.{digits}f} [dim]±{value.half_width:.{digits}f}[/]"


def empty_table(title: str, *columns: str) -> Table:
    """A table with a title and these columns, the first of them to the left, and no rows."""
    table = Table(title=title, title_justify="left", caption_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    for number, column in enumerate(columns):
        table.add_column(column, justify="right" if number else "left", no_wrap=True)
    return table


def screen_table(times: Sequence[ScreenTime], memory: Sequence[Memory], title: str) -> Table:
    """Times and memory by size."""
    columns = [
        "targets",
        "index s",
        "answer",
        "99 %",
        "asked",
        "found %",
        "force",
        "most",
        *(["bytes"] if memory else []),
    ]
    table = empty_table(title, *columns)
    table.caption = (
        "index s: seconds to index all; answer, asked: median milliseconds for one of\n"
        "1,000 characters, alone and with its question; found %: with evidence; force:\n"
        "milliseconds from adding a target to finding it, median; bytes: of a target\n"
        f"answer at the last size over the first: {ratio(times):.2f}"
    )
    bytes_each = {row.targets: row for row in memory}
    for row in times:
        cells = [
            f"{row.targets:,}",
            f"{row.build_s:.2f}",
            f"{row.answer_median_ms:.3f}",
            f"{row.answer_p99_ms:.3f}",
            f"{row.screen_median_ms:.3f}",
            f"{100 * row.found / row.runs:.0f}",
            f"{row.force_median_ms:.2f}",
            f"{row.force_max_ms:.2f}",
        ]
        if row.targets in bytes_each:
            cells.append(f"{bytes_each[row.targets].bytes_per_target:,.0f}")
        table.add_row(*cells)
    return table


def start_table(start: StartTime) -> Table:
    """Process start to first answer."""
    table = empty_table("Start to first answer, no model loaded", "median s", "most s", "bare interpreter s", "runs")
    table.add_row(f"{start.median_s:.2f}", f"{start.worst_s:.2f}", f"{start.interpreter_s:.2f}", str(start.runs))
    return table


def reader_table(costs: Sequence[ReaderCost]) -> Table:
    """Return what the learnt reader adds to an answer."""
    table = empty_table("The learnt reader", "in the answer", "n", "rules ms", "reader ms", "added ms", "p90")
    table.caption = "milliseconds of an answer, the model's aside, no sentence of it known; added: by answer"
    for row in costs:
        figures = (f"{ms:.1f}" for ms in (row.rules_ms, row.reader_ms, row.added_ms, row.added_p90_ms))
        table.add_row("a target is named" if row.found else "nothing is found", f"{row.n:,}", *figures)
    return table


def agents_table(run: AgentsRun) -> Table:
    """Return how often each agent's reply could be used, and how the rest ended."""
    table = empty_table(f"Agents played by {run.model}, {run.n} questions", "what", "count")
    rows = {f"{name}: parsed": count for name, count in run.plays.items()}
    rows |= {f"ended by {kind}": count for kind, count in run.failures.items()}
    rows |= {f"answers {decision}": count for decision, count in run.decisions.items()}
    rows |= {"model calls": run.calls, "failed but not refused": run.undecided, "leaks": run.leaks}
    for name, count in rows.items():
        table.add_row(name, f"{count:,}")
    return table


def scrub_table(run: ScrubRun) -> Table:
    """Rows a second by engine and workers."""
    table = empty_table(
        f"Scrubbing, {run.targets:,} targets, {run.facts} facts each",
        "engine",
        "workers",
        "rows",
        "changed",
        "rows a second",
        "seconds",
        "to first",
    )
    most = max(rate.workers for rate in run.rates)
    ratios = [
        f"{name}: {ratio:.2f}"
        for name, ratio in (
            (f"{most} workers to 1", run.ratio(("local", most), ("local", 1))),
            (f"Ray to local at {most}", run.ratio(("ray", most), ("local", most))),
        )
        if ratio is not None
    ]
    outputs = f"outputs equal: {'yes' if run.equal else 'NO'}"
    table.caption = "; ".join([*ratios, outputs, "to first: seconds until the first part was back"])
    for rate in run.rates:
        table.add_row(
            rate.engine,
            str(rate.workers),
            f"{rate.rows:,}",
            f"{rate.changed:,}",
            f"{rate.rows_per_second:,.0f}",
            f"{rate.seconds:.1f}",
            f"{rate.first_s:.1f}",
        )
    return table


def gateway_table(run: GatewayRun) -> Table:
    """Return what each system serves and needs, and what it adds to the upstream alone."""
    table = empty_table(
        f"{run.clients} clients, {run.targets:,} targets",
        "system",
        "per s",
        "ratio",
        "one",
        "p50",
        "p99",
        "MB",
        "start",
    )
    bare, names = run.costs[0], run.of("expunge, names only")
    for cost in run.costs:
        own = cost is not bare
        table.add_row(
            cost.name,
            f"{cost.per_second:,.0f}",
            f"{cost.per_second / names.per_second:.2f}" if names is not None and own else "-",
            f"{cost.alone_p50_ms - bare.alone_p50_ms:.1f}" if own else "-",
            f"{cost.p50_ms - bare.p50_ms:.1f}" if own else "-",
            f"{cost.p99_ms - bare.p99_ms:.1f}" if own else "-",
            f"{cost.memory_mb:,.0f}" if own else "-",
            f"{cost.start_s:.1f}" if own else "-",
        )
    lines = [
        *(f"failed: {cost.failures:,} answers of {cost.name}" for cost in run.costs if cost.failures),
        "per s: answers a second when all clients ask again when answered; start: seconds;\n"
        "ratio: to names only; one, p50, p99: milliseconds over the upstream alone,\n"
        "for a single client (median) and for all together at "
        f"{run.steady_per_second:g} requests a second",
        *(f"left out: {what}" for what in run.left_out),
    ]
    one, other = run.of("expunge, names only"), run.of("LiteLLM, content filter")
    if one is not None and other is not None:
        lines.append(
            f"expunge, names only, over LiteLLM:\n{one.per_second / other.per_second:.1f} times the answers, "
            f"{one.memory_mb / other.memory_mb:.2f} of the memory, {one.start_s / other.start_s:.2f} of the start-up"
        )
    table.caption = "\n".join(lines)
    return table
