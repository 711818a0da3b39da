"""What the gateway refuses to take."""

from __future__ import annotations

from expunge.errors import UsageError


class InvalidBody(UsageError):
    """A request that its endpoint does not know; `param` names the field, if one is wrong."""

    def __init__(self, message: str, param: str | None = None) -> None:
        super().__init__(message)
        self.param = param


class UnknownMedia(UsageError):
    """A body of a media type that its route does not take."""
