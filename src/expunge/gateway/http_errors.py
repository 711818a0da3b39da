"""Errors in the forms of the two protocols.

OpenAI's endpoints send `{"error": {"message", "type", "param", "code"}}` with all four keys, Anthropic's
`{"type": "error", "error": {"type", "message"}, "request_id"}`.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.responses import Response

from expunge.errors import (
    ContextTooLong,
    DuplicateTarget,
    ExpungeError,
    ImportFailed,
    InvalidTarget,
    MissingError,
    ModelError,
    ModelRefused,
    ModelReplyError,
    ModelUnreachable,
    RegistryError,
    TargetChanged,
    UnknownKey,
    UnknownTarget,
    UnknownTenant,
)
from expunge.gateway.errors import Denied, InvalidBody, UnknownMedia, UpstreamSlow
from expunge.gateway.sse import Event

_ADDRESS = re.compile(r"(?<=[Tt]he model endpoint) at \S+?(?=[\s;,]|[.:](?:\s|$)|$)")
RETRY_SECONDS = 1
"""When to try again what failed for a passing reason."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One error for a client: a status, a sentence, and words for programs."""

    status: int
    message: str
    kind: str = "invalid_request_error"
    code: str | None = None
    param: str | None = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def body(self) -> dict[str, dict[str, str | None]]:
        """The JSON to send."""
        return {"error": {"message": self.message, "type": self.kind, "param": self.param, "code": self.code}}

    def response(self) -> Response:
        """The whole answer."""
        content = json.dumps(self.body, ensure_ascii=False).encode()
        return Response(content, self.status, self.headers, "application/json")


ErrorForm = Callable[[Problem, str], Event]
"""Writes an error as an event; its data is the body of one that is no stream. The text is the request's id."""
_ANTHROPIC_KINDS = {
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}


def openai_error(problem: Problem, request_id: str) -> Event:
    """The error in OpenAI's form, which has no place for the id."""
    return Event(json.dumps(problem.body, ensure_ascii=False))


def anthropic_error(problem: Problem, request_id: str) -> Event:
    """The error in Anthropic's form; the status alone gives its type."""
    kind = _ANTHROPIC_KINDS.get(problem.status, "api_error" if problem.status >= 500 else "invalid_request_error")
    error = {"type": kind, "message": problem.message}
    body = {"type": "error", "error": error, "request_id": request_id or None}
    return Event(json.dumps(body, ensure_ascii=False), "error")


class HttpError(ExpungeError):
    """An error that is told as somebody else worded it."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def without_address(message: str) -> str:
    """The sentence of a model's error without the address of its endpoint, which does not concern callers."""
    return _ADDRESS.sub("", message)


def problem_for(error: ExpungeError) -> Problem:
    """Return what a client is told about an error. No error of expunge quotes anybody's text."""
    if isinstance(error, HttpError):
        return error.problem
    if isinstance(error, Denied):
        return _denied(error)
    message = without_address(str(error)) if isinstance(error, ModelError) else str(error)
    if isinstance(error, InvalidBody):
        return Problem(error.status, message, code=error.code, param=error.param)
    for known in _STATUSES:
        if isinstance(error, known.types):
            return known.problem(message)
    return Problem(500, message, "server_error")


@dataclass(frozen=True, slots=True)
class _Status:
    """The answer to errors of some types."""

    types: tuple[type[ExpungeError], ...]
    status: int
    code: str | None = None

    def problem(self, message: str) -> Problem:
        kind = "invalid_request_error" if self.status < 500 else "server_error"
        headers = {"retry-after": str(RETRY_SECONDS)} if self.status == 503 else {}
        return Problem(self.status, message, kind, self.code, headers=headers)


_STATUSES = (
    _Status((UnknownMedia,), 415, code="unknown_media_type"),
    _Status((DuplicateTarget,), 409, code="duplicate_target"),
    _Status((UnknownTarget,), 404, code="unknown_target"),
    _Status((TargetChanged,), 412, code="changed"),
    _Status((UnknownKey, UnknownTenant), 404),
    _Status((InvalidTarget, ImportFailed), 422, code="invalid_target"),
    _Status((RegistryError,), 503, code="registry_unavailable"),
    _Status((UpstreamSlow,), 504, code="upstream_timeout"),
    _Status((ContextTooLong,), 400, code="context_length_exceeded"),
    _Status((ModelReplyError,), 502, code="upstream_invalid"),
    _Status((ModelUnreachable, ModelRefused), 502, code="upstream_unavailable"),
    _Status((ModelError, MissingError), 503, code="model_unavailable"),
)
"""The status and code of each error. The first match counts, so an error stands before those that it derives from."""


def _denied(error: Denied) -> Problem:
    headers: dict[str, str] = {}
    if error.retry_after is not None:
        headers["retry-after"] = str(max(1, math.ceil(error.retry_after)))
    if error.status == 401:
        headers["www-authenticate"] = "Bearer"
    return Problem(error.status, str(error), error.kind, error.code, headers=headers)
