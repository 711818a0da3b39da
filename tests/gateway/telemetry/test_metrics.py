"""What Prometheus sees."""

from __future__ import annotations

import re

from prometheus_client.parser import text_string_to_metric_families

from expunge.gateway.telemetry.metrics import Metrics
from expunge.registry.store import Registry
from expunge.types import Target
from tests.gateway.observed import DECIDED, FAILED, SECRET, STRAY


def samples(metrics: Metrics) -> dict[str, float]:
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(metrics.page().decode()):
        for sample in family.samples:
            labels = ",".join(f"{key}={value}" for key, value in sorted(sample.labels.items()))
            found[f"{sample.name}{{{labels}}}"] = sample.value
    return found


def test_requests_calls_and_tokens_are_counted_without_a_text() -> None:
    metrics = Metrics()
    metrics.decided(DECIDED)
    metrics.decided(DECIDED)
    metrics.failed(FAILED)
    metrics.failed(STRAY)
    seen = samples(metrics)
    assert seen["expunge_requests_total{decision=refused,endpoint=chat/completions,status=200}"] == 2
    assert seen["expunge_requests_total{decision=none,endpoint=chat/completions,status=502}"] == 1
    assert seen["expunge_requests_total{decision=none,endpoint=other,status=404}"] == 1
    assert seen["expunge_agent_calls_total{agent=erase}"] == 4
    assert seen["expunge_tokens_total{kind=agents}"] == 84
    assert seen["expunge_tokens_total{kind=completion}"] == 100
    assert seen["expunge_request_seconds_count{endpoint=chat/completions}"] == 3
    assert round(seen["expunge_added_seconds_sum{endpoint=chat/completions}"], 6) == 0.4
    assert SECRET not in metrics.page().decode()


def test_the_registry_is_told_of_in_numbers() -> None:
    with Registry.open("sqlite:///:memory:") as registry:
        registry.watch()
        registry.add(Target(SECRET))
        metrics = Metrics(registry)
        seen = samples(metrics)
        assert seen["expunge_registry_revision{}"] == 1
        assert seen["expunge_targets{}"] == 1
        assert 0 <= seen["expunge_registry_age_seconds{}"] < 5
        assert not re.search("Orla", metrics.page().decode())


def test_two_gateways_do_not_mix() -> None:
    first, second = Metrics(), Metrics()
    first.decided(DECIDED)
    assert "expunge_agent_calls_total{agent=erase}" not in samples(second)
