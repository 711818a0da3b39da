"""Refusals of requests, and failures of the upstream.

ExpungeError
├── Denied              a caller who is not let in
├── UsageError
│   ├── InvalidBody     a request that its endpoint does not know
│   └── UnknownMedia    a body of a media type that its route does not take
├── ModelUnreachable
│   └── UpstreamSlow    the upstream did not answer in time
└── HttpError           worded already (in `http_errors`)
ClientGone              nobody is there any more to be told
"""

from __future__ import annotations

from expunge.errors import ExpungeError, ModelUnreachable, UsageError


class Denied(ExpungeError):
    """A caller who is not let in: the status and OpenAI's words for it; `retry_after` in seconds where it will pass."""

    def __init__(
        self, message: str, *, status: int, kind: str, code: str | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.code = code
        self.retry_after = retry_after


class InvalidBody(UsageError):
    """A request that its endpoint does not know; `param` names the field, if one is wrong. `status` is a 4xx."""

    def __init__(self, message: str, param: str | None = None, *, status: int = 400, code: str | None = None) -> None:
        super().__init__(message)
        self.param = param
        self.status = status
        self.code = code


class UpstreamSlow(ModelUnreachable):
    """The upstream did not answer, or not go on, in time."""


class UnknownMedia(UsageError):
    """A body of a media type that its route does not take."""


class ClientGone(Exception):
    """The client went away."""
