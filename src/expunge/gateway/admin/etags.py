"""ETags of targets: what was read can be changed only if it is still that."""

from __future__ import annotations

from fastapi import Request

from expunge.errors import TargetChanged
from expunge.types import Target


def etag(target: Target) -> str:
    """Another one after each change, and after the target has run out."""
    return f'"{target.revision}-{target.status.value}"'


def unchanged(request: Request, target: Target) -> bool:
    """Whether the caller has this version of the target already (`If-None-Match`)."""
    return _names(request.headers.get("if-none-match"), target, weakly=True)


def expected(request: Request, target: Target) -> int | None:
    """The revision that the caller wants to change (`If-Match`); None where nothing is said of it.

    Raises:
        TargetChanged: if it is not this one.
    """
    wanted = request.headers.get("if-match")
    if wanted is None or wanted.strip() == "*":
        return None
    if not _names(wanted, target, weakly=False):
        raise TargetChanged("The target was changed since it was read; read it again, and decide anew.")
    return target.revision


def _names(header: str | None, target: Target, *, weakly: bool) -> bool:
    tags = [tag.strip() for tag in (header or "").split(",")]
    if weakly:
        tags = [tag.removeprefix("W/") for tag in tags]
    return "*" in tags or etag(target) in tags
