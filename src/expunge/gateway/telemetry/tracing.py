"""The ties between an answer and its request: its id, which every answer carries, and OpenTelemetry's spans.

There is a span for each answer, with its steps below, by the names of the GenAI conventions and no text. Only the API
is used: without an SDK configured by whoever runs the process, nothing is recorded and little is spent.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable
from typing import Any

from opentelemetry import context, propagate, trace
from opentelemetry.trace import SpanKind, Status, StatusCode, TracerProvider
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from expunge.gateway.telemetry.observer import Decided, Failed, agent_calls, decision_of, endpoint_of, model_of
from expunge.types import Step
from expunge.version import __version__

_OPERATIONS = {"chat/completions": "chat", "responses": "chat", "messages": "chat", "completions": "text_completion"}
_ANTHROPIC = "/v1/messages"
_NANO = 1_000_000_000
_WELL_FORMED = re.compile(rb"[A-Za-z0-9._:-]{1,128}")
_KEY = "expunge.request_id"


class Spans:
    """Makes spans of what it observes, in the trace that the request came with."""

    def __init__(
        self,
        configured_model: str | None,
        provider: TracerProvider | None = None,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        self._tracer = trace.get_tracer("expunge", __version__, provider)
        self._configured = configured_model
        self._clock = clock

    def decided(self, request: Decided) -> None:
        """A span of the request, one of Vanilla, and one of each step of each choice."""
        end = self._clock()
        began = end - int(request.seconds * _NANO)
        operation = _OPERATIONS.get(request.endpoint, endpoint_of(request.endpoint))
        span = self._tracer.start_span(operation, kind=SpanKind.SERVER, start_time=began)
        if span.is_recording():
            span.set_attributes(self._attributes(request, operation))
            inside = trace.set_span_in_context(span)
            drafted = began + int(request.upstream_seconds * _NANO)
            if request.upstream_seconds:
                model = model_of(request.model, self._configured)
                vanilla = self._tracer.start_span("vanilla", inside, SpanKind.CLIENT, {"gen_ai.request.model": model},
                                                  start_time=began)  # fmt: skip
                vanilla.end(drafted)
            for number, outcome in enumerate(request.outcomes):
                at = drafted
                for step in outcome.trace.steps:
                    until = at + int(step.ms * _NANO / 1000)
                    child = self._tracer.start_span(step.name, inside, SpanKind.INTERNAL,
                                                    _of_step(step, number), start_time=at)  # fmt: skip
                    child.end(until)
                    at = until
        span.end(end)

    def failed(self, request: Failed) -> None:
        """A span that ended in an error."""
        end = self._clock()
        operation = _OPERATIONS.get(request.endpoint, endpoint_of(request.endpoint))
        attributes: dict[str, Any] = {
            "gen_ai.operation.name": operation,
            "error.type": request.kind,
            "http.response.status_code": request.status,
            "expunge.request_id": request.request_id,
        }
        began = end - int(request.seconds * _NANO)
        span = self._tracer.start_span(operation, None, SpanKind.SERVER, attributes, start_time=began)
        if request.status >= 500:
            span.set_status(Status(StatusCode.ERROR))
        span.end(end)

    def _attributes(self, request: Decided, operation: str) -> dict[str, Any]:
        return {
            "gen_ai.operation.name": operation,
            "gen_ai.provider.name": "expunge",
            "gen_ai.request.model": model_of(request.model, self._configured),
            "gen_ai.request.choice.count": len(request.outcomes),
            "gen_ai.usage.input_tokens": request.prompt_tokens,
            "gen_ai.usage.output_tokens": request.completion_tokens,
            "http.response.status_code": 200,
            "expunge.request_id": request.request_id,
            "expunge.tenant": request.principal.tenant,
            "expunge.decision": decision_of(request).value,
            "expunge.revision": request.revision,
            "expunge.agent_calls": agent_calls(request),
            "expunge.streamed": request.streamed,
        }


class TraceContext:
    """Puts each request into the trace that its `traceparent` header names. Buffers nothing."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request within its trace."""
        headers = dict(scope.get("headers", ())) if scope["type"] == "http" else {}
        if b"traceparent" not in headers:
            await self._app(scope, receive, send)
            return
        carrier = {name: headers[name.encode()].decode("latin-1") for name in ("traceparent", "tracestate")
                   if name.encode() in headers}  # fmt: skip
        token = context.attach(propagate.extract(carrier))
        try:
            await self._app(scope, receive, send)
        finally:
            context.detach(token)


def _of_step(step: Step, choice: int) -> dict[str, Any]:
    attributes: dict[str, Any] = {"expunge.choice": choice, "expunge.by": step.by, "expunge.calls": step.calls}
    if step.evidence:
        attributes["expunge.evidence"] = sorted({evidence.kind.value for evidence in step.evidence})
    if step.prompt_tokens:
        attributes["gen_ai.usage.input_tokens"] = step.prompt_tokens
    if step.failure:
        attributes["error.type"] = step.failure
    return attributes


class RequestIds:
    """Wraps an app. It looks at messages as they pass, and keeps none."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request under its id."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        id_ = request_id_of(scope).encode("ascii")
        # Anthropic's clients look for it under the name that their API has for it.
        names = (b"x-request-id", b"request-id") if scope["path"].startswith(_ANTHROPIC) else (b"x-request-id",)
        headers = [(name, id_) for name in names]

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *headers]
            await send(message)

        await self._app(scope, receive, sending)


def request_id_of(scope: Scope) -> str:
    """The id of a request."""
    if _KEY not in scope:
        own = (value for name, value in scope["headers"] if name == b"x-request-id" and _WELL_FORMED.fullmatch(value))
        given = next(own, None)
        scope[_KEY] = given.decode("ascii") if given is not None else f"req_{secrets.token_hex(16)}"
    return str(scope[_KEY])
