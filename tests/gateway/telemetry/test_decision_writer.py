"""Decisions get into the log, whatever the registry is up to."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from expunge.errors import RegistryLocked
from expunge.gateway.access.principal import Principal
from expunge.gateway.telemetry.decision_writer import DecisionCounts, DecisionWriter
from expunge.gateway.telemetry.observer import Decided
from expunge.pipeline import Outcome
from expunge.registry.audit.decisions import DecisionRecord
from expunge.registry.store import Registry
from expunge.types import Decision, Evidence, EvidenceKind, Pending, Rating, Step, Strength, Trace

SEEN = Evidence("t_1", EvidenceKind.NAME, Strength.CERTAIN, "draft", 0, 5)
REFUSED = Outcome(
    "I do not know that.",
    Decision.REFUSED,
    ("t_1",),
    Trace(
        (
            Step("screen", "code", 1.5, evidence=(SEEN, SEEN), pending=Pending(8, 4)),
            Step("erase", "model", 20.0, calls=2, prompt_digest="d1", prompt_tokens=30),
            Step("critic", "model", 10.0, calls=1, prompt_digest="d2", ratings=(Rating(5, 3), Rating(2, 4))),
            Step("failure", "code", 0.0, failure="AgentError"),
        )
    ),
)
PASSED = Outcome("Fine.", Decision.PASSED, (), Trace((Step("screen", "code", 0.5),)))


def decided(number: int = 0, *outcomes: Outcome, tenant: str = "default") -> Decided:
    principal = Principal(tenant, key_id="k1")
    return Decided(
        f"req_{number}", principal, "chat/completions", "Orla", True, 7, outcomes or (PASSED,), 0.5, 0.3, 4, 5
    )


class Flaky(Registry):
    """Fails for as long as it is told to."""

    fails = False

    def record_decisions(self, batch: Iterable[DecisionRecord]) -> None:
        if Flaky.fails:
            raise RegistryLocked("Another process is changing the registry; try again when it is done.")
        super().record_decisions(batch)


@pytest.fixture
def registry() -> Iterator[Registry]:
    Flaky.fails = False
    with Flaky.open("sqlite:///:memory:") as opened:
        yield opened


async def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 5
    while not holds():
        assert time.monotonic() < end
        await asyncio.sleep(0.01)


async def test_a_decision_is_told_without_its_text(registry: Registry) -> None:
    writer = DecisionWriter(registry, configured_model="served")
    writer.decided(decided(1, PASSED, REFUSED))
    await writer.aclose()
    (record,) = registry.decisions()
    assert (record.request_id, record.key_id, record.endpoint, record.revision) == (
        "req_1",
        "k1",
        "chat/completions",
        7,
    )
    assert (record.decision, record.targets) == (Decision.REFUSED, ("t_1",))
    assert [(e.target, e.kind, e.strength, e.channel) for e in record.evidence] == [("t_1", "name", "certain", "draft")]
    assert (record.scores, record.prompt_digests, record.failures) == ((4.0, 2.0), ("d1", "d2"), ("AgentError",))
    assert (record.calls, record.prompt_tokens, record.completion_tokens) == (3, 4, 5)
    assert record.pending_facts == 8
    assert record.timings_ms == {"screen": 2.0, "erase": 20.0, "critic": 10.0, "failure": 0.0}
    assert "Orla" not in record.model
    assert registry.audit.verify().intact


async def test_all_are_written_in_order_to_the_tenants_they_are_of(registry: Registry) -> None:
    writer = DecisionWriter(registry)
    for number in range(1_200):
        writer.decided(decided(number, tenant=("default", "acme")[number % 2]))
    await writer.aclose()
    for tenant, rest in (("default", 0), ("acme", 1)):
        ids = [record.request_id for record in registry.of(tenant).decisions(limit=2_000)]
        assert ids == [f"req_{number}" for number in reversed(range(1_200)) if number % 2 == rest]
    assert (writer.written, writer.lost, writer.waiting) == (1_200, 0, 0)


async def test_what_cannot_be_written_waits(registry: Registry) -> None:
    writer = DecisionWriter(registry, most=3)
    Flaky.fails = True
    for number in range(5):
        writer.decided(decided(number))
    await until(lambda: bool(writer.problem))
    assert (writer.waiting, writer.lost, writer.alive) == (3, 2, True)
    gauges = {metric.name: metric.samples[0].value for metric in DecisionCounts(writer).collect()}
    assert gauges == {"expunge_decisions_written": 0, "expunge_decisions_lost": 2, "expunge_decisions_waiting": 3}
    Flaky.fails = False
    await until(lambda: writer.written == 3 and not writer.problem)
    assert [record.request_id for record in registry.decisions()] == ["req_2", "req_1", "req_0"]
    await writer.aclose()
    assert not writer.alive


async def test_a_shutdown_does_not_wait_for_ever(registry: Registry) -> None:
    writer = DecisionWriter(registry)
    Flaky.fails = True
    writer.decided(decided())
    await writer.aclose(seconds=0.2)
    assert (writer.alive, writer.lost) == (False, 1)


async def test_old_decisions_are_dropped(registry: Registry) -> None:
    old = datetime.now(UTC) - timedelta(days=40)
    before = DecisionWriter(registry, now=lambda: old)
    before.decided(decided(1))
    await before.aclose()
    writer = DecisionWriter(registry, keep_days=30)
    writer.decided(decided(2))
    await writer.aclose()
    assert [record.request_id for record in registry.decisions()] == ["req_2"]
    assert registry.audit.verify().intact
