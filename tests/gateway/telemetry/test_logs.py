"""Lines for people and programs."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest

from expunge.gateway.telemetry.logs import RequestLog, configure
from tests.gateway.observed import DECIDED, FAILED, SECRET, STRAY

NAMES = ("expunge", "uvicorn", "uvicorn.access")


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    before = [(logger.handlers, logger.level, logger.propagate) for logger in map(logging.getLogger, NAMES)]
    yield
    for name, (handlers, level, propagate) in zip(NAMES, before, strict=True):
        logger = logging.getLogger(name)
        logger.handlers, logger.level, logger.propagate = handlers, level, propagate


def test_a_line_a_request() -> None:
    out = io.StringIO()
    configure("json", out)
    log = RequestLog()
    log.decided(DECIDED)
    log.failed(FAILED)
    log.failed(STRAY)
    decided, failed, stray = map(json.loads, out.getvalue().splitlines())
    assert decided.pop("at").endswith("+00:00")
    assert decided == {
        "level": "info", "logger": "expunge.gateway", "event": "request", "request_id": "req_1", "tenant": "acme",
        "key": "k1", "endpoint": "chat/completions", "status": 200, "decision": "refused", "choices": 2,
        "streamed": True, "revision": 7, "seconds": 0.5, "upstream_seconds": 0.3, "prompt_tokens": 40,
        "completion_tokens": 50, "agent_calls": 3, "agent_tokens": 42,
    }  # fmt: skip
    assert (failed["level"], failed["status"], failed["error"]) == ("warning", 502, "ModelUnreachable")
    assert (stray["level"], stray["endpoint"], stray["tenant"]) == ("info", "other", "")
    assert SECRET not in out.getvalue()


def test_problems_only() -> None:
    out = io.StringIO()
    configure("json", out, requests=False)
    log = RequestLog()
    log.decided(DECIDED)
    log.failed(STRAY)
    log.failed(FAILED)
    assert [json.loads(line)["status"] for line in out.getvalue().splitlines()] == [502]


def test_lines_for_people() -> None:
    out = io.StringIO()
    configure("text", out)
    RequestLog().decided(DECIDED)
    assert " info    request logger=expunge.gateway request_id=req_1 tenant=acme" in out.getvalue()


@pytest.mark.parametrize("form", ["json", "text"])
def test_of_an_error_only_its_kind_and_place_are_told(form: str) -> None:
    out = io.StringIO()
    configure("json" if form == "json" else "text", out)
    try:
        raise ValueError(SECRET)
    except ValueError:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application\n")
    assert "ValueError" in out.getvalue()
    assert "test_logs.py" in out.getvalue()
    assert SECRET not in out.getvalue()
    assert out.getvalue().count("\n") == 1


def test_addresses_of_requests_are_not_logged() -> None:
    out = io.StringIO()
    configure("text", out)
    logging.getLogger("uvicorn.access").info('"%s"', "/v1/models?name=Orla")
    logging.getLogger("uvicorn.error").info("Started server process [%d]", 5)
    assert "Orla" not in out.getvalue()
    assert "Started server process [5]" in out.getvalue()
