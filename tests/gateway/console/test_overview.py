from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from expunge.gateway.console.overview import lately
from expunge.registry.audit.decisions import DecisionRecord
from expunge.types import Decision, Fact, Target
from tests.gateway.console.conftest import Gateway, Opening, text_of

NOW = datetime(2031, 5, 1, 12, 30, tzinfo=UTC)


def record(at: datetime, decision: Decision = Decision.PASSED, calls: int = 0, added: float = 0.01) -> DecisionRecord:
    return DecisionRecord(
        "req_1", at, "chat/completions", "served", False, 7, decision,
        calls=calls, seconds=1 + added, upstream_seconds=1.0,
    )  # fmt: skip


def test_decisions_are_counted_by_the_hour() -> None:
    hour = timedelta(hours=1)
    found = lately(
        [
            record(NOW),
            record(NOW - timedelta(minutes=29), Decision.REFUSED, calls=4, added=0.5),
            record(NOW - hour, Decision.REWRITTEN, calls=3),
            record(NOW - 23 * hour),
        ],
        NOW,
    )
    assert len(found.bars) == 24
    assert [bar.total for bar in found.bars] == [1, *[0] * 21, 1, 2]
    last = found.bars[-1]
    assert (last.passed, last.rewritten, last.refused) == (1, 0, 1)
    assert sum(last.heights) == 96
    assert (found.total, found.passed, found.rewritten, found.refused) == (4, 2, 1, 1)
    assert (found.calls, found.saved) == (7, 9)
    assert found.added_most == 0.5
    assert round(found.added_median, 3) == 0.01


def test_nothing_was_decided() -> None:
    found = lately([], NOW)
    assert (found.total, found.saved, found.added_median) == (0, 0, 0.0)
    assert all(bar.heights == (0, 0, 0) for bar in found.bars)


async def test_the_page_counts_what_somebody_must_see_to(browse: Opening, gateway: Gateway) -> None:
    now = datetime.now(UTC)
    browser = await browse(
        targets=[
            Target("Orla Quennell", due_at=now - timedelta(days=1)),
            Target("Tobin Ashgrove", due_at=now + timedelta(days=1), expires_at=now + timedelta(days=90)),
            Target("Imre Vadasz", facts=[Fact("He baked.", elicited=True)], expires_at=now + timedelta(days=2)),
        ]
    )
    gateway.registry.record_decisions([record(now, Decision.REFUSED, calls=1)])
    page = (await browser.get("/console/overview")).text
    tiles = re.findall(r"<b>([^<]*)</b><span[^>]*>([^<]*)</span>", page)
    assert ("3", "targets in force") in tiles
    assert ("2", "requests due, 1 past") in tiles
    assert ("1", "end within 30 days") in tiles
    assert ("1", "with facts to confirm") in tiles
    assert ("1", "refused") in tiles
    assert ("3", "model calls saved, 1 made") in tiles
    assert "Orla" not in page
    assert "Registry" in text_of(page)


async def test_it_takes_the_scope_of_the_log(browse: Opening) -> None:
    browser = await browse(["targets:read"])
    assert (await browser.get("/console/overview")).status_code == 403
