"""Figures as Rich tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.table import Table

from expunge.bench.show import empty_table, mean

if TYPE_CHECKING:
    from benchmarks.facts import FactCosts
    from benchmarks.hostile import Dear
    from benchmarks.profiles import ProfileCost
    from benchmarks.replicas import ReplicasRun
    from benchmarks.soak import SoakRun


def facts_table(costs: FactCosts) -> Table:
    """The search among facts by their number, and the engine by itself."""
    headings = ("facts", "alike ms", "other ms", "all ms", "index s", "MB", "found %")
    table = empty_table("Nearest facts of an answer of ten sentences, processor time", *headings)
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
    table = empty_table(
        "Cost of an answer by profile", "profile", "targets", "questions", "calls", "prompt chars", "own ms"
    )
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


def replicas_table(run: ReplicasRun) -> Table:
    """What two replicas did under changes and kills."""
    table = empty_table("Two gateways on one PostgreSQL", "what", "count")
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
    table = empty_table(
        f"Texts of {size:,} characters that are made to be dear", "text", "as", "status", "s", "wait, ms"
    )
    for dear in measured:
        way = "question and answer" if dear.repeated else "question"
        over = "" if dear.holds else " !"
        table.add_row(dear.text, way, str(dear.status), f"{dear.seconds:.2f}", f"{1000 * dear.wait:.0f}{over}")
    return table


def soak_table(run: SoakRun) -> Table:
    """What a long run came to."""
    table = empty_table(f"The gateway under mixed load, {run.seconds / 60:.1f} minutes", "what", "count")
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
