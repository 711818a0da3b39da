"""Errors as OpenAI's endpoints send them: `{"error": {"message", "type", "param", "code"}}`, all four keys."""

from __future__ import annotations

import json
import math
import re
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


class HttpError(ExpungeError):
    """An error that is told as somebody else worded it."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def without_address(message: str) -> str:
    """The sentence of a model's error without the address of its endpoint, which does not concern callers."""
    return _ADDRESS.sub("", message)


def problem_for(error: ExpungeError) -> Problem:
    """What a client is told of an error. Its sentence holds nobody's text, as all of expunge's do."""
    message = without_address(str(error)) if isinstance(error, ModelError) else str(error)
    match error:
        case HttpError():
            return error.problem
        case Denied():
            return _denied(error)
        case InvalidBody():
            return Problem(error.status, message, code=error.code, param=error.param)
        case UnknownMedia():
            return Problem(415, message, code="unknown_media_type")
        case DuplicateTarget():
            return Problem(409, message, code="duplicate_target")
        case UnknownTarget():
            return Problem(404, message, code="unknown_target")
        case TargetChanged():
            return Problem(412, message, code="changed")
        case UnknownKey() | UnknownTenant():
            return Problem(404, message)
        case InvalidTarget() | ImportFailed():
            return Problem(422, message, code="invalid_target")
        case RegistryError():
            return _passing(message, "registry_unavailable")
        case UpstreamSlow():
            return Problem(504, message, "server_error", "upstream_timeout")
        case ContextTooLong():
            return Problem(400, message, code="context_length_exceeded")
        case ModelReplyError():
            return Problem(502, message, "server_error", "upstream_invalid")
        case ModelUnreachable() | ModelRefused():
            return Problem(502, message, "server_error", "upstream_unavailable")
        case ModelError() | MissingError():
            return _passing(message, "model_unavailable")
    return Problem(500, message, "server_error")


def _passing(message: str, code: str) -> Problem:
    return Problem(503, message, "server_error", code, headers={"retry-after": str(RETRY_SECONDS)})


def _denied(error: Denied) -> Problem:
    headers: dict[str, str] = {}
    if error.retry_after is not None:
        headers["retry-after"] = str(max(1, math.ceil(error.retry_after)))
    if error.status == 401:
        headers["www-authenticate"] = "Bearer"
    return Problem(error.status, str(error), error.kind, error.code, headers=headers)
