"""Logs: a line a request, and errors, as JSON or for people. Ids, kinds and numbers; no text of anybody."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, TextIO

from expunge.gateway.telemetry.observer import Decided, Failed, agent_calls, agent_tokens, decision_of, endpoint_of

LogFormat = Literal["json", "text"]
_LOG = logging.getLogger("expunge.gateway")


def configure(form: LogFormat, stream: TextIO | None = None, *, requests: bool = True) -> None:
    """Send the logs of expunge and of the server to a stream (default: standard error), and to nowhere else.

    Without `requests` only problems are logged.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(Lines(form))
    for name in ("expunge", "uvicorn"):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.setLevel(logging.INFO if requests else logging.WARNING)
        logger.propagate = False
    errors = logging.getLogger("uvicorn.error")
    errors.handlers, errors.propagate, errors.disabled = [], True, False
    errors.setLevel(logging.NOTSET)
    # Uvicorn's own lines of requests hold paths and query strings, which are the caller's text.
    access = logging.getLogger("uvicorn.access")
    access.handlers, access.propagate = [], False


class Lines(logging.Formatter):
    """One line a record. Of an exception only its kind and place are told, since its message may hold anything."""

    def __init__(self, form: LogFormat) -> None:
        super().__init__()
        self._form = form

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        fields: dict[str, Any] = {"at": at, "level": record.levelname.lower(), "logger": record.name}
        # Lines of ours have fixed words and fields of their own; others' have their arguments put in.
        fields["event"] = record.msg if isinstance(record.msg, str) and not record.args else record.getMessage()
        if record.exc_info and record.exc_info[0] is not None:
            fields["event"] = fields["event"].splitlines()[0]
            fields |= {"error": record.exc_info[0].__name__, "where": _where(record.exc_info[2])}
        fields |= getattr(record, "fields", {})
        if self._form == "json":
            return json.dumps(fields, ensure_ascii=True, default=str)
        rest = " ".join(f"{key}={value}" for key, value in fields.items() if key not in ("at", "level", "event"))
        return f"{at} {fields['level']:<7} {fields['event']} {rest}"


class RequestLog:
    """Writes a line for each request that it observes."""

    def decided(self, request: Decided) -> None:
        """An answer was given."""
        if not _LOG.isEnabledFor(logging.INFO):
            return
        _LOG.info(
            "request",
            extra={
                "fields": {
                    "request_id": request.request_id,
                    "tenant": request.principal.tenant,
                    "key": request.principal.key_id,
                    "endpoint": endpoint_of(request.endpoint),
                    "status": 200,
                    "decision": decision_of(request).value,
                    "choices": len(request.outcomes),
                    "streamed": request.streamed,
                    "revision": request.revision,
                    "seconds": round(request.seconds, 4),
                    "upstream_seconds": round(request.upstream_seconds, 4),
                    "prompt_tokens": request.prompt_tokens,
                    "completion_tokens": request.completion_tokens,
                    "agent_calls": agent_calls(request),
                    "agent_tokens": agent_tokens(request),
                }
            },
        )

    def failed(self, request: Failed) -> None:
        """None was: ours is a warning, the caller's a plain line."""
        _LOG.log(
            logging.WARNING if request.status >= 500 else logging.INFO,
            "request",
            extra={
                "fields": {
                    "request_id": request.request_id,
                    "tenant": request.principal.tenant if request.principal is not None else "",
                    "key": request.principal.key_id if request.principal is not None else "",
                    "endpoint": endpoint_of(request.endpoint),
                    "status": request.status,
                    "error": request.kind,
                    "seconds": round(request.seconds, 4),
                }
            },
        )


def _where(trace: TracebackType | None) -> list[str]:
    frames: list[str] = []
    while trace is not None:
        code = trace.tb_frame.f_code
        frames.append(f"{Path(code.co_filename).name}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return frames[-20:]
