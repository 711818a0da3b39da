"""*Overview*: how the gateway is, what it decided in the last day, and what somebody must see to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from fastapi import Response
from starlette.concurrency import run_in_threadpool

from expunge.gateway.console.targets import TargetPages
from expunge.gateway.console.visits import ConsoleRoutes, Visit
from expunge.gateway.health import Readiness
from expunge.registry.audit.decisions import DecisionRecord
from expunge.types import Decision

PATH = "/console/overview"
_HOURS = 24
_MOST = 5_000
"""Newest decisions that are counted; more would take the page too long."""
_SOON = timedelta(days=30)
_PAPER_CALLS = 4
"""Calls to agents that the published method makes for each request: audit, erase, critic and composer."""
_HEIGHT = 96
_KINDS = (Decision.PASSED, Decision.REWRITTEN, Decision.REFUSED)


@dataclass(frozen=True, slots=True)
class Bar:
    """The decisions of one hour, with the heights of its parts in the picture."""

    begins: datetime
    passed: int
    rewritten: int
    refused: int
    heights: tuple[float, float, float]

    @property
    def total(self) -> int:
        """All of them."""
        return self.passed + self.rewritten + self.refused


@dataclass(frozen=True, slots=True)
class Lately:
    """The decisions of the last day; `cut` says that there was more than is counted. Times are in seconds."""

    bars: tuple[Bar, ...]
    passed: int
    rewritten: int
    refused: int
    added_median: float
    added_most: float
    calls: int
    saved: int
    cut: bool

    @property
    def total(self) -> int:
        """All decisions that were counted."""
        return self.passed + self.rewritten + self.refused


def add_overview(routes: ConsoleRoutes, targets: TargetPages, readiness: Readiness) -> None:
    """Add the page; it counts targets in the directories that `targets` searches in."""

    async def shown(visit: Visit) -> Response:
        parts = visit.parts
        now = datetime.now(UTC)
        since = now - timedelta(hours=_HOURS)
        records = await run_in_threadpool(parts.registry.decisions, since, _MOST)
        snapshot, directory = parts.registry.snapshot(), targets.directory(parts)

        def counts() -> dict[str, int]:
            return {
                "in_force": len(snapshot),
                "due": directory.count(snapshot, "due"),
                "late": directory.count(snapshot, "due", before=now),
                "expiring": directory.count(snapshot, "expiring", before=now + _SOON),
                "unconfirmed": directory.count(snapshot, "unconfirmed"),
            }

        return visit.page(
            "overview.html",
            lately=lately(records, now, cut=len(records) == _MOST),
            counts=await run_in_threadpool(counts),
            state=await readiness.state(),
            pending=parts.screen.pending_embeddings,
            revision=snapshot.revision,
            logged=parts.settings.audit.decisions,
        )

    routes.add("GET", PATH, shown, "audit:read")


def lately(records: Sequence[DecisionRecord], now: datetime, *, cut: bool = False) -> Lately:
    """Count decisions by the hour, up to the one that `now` is in."""
    last = now.replace(minute=0, second=0, microsecond=0)
    hours = [last - timedelta(hours=back) for back in range(_HOURS - 1, -1, -1)]
    by_hour = {hour: dict.fromkeys(Decision, 0) for hour in hours}
    for record in records:
        hour = record.at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        if hour in by_hour:
            by_hour[hour][record.decision] += 1
    most = max((sum(counts.values()) for counts in by_hour.values()), default=0) or 1
    bars = []
    for hour, counts in by_hour.items():
        passed, rewritten, refused = (counts[kind] for kind in _KINDS)
        heights = (_HEIGHT * passed / most, _HEIGHT * rewritten / most, _HEIGHT * refused / most)
        bars.append(Bar(hour, passed, rewritten, refused, heights))
    added = sorted(max(0.0, record.seconds - record.upstream_seconds) for record in records)
    calls = sum(record.calls for record in records)
    of = {kind: sum(record.decision is kind for record in records) for kind in Decision}
    return Lately(
        tuple(bars),
        of[Decision.PASSED],
        of[Decision.REWRITTEN],
        of[Decision.REFUSED],
        _quantile(added, 0.5),
        _quantile(added, 0.95),
        calls,
        max(0, _PAPER_CALLS * len(records) - calls),
        cut,
    )


def _quantile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0
