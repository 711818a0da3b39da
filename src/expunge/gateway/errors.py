"""What the gateway refuses to take, and how its upstream fails."""

from __future__ import annotations

from expunge.errors import ModelUnreachable, UsageError


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
