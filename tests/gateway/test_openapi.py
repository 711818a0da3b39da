"""Generated calls of all that the OpenAPI document describes: none fails inside, each gets what was promised."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from expunge.gateway.factory import build
from tests.gateway.conftest import settings_of

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


QUICK = settings(max_examples=15, deadline=None, database=None, derandomize=True, suppress_health_check=[*HealthCheck])


@pytest.mark.slow
def test_generated_calls(tmp_path: Path) -> None:
    app = build(settings_of(tmp_path))
    schema = schemathesis.openapi.from_asgi("/api/openapi.json", app)
    called: set[str] = set()
    for result in schema.get_all_operations():
        assert isinstance(result, Ok)
        operation = result.ok()

        @QUICK
        @given(case=operation.as_strategy() | operation.as_strategy(generation_mode=GenerationMode.NEGATIVE))
        def calls(case: Any) -> None:
            case.validate_response(case.call(), checks=CHECKS)

        calls()
        called.add(operation.path)
    assert "/api/targets" in called
