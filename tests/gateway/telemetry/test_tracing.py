"""Spans by the names of the GenAI conventions."""

from __future__ import annotations

import json

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.semconv._incubating.attributes import gen_ai_attributes
from opentelemetry.trace import SpanKind
from starlette.types import Message, Receive, Scope, Send

from expunge.gateway.telemetry.tracing import Spans, TraceContext
from tests.gateway.observed import DECIDED, FAILED, KNOWN_MODEL, SECRET

TRACE = "0af7651916cd43dd8448eb211c80319c"


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def spans(exporter: InMemorySpanExporter) -> Spans:
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return Spans("served", provider, clock=lambda: 10_000_000_000)


def test_an_answer_is_a_span_with_its_steps_below(spans: Spans, exporter: InMemorySpanExporter) -> None:
    spans.decided(KNOWN_MODEL)
    *children, request = exporter.get_finished_spans()
    assert [child.name for child in children] == ["vanilla", "screen", "screen", "audit", "erase"]
    assert {child.parent.span_id for child in children if child.parent} == {request.context.span_id}
    assert (request.name, request.kind) == ("chat", SpanKind.SERVER)
    assert (request.start_time, request.end_time) == (9_500_000_000, 10_000_000_000)
    assert children[4].start_time == 9_500_000_000 + 300_000_000 + 22_000_000
    assert request.attributes
    assert request.attributes["gen_ai.request.model"] == "served"
    assert request.attributes["gen_ai.usage.output_tokens"] == 50
    assert request.attributes["expunge.decision"] == "refused"
    assert children[4].attributes
    assert children[4].attributes["error.type"] == "AgentError"
    ours = {name for span in (*children, request) for name in span.attributes or () if name.startswith("gen_ai.")}
    assert ours <= {value for value in vars(gen_ai_attributes).values() if isinstance(value, str)}


def test_no_text_is_in_a_span(spans: Spans, exporter: InMemorySpanExporter) -> None:
    spans.decided(DECIDED)
    spans.failed(FAILED)
    assert SECRET not in json.dumps([span.to_json() for span in exporter.get_finished_spans()])


def test_a_failure(spans: Spans, exporter: InMemorySpanExporter) -> None:
    spans.failed(FAILED)
    (span,) = exporter.get_finished_spans()
    assert not span.status.is_ok
    assert span.attributes
    assert span.attributes["error.type"] == "ModelUnreachable"


async def test_a_request_joins_the_trace_that_it_names(spans: Spans, exporter: InMemorySpanExporter) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        spans.decided(DECIDED)

    async def receive() -> Message:
        return {}

    async def send(message: Message) -> None:
        pass

    headers = [(b"traceparent", f"00-{TRACE}-b7ad6b7169203331-01".encode())]
    await TraceContext(app)({"type": "http", "headers": headers}, receive, send)
    assert {span.context.trace_id for span in exporter.get_finished_spans()} == {int(TRACE, 16)}
    assert not trace.get_current_span().get_span_context().is_valid
    exporter.clear()
    await TraceContext(app)({"type": "http", "headers": []}, receive, send)
    assert exporter.get_finished_spans()[-1].parent is None


def test_without_an_sdk_nothing_happens() -> None:
    Spans(None).decided(DECIDED)
    Spans(None).failed(FAILED)
