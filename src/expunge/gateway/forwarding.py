"""Which headers pass between a client and the upstream."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

_HOP_BY_HOP = frozenset(
    b"connection keep-alive proxy-authenticate proxy-authorization proxy-connection te trailer trailers "
    b"transfer-encoding upgrade".split()
)
_OURS = frozenset(
    b"host content-length content-encoding content-type accept accept-encoding expect cookie x-request-id "
    b"authorization api-key x-api-key x-expunge-key forwarded x-real-ip".split()
)
_TO_CLIENT = re.compile(r"openai-(?!processing)[a-z-]+|x-ratelimit-[a-z-]+|retry-after(-ms)?|x-should-retry")
_TOKEN = re.compile(r"[!-~]{0,128}")
"""What no sentence can stand in: a number, a time, a name of a model."""


def to_upstream(headers: Iterable[tuple[bytes, bytes]], *, authorization: bool) -> dict[str, str]:
    """The headers of a client's request that the upstream gets: all but those that are about the connection, about the
    body's form, or ours. `authorization` lets the header of that name pass."""
    passed = {"content-type": "application/json"}
    named = {b.strip().lower() for name, value in headers if name == b"connection" for b in value.split(b",")}
    for name, value in headers:
        if name in _HOP_BY_HOP or name in named or name.startswith(b"x-forwarded-"):
            continue
        if name in _OURS and not (authorization and name == b"authorization"):
            continue
        passed[name.decode("latin-1")] = value.decode("latin-1")
    return passed


def to_client(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers of the upstream's answer that a client gets, whatever was decided: its limits, and whose it is.

    Others are left out, since they may tell of a draft (its length, its digest, how long it took).
    """
    return {name: value for name, value in headers.items() if _TO_CLIENT.fullmatch(name) and _TOKEN.fullmatch(value)}
