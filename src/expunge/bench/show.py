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
    from expunge.bench.facts import FactCosts
    from expunge.bench.gateway import GatewayRun
    from expunge.bench.hostile import Dear
    from expunge.bench.memory import Memory
    from expunge.bench.profiles import ProfileCost
    from expunge.bench.reader_cost import ReaderCost
    from expunge.bench.replicas import ReplicasRun
    from expunge.bench.scrub import ScrubRun
    from expunge.bench.soak import SoakRun
    from expunge.bench.start import StartTime


def mean(value: Mean, digits: int = 3) -> str:
    """A mean with half the width of its 95 % interval."""
    return f"{value.value:.{digits}f} [dim]±{value.half_width:.{digits}f}[/]"


def _table(title: str, *columns: str) -> Table:
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
    table = _table(title, *columns)
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
    table = _table("Start to first answer, no model loaded", "median s", "most s", "bare interpreter s", "runs")
    table.add_row(f"{start.median_s:.2f}", f"{start.worst_s:.2f}", f"{start.interpreter_s:.2f}", str(start.runs))
    return table


def facts_table(costs: FactCosts) -> Table:
    """The search among facts by their number, and the engine by itself."""
    headings = ("facts", "alike ms", "other ms", "all ms", "index s", "MB", "found %")
    table = _table("Nearest facts of an answer of ten sentences, processor time", *headings)
    table.caption = (
        f"The embedding engine takes {costs.engine_ms:.1f} ms for these sentences. "
        "An alike answer tells of people as the facts do; all: with every fact measured. Found are so many of the "
        "facts that are nearest to a sentence, and of the 32 nearest."
    )
    for row in costs.sizes:
        figures = (f"{row.alike_ms:.2f}", f"{row.other_ms:.2f}", f"{row.all_ms:.2f}")
        found = f"{100 * row.nearest:.1f}, {100 * row.near:.1f}"
        table.add_row(f"{row.facts:,}", *figures, f"{row.build_s:.1f}", f"{row.mb:,.1f}", found)
    return table


def profiles_table(costs: Sequence[ProfileCost]) -> Table:
    """Calls and prompt characters by profile and number of targets."""
    table = _table("Cost of an answer by profile", "profile", "targets", "questions", "calls", "prompt chars", "own ms")
    table.caption = "after ±: 95 % intervals"
    for row in costs:
        about = f"{row.n}, {row.about}"
        table.add_row(
            row.profile,
            f"{row.targets:,}",
            about,
            mean(row.calls, 2),
            mean(row.prompt_chars, 0),
            f"{row.overhead_ms:.1f}",
        )
    return table


def reader_table(costs: Sequence[ReaderCost]) -> Table:
    """What the learnt reader adds to an answer."""
    table = _table("The learnt reader", "in the answer", "n", "rules ms", "reader ms", "added ms", "p90")
    table.caption = "milliseconds of an answer, the model's aside, no sentence of it known; added: by answer"
    for row in costs:
        figures = (f"{ms:.1f}" for ms in (row.rules_ms, row.reader_ms, row.added_ms, row.added_p90_ms))
        table.add_row("a target is named" if row.found else "nothing is found", f"{row.n:,}", *figures)
    return table


def agents_table(run: AgentsRun) -> Table:
    """How often each agent's reply could be used, and how the rest ended."""
    table = _table(f"Agents played by {run.model}, {run.n} questions", "what", "count")
    rows = {f"{name}: parsed": count for name, count in run.plays.items()}
    rows |= {f"ended by {kind}": count for kind, count in run.failures.items()}
    rows |= {f"answers {decision}": count for decision, count in run.decisions.items()}
    rows |= {"model calls": run.calls, "failed but not refused": run.undecided, "leaks": run.leaks}
    for name, count in rows.items():
        table.add_row(name, f"{count:,}")
    return table


def scrub_table(run: ScrubRun) -> Table:
    """Rows a second by engine and workers."""
    table = _table(
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
    """What each system serves and needs, and what it adds to the upstream alone."""
    table = _table(
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


def replicas_table(run: ReplicasRun) -> Table:
    """What two replicas did under changes and kills."""
    table = _table("Two gateways on one PostgreSQL", "what", "count")
    rows = {
        "changes acknowledged": f"{run.changes:,}",
        "changes turned down": f"{run.refused_changes:,}",
        "answers": f"{run.answers:,}",
        "requests without one": f"{run.failed_answers:,}",
        "leaks, by the revision named": f"{run.leaks:,}",
        "withheld, by the revision named": f"{run.withheld:,}",
        "over 1 s behind a change": f"{run.late:,}",
        "changes lost": f"{run.lost:,}",
        "propagation, median": f"{run.propagation_p50:.3f} s",
        "propagation, 99 %": f"{run.propagation_p99:.3f} s",
        "propagation, most": f"{run.propagation_max:.3f} s",
        "changing the key": f"{run.key_seconds:.2f} s",
        "kills of the database": str(run.database_kills),
        "kills of a replica": str(run.replica_kills),
        "audit chain": "verifies" if run.chain_verifies else "DOES NOT VERIFY",
    }
    for name, value in rows.items():
        table.add_row(name, value)
    return table


def hostile_table(size: int, measured: Sequence[Dear]) -> Table:
    """What each dear text took, and what it made others wait."""
    table = _table(f"Texts of {size:,} characters that are made to be dear", "text", "as", "status", "s", "wait, ms")
    for dear in measured:
        way = "question and answer" if dear.repeated else "question"
        over = "" if dear.holds else " !"
        table.add_row(dear.text, way, str(dear.status), f"{dear.seconds:.2f}", f"{1000 * dear.wait:.0f}{over}")
    return table


def soak_table(run: SoakRun) -> Table:
    """What a long run came to."""
    table = _table(f"The gateway under mixed load, {run.seconds / 60:.1f} minutes", "what", "count")
    memory, log = run.memory, run.reckoning
    rows = {
        **{f"asked: {kind.replace('_', ' ')}": f"{count:,}" for kind, count in run.requests.items()},
        "answers": f"{run.answers:,}",
        "broken off by the client": f"{run.broken_off:,}",
        "turned away": f"{run.errors:,}",
        "changes of targets": f"{run.changes:,}",
        "answers that tell of a target": f"{run.leaks:,}",
        "answers about nobody, changed": f"{run.suppressed:,}",
        "answers that the log lacks": f"{log.lost:,}",
        "answers that it has twice": f"{log.twice:,}",
        "entries of no answer": f"{log.unasked:,}",
        "audit chain": "verifies" if run.chain_verifies else "DOES NOT VERIFY",
        **{f"odd: {what}": f"{count:,}" for what, count in run.odd.items()},
    }
    for name, value in rows.items():
        table.add_row(name, value)
    curve = " ".join(f"{value:.0f}" for value in memory.thinned(20))
    table.caption = (
        f"memory, MB: {curve}\nthe second half grew by {memory.grown:.1f} MB, noise is {memory.noise:.1f} MB: "
        f"{'flat' if memory.flat else 'NOT FLAT'}"
    )
    return table
