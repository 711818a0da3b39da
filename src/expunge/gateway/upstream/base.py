"""The seam to the model behind the gateway, as raw HTTP, so that what nobody has to change passes byte for byte.

Which headers pass between a client and the model is told here, too.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol

_HOP_BY_HOP = frozenset(
    b"connection keep-alive proxy-authenticate proxy-authorization proxy-connection te trailer trailers "
    b"transfer-encoding upgrade".split()
)
_OURS = frozenset(
    b"host content-length content-encoding content-type accept accept-encoding expect cookie x-request-id "
    b"authorization api-key x-api-key x-expunge-key forwarded x-real-ip".split()
)
_NUMBER = re.compile(r"\d{1,12}(?:\.\d{1,3})?")
_TO_CLIENT = {
    "openai-version": re.compile(r"\d{4}-\d{2}-\d{2}"),
    "x-ratelimit-limit-requests": _NUMBER,
    "x-ratelimit-limit-tokens": _NUMBER,
}
_WITH_ERRORS = {
    "retry-after": re.compile(r"\d{1,6}(?:\.\d{1,3})?"),
    "retry-after-ms": re.compile(r"\d{1,9}(?:\.\d{1,3})?"),
    "x-should-retry": re.compile(r"true|false"),
}
"""Headers by the only form in which they pass: no name can stand in it."""


@dataclass(frozen=True, slots=True)
class UpstreamRequest:
    """One request to the upstream; `path` is the route below its base URL."""

    path: str
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


class UpstreamResponse(Protocol):
    """The upstream's answer, of which the head has come."""

    @property
    def status(self) -> int:
        """The HTTP status."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers, by names in lower case."""
        ...

    def pieces(self) -> AsyncIterator[bytes]:
        """The body, decompressed, as it comes.

        Raises:
            ModelUnreachable: if the connection breaks; UpstreamSlow if nothing comes in time.
            ModelReplyError: if the body is too long, or cannot be decompressed.
        """
        ...


class Upstream(Protocol):
    """Whoever answers: an endpoint, or a model in this process."""

    def open(self, call: UpstreamRequest) -> AbstractAsyncContextManager[UpstreamResponse]:
        """Send a request; leaving the block before the answer has ended breaks it off.

        Raises:
            ModelUnreachable: if it cannot be reached; UpstreamSlow if it does not answer in time.
        """
        ...

    async def aclose(self) -> None:
        """Close all connections."""
        ...


async def read_all(received: UpstreamResponse) -> bytes:
    """The whole body."""
    pieces = [piece async for piece in received.pieces()]
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def to_upstream(headers: Iterable[tuple[bytes, bytes]], *, keys: Collection[bytes] = ()) -> dict[str, str]:
    """The headers of a client's request that the upstream gets: all but those that are about the connection, about the
    body's form, or ours. `keys` are the headers with keys that pass, where these are the upstream's."""
    passed = {"content-type": "application/json"}
    named = {b.strip().lower() for name, value in headers if name == b"connection" for b in value.split(b",")}
    for name, value in headers:
        if name in _HOP_BY_HOP or name in named or name.startswith(b"x-forwarded-"):
            continue
        if name in _OURS and name not in keys:
            continue
        passed[name.decode("latin-1")] = value.decode("latin-1")
    return passed


def to_client(headers: Mapping[str, str], status: int = 200) -> dict[str, str]:
    """The headers of the upstream's answer that a client gets, whatever was decided: its version and its limits, and
    with an error when to try again.

    Others are left out. Some may tell of a draft: its length, its digest, how long it took, and what is left of a limit
    after it and after the agents' calls. Some give back what the request said, and would have to be looked through for
    targets, which tells who is one.
    """
    known = _TO_CLIENT | _WITH_ERRORS if status >= 400 else _TO_CLIENT
    return {name: headers[name] for name, form in known.items() if form.fullmatch(headers.get(name, ""))}
