"""Errors in OpenAI's shape."""

from __future__ import annotations

import json

import pytest

from expunge.errors import (
    ContextTooLong,
    DuplicateTarget,
    ExpungeError,
    ImportFailed,
    InvalidTarget,
    MissingError,
    ModelRefused,
    ModelReplyError,
    ModelUnreachable,
    RegistryLocked,
    UnknownTarget,
    UnknownTenant,
    WeightsInvalid,
)
from expunge.gateway.errors import Denied, InvalidBody, UnknownMedia, UpstreamSlow
from expunge.gateway.http_errors import problem_for


@pytest.mark.parametrize(
    ("error", "status", "kind", "code", "headers"),
    [
        (Denied("No key.", status=401, kind="x", code="y"), 401, "x", "y", {"www-authenticate": "Bearer"}),
        (Denied("Slow.", status=429, kind="x", retry_after=1.2), 429, "x", None, {"retry-after": "2"}),
        (InvalidBody("Wrong.", "n"), 400, "invalid_request_error", None, {}),
        (UnknownMedia("What?"), 415, "invalid_request_error", "unknown_media_type", {}),
        (DuplicateTarget("Twice.", "t_1"), 409, "invalid_request_error", "duplicate_target", {}),
        (UnknownTarget("None."), 404, "invalid_request_error", "unknown_target", {}),
        (UnknownTenant("None."), 404, "invalid_request_error", None, {}),
        (InvalidTarget("Empty."), 422, "invalid_request_error", "invalid_target", {}),
        (ImportFailed("Line 2."), 422, "invalid_request_error", "invalid_target", {}),
        (RegistryLocked("Busy."), 503, "server_error", "registry_unavailable", {"retry-after": "1"}),
        (InvalidBody("Big.", status=413, code="too_large"), 413, "invalid_request_error", "too_large", {}),
        (UpstreamSlow("Late."), 504, "server_error", "upstream_timeout", {}),
        (ContextTooLong("Long."), 400, "invalid_request_error", "context_length_exceeded", {}),
        (ModelReplyError("Odd."), 502, "server_error", "upstream_invalid", {}),
        (ModelRefused("No.", 500), 502, "server_error", "upstream_unavailable", {}),
        (ModelUnreachable("Gone."), 502, "server_error", "upstream_unavailable", {}),
        (WeightsInvalid("Broken."), 503, "server_error", "model_unavailable", {"retry-after": "1"}),
        (MissingError("Absent."), 503, "server_error", "model_unavailable", {"retry-after": "1"}),
        (ExpungeError("Odd."), 500, "server_error", None, {}),
    ],
)
def test_each_error_has_a_status_and_all_four_keys(
    error: ExpungeError, status: int, kind: str, code: str | None, headers: dict[str, str]
) -> None:
    response = problem_for(error).response()
    body = json.loads(bytes(response.body))["error"]
    assert response.status_code == status
    param = error.param if isinstance(error, InvalidBody) else None
    assert body == {"message": str(error), "type": kind, "param": param, "code": code}
    assert headers.items() <= dict(response.headers).items()
