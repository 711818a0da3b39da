"""Prometheus metrics. No label holds a text of a caller, a model or a target."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from expunge.gateway.telemetry.observer import Decided, Failed, agent_tokens, decision_of, endpoint_of, steps_of
from expunge.registry.store import Registry

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)
_Labelled = TypeVar("_Labelled", Counter, Histogram)
_AGENTS = ("audit", "erase", "critic", "composer", "mirror")


class Metrics:
    """Counts what it observes, of all tenants and of each.

    Each has registries of its own, so that two gateways in a process do not mix.
    """

    def __init__(self, registry: Registry | None = None) -> None:
        self._all = _Counts()
        ProcessCollector(registry=self._all.collectors)
        if registry is not None:
            self._all.collectors.register(_OfRegistry(registry))
        self._tenants: dict[str, _Counts] = {}

    def register(self, collector: Collector) -> None:
        """Show what another part counts, too, to who may see the numbers of all tenants."""
        self._all.collectors.register(collector)

    def decided(self, request: Decided) -> None:
        """Count an answer."""
        self._all.decided(request)
        self._of(request.principal.tenant).decided(request)

    def failed(self, request: Failed) -> None:
        """Count an error; one of somebody unknown is no tenant's."""
        self._all.failed(request)
        if request.principal is not None:
            self._of(request.principal.tenant).failed(request)

    def page(self) -> bytes:
        """The numbers of all tenants and of the process, as Prometheus reads them."""
        return generate_latest(self._all.collectors)

    def page_of(self, registry: Registry) -> bytes:
        """The numbers of the tenant that a registry is of: nothing in it moves with what others do."""
        own = CollectorRegistry()
        own.register(_OfRegistry(registry))
        return generate_latest(self._of(registry.tenant).collectors) + generate_latest(own)

    def _of(self, tenant: str) -> _Counts:
        counts = self._tenants.get(tenant)
        if counts is None:
            counts = self._tenants.setdefault(tenant, _Counts())
        return counts


class _Counts:
    """One set of counters."""

    def __init__(self) -> None:
        self.collectors = CollectorRegistry()
        self._known: dict[Any, Any] = {}
        self._requests = Counter(
            "expunge_requests",
            "Requests by endpoint, HTTP status and what became of the answer.",
            ("endpoint", "status", "decision"),
            registry=self.collectors,
        )
        self._seconds = self._histogram("expunge_request_seconds", "Seconds of whole requests.")
        self._added = self._histogram("expunge_added_seconds", "Seconds of requests beyond the upstream's.")
        self._calls = Counter(
            "expunge_agent_calls",
            "Calls to chat models by agent.",
            ("agent",),
            registry=self.collectors,
        )
        self._tokens = Counter(
            "expunge_tokens",
            "Tokens by whose they are: the upstream's prompts and completions, the agents' prompts.",
            ("kind",),
            registry=self.collectors,
        )

    def decided(self, request: Decided) -> None:
        endpoint, decision = endpoint_of(request.endpoint), decision_of(request).value
        self._of(self._requests, endpoint, "200", decision).inc()
        self._of(self._seconds, endpoint).observe(request.seconds)
        self._of(self._added, endpoint).observe(max(0.0, request.seconds - request.upstream_seconds))
        for step in steps_of(request):
            if step.calls and step.name in _AGENTS:
                self._of(self._calls, step.name).inc(step.calls)
        self._of(self._tokens, "prompt").inc(request.prompt_tokens)
        self._of(self._tokens, "completion").inc(request.completion_tokens)
        self._of(self._tokens, "agents").inc(agent_tokens(request))

    def failed(self, request: Failed) -> None:
        endpoint = endpoint_of(request.endpoint)
        self._of(self._requests, endpoint, str(request.status), "none").inc()
        self._of(self._seconds, endpoint).observe(request.seconds)

    def _of(self, metric: _Labelled, *labels: str) -> _Labelled:
        """The metric under some labels, of which there are few; asking the library takes longer than counting."""
        found: _Labelled | None = self._known.get((metric, labels))
        if found is None:
            found = self._known[metric, labels] = metric.labels(*labels)
        return found

    def _histogram(self, name: str, help_: str) -> Histogram:
        return Histogram(name, help_, ("endpoint",), buckets=_SECONDS, registry=self.collectors)


class _OfRegistry(Collector):
    """The registry's figures at the moment of asking."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def collect(self) -> Iterator[Metric]:
        """The gauges."""
        freshness = self._registry.freshness()
        yield GaugeMetricFamily("expunge_registry_revision", "Revision in force.", freshness.revision)
        yield GaugeMetricFamily("expunge_registry_age_seconds", "Since the database was last seen.", freshness.age)
        yield GaugeMetricFamily("expunge_targets", "Targets in force.", len(self._registry.snapshot()))
