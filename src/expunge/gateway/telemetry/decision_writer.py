"""Writes decisions to the audit log, in batches and from a thread of its own, so that no answer waits for the database.

While the registry cannot be written answers go on: what was decided is kept in memory, up to a bound, and written as
soon as it can be. What does not fit is lost, which readiness and metrics tell. Nothing is lost in an orderly shutdown;
a process that is killed loses what it had not written, a fraction of a second's worth.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import chain, islice

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from expunge.errors import RegistryError
from expunge.gateway.telemetry.observer import (
    Decided,
    Failed,
    agent_calls,
    decision_of,
    endpoint_of,
    model_of,
    steps_of,
)
from expunge.registry.audit.decisions import DecisionRecord, Sighted
from expunge.registry.store import Registry

_LOG = logging.getLogger("expunge.gateway")
_BATCH = 500
_GATHER = 0.05
"""Seconds in which decisions gather before they are written together."""
_RETRY = (0.5, 1.0, 2.0, 5.0)
"""Seconds between attempts to write while the registry cannot be."""
_MOST_EVIDENCE = 100
_PRUNE_EVERY = 3_600.0


class DecisionWriter:
    """Observes answers and writes them down. `most` decisions wait at a time; `keep_days` is how long they are kept."""

    def __init__(
        self,
        registry: Registry,
        *,
        configured_model: str | None = None,
        keep_days: int | None = None,
        most: int = 100_000,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._registry = registry
        self._model = configured_model
        self._keep_days = keep_days
        self._most = most
        self._now = now
        self._waiting: dict[str, deque[DecisionRecord]] = {}
        self._count = 0
        self._lock = threading.Lock()
        self._woken = threading.Event()
        self._closing = threading.Event()
        self._give_up = float("inf")
        self._next_prune = 0.0
        self.written = 0
        self.lost = 0
        self.problem = ""
        self._thread = threading.Thread(target=self._run, name="expunge-decisions", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """Decisions that are not written yet."""
        return self._count

    @property
    def alive(self) -> bool:
        """Whether what waits will be written."""
        return self._thread.is_alive()

    def decided(self, request: Decided) -> None:
        """Take an answer down."""
        record = self._record(request)
        with self._lock:
            if self._count >= self._most:
                self.lost += 1
                return
            self._waiting.setdefault(request.principal.tenant, deque()).append(record)
            self._count += 1
        self._woken.set()

    def failed(self, request: Failed) -> None:
        """Nothing was decided."""

    async def aclose(self, seconds: float = 10.0) -> None:
        """Write what waits and end; after so many seconds what could not be written is lost."""
        self._give_up = time.monotonic() + seconds
        self._closing.set()
        self._woken.set()
        await asyncio.to_thread(self._thread.join, seconds + 5.0)

    def _run(self) -> None:
        attempt = 0
        while True:
            self._woken.wait(_PRUNE_EVERY)
            self._woken.clear()
            if not self._closing.is_set() and not attempt:
                self._closing.wait(_GATHER)
            try:
                self._write_all()
                self._prune()
            except RegistryError as error:
                if not self.problem:
                    _LOG.warning("decisions wait", extra={"fields": {"error": type(error).__name__}})
                self.problem = str(error)
                if self._closing.wait(_RETRY[min(attempt, len(_RETRY) - 1)]):
                    time.sleep(_GATHER)
                attempt += 1
                self._woken.set()
            else:
                attempt, self.problem = 0, ""
            if self._closing.is_set() and (not self._count or time.monotonic() >= self._give_up):
                self.lost += self._count
                return

    def _write_all(self) -> None:
        for tenant, records in list(self._waiting.items()):
            registry = self._registry.of(tenant)
            # Only this thread takes anything off.
            while batch := self._first(records):
                registry.record_decisions(batch)
                with self._lock:
                    for _ in batch:
                        records.popleft()
                    self._count -= len(batch)
                self.written += len(batch)
                if len(batch) < _BATCH:  # what came meanwhile is gathered first, since each write is a transaction
                    break

    def _first(self, records: deque[DecisionRecord]) -> list[DecisionRecord]:
        with self._lock:
            return list(islice(records, _BATCH))

    def _prune(self) -> None:
        if self._keep_days is None or time.monotonic() < self._next_prune:
            return
        for tenant in self._registry.tenants():
            self._registry.of(tenant).audit.prune(self._keep_days)
        self._next_prune = time.monotonic() + _PRUNE_EVERY

    def _record(self, request: Decided) -> DecisionRecord:
        steps = list(steps_of(request))
        seen = chain.from_iterable(outcome.trace.evidence for outcome in request.outcomes)
        timings: dict[str, float] = {}
        for step in steps:
            timings[step.name] = round(timings.get(step.name, 0.0) + step.ms, 3)
        return DecisionRecord(
            request_id=request.request_id,
            at=self._now(),
            endpoint=endpoint_of(request.endpoint),
            model=model_of(request.model, self._model),
            streamed=request.streamed,
            revision=request.revision,
            decision=decision_of(request),
            key_id=request.principal.key_id,
            targets=tuple(dict.fromkeys(chain.from_iterable(outcome.targets for outcome in request.outcomes))),
            evidence=tuple(dict.fromkeys(Sighted.of(evidence) for evidence in seen))[:_MOST_EVIDENCE],
            scores=tuple(rating.score for step in steps for rating in step.ratings),
            prompt_digests=tuple(dict.fromkeys(step.prompt_digest for step in steps if step.prompt_digest)),
            failures=tuple(step.failure for step in steps if step.failure),
            calls=agent_calls(request),
            prompt_tokens=request.prompt_tokens,
            completion_tokens=request.completion_tokens,
            seconds=request.seconds,
            upstream_seconds=request.upstream_seconds,
            timings_ms=timings,
            pending_facts=max((step.pending.facts for step in steps), default=0),
        )


class DecisionCounts(Collector):
    """The counts of the writer's work, for Prometheus."""

    def __init__(self, writer: DecisionWriter) -> None:
        self._writer = writer

    def collect(self) -> Iterator[Metric]:
        """The counts."""
        yield CounterMetricFamily("expunge_decisions_written", "Decisions in the audit log.", self._writer.written)
        yield CounterMetricFamily("expunge_decisions_lost", "Decisions that were never written.", self._writer.lost)
        yield GaugeMetricFamily("expunge_decisions_waiting", "Decisions to be written.", self._writer.waiting)
