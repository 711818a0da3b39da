"""The check in the place of a key where `auth = "none"`: only programs of this machine are served, and of a browser
only pages of the gateway itself.

A page of somebody else's can make a browser on this machine send requests here: by a name that it lets resolve to
127.0.0.1 (the `Host` is that name then), or by a form or a plain `fetch` (the `Origin` is its own then, and the body is
of one of the three types that need no leave). None of them may read or lift a target.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

from expunge.gateway.http_errors import Problem
from expunge.settings import ServerSettings

_SAFE = ("GET", "HEAD", "OPTIONS")
_NOT_JSON_AT = "/api/targets/import"
"""The one route that takes other types, too; it knows which. Those that a page may send without leave it does not."""
_SIMPLE = ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data")
_ASKING = "/v1/"
"""Where questions are asked; what is asked elsewhere may change something."""
_USUAL = {"http": 80, "https": 443}
_OWN = ("127.0.0.1", "localhost")
_LOOKED_AT_LIST = b"host origin referer sec-fetch-site content-type content-length transfer-encoding"
_LOOKED_AT = frozenset(_LOOKED_AT_LIST.split())


class LoopbackOnly:
    """Wraps an app that needs no key."""

    def __init__(self, app: ASGIApp, server: ServerSettings) -> None:
        self._app = app
        self._host = _plain(server.host)
        self._port = server.port

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request that this machine sent of its own accord."""
        problem = self._problem(scope) if scope["type"] == "http" else None
        if problem is not None:
            await problem.response()(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _problem(self, scope: Scope) -> Problem | None:
        heads: dict[bytes, list[str]] = {}
        for name, value in scope["headers"]:
            if name in _LOOKED_AT:
                heads.setdefault(name, []).append(value.decode("latin-1").strip())
        hosts = heads.get(b"host", ())
        reached = _split(f"http://{hosts[0]}") if len(hosts) == 1 else None
        if reached is None or not self._is_own(reached.hostname, scope):
            text = 'With auth = "none" the gateway serves this machine alone; ask it as localhost or 127.0.0.1.'
            return Problem(403, text, "permission_error", "unknown_host")
        changing = scope["method"] not in _SAFE
        origins = heads.get(b"origin") or (heads.get(b"referer") if changing else None) or ()
        # A browser says so where a page of another site has it send this, other than as a mere link.
        crossing = changing and "cross-site" in heads.get(b"sec-fetch-site", ())
        if crossing or not all(self._is_same(_split(origin), reached, scope) for origin in origins):
            text = 'With auth = "none" the gateway takes no request from a page of another site; set auth = "keys".'
            return Problem(403, text, "permission_error", "unknown_origin")
        if changing and not _is_of_a_type(heads, scope["path"]):
            text = "Send JSON, with the content type application/json."
            if scope["path"] == _NOT_JSON_AT:
                text = 'With auth = "none" targets come as text/csv, application/jsonl or application/json.'
            return Problem(415, text, code="unknown_media_type")
        return None

    def _is_own(self, host: str | None, scope: Scope) -> bool:
        """Whether a name or an address means this machine, whoever resolves it."""
        name = _plain(host or "")
        if name in _OWN or name.endswith(".localhost") or (name and name == self._host):
            return True
        try:
            return ip_address(name).is_loopback
        except ValueError:
            pass
        # What the server says that it was reached as; a name without a dot is nobody's on the net.
        server_host = scope.get("server")
        return bool(name) and "." not in name and server_host is not None and _plain(server_host[0]) == name

    def _is_same(self, origin: SplitResult | None, reached: SplitResult, scope: Scope) -> bool:
        """Whether a page comes from here: of this machine, and of the port that is asked."""
        if origin is None or origin.scheme not in _USUAL or not self._is_own(origin.hostname, scope):
            return False
        port = origin.port or _USUAL[origin.scheme]
        return port in (reached.port or _USUAL["http"], self._port)


@lru_cache(maxsize=16)
def _split(url: str) -> SplitResult | None:
    """The parts of a URL, None for what is none, or holds more before its host than a scheme."""
    try:
        found = urlsplit(url)
        _ = found.port
    except ValueError:
        return None
    return found if found.hostname and "@" not in found.netloc else None


def _plain(host: str) -> str:
    return host.strip("[]").rstrip(".").lower()


def _is_of_a_type(heads: Mapping[bytes, Sequence[str]], path: str) -> bool:
    """Whether a body, if there is one, is of a type that no page may send without leave, so that a browser would ask
    first; and of one that is read here."""
    kinds = heads.get(b"content-type", ())
    if not kinds:
        if path.startswith(_ASKING):
            return True  # it changes nothing, and programs leave the type out
        lengths = heads.get(b"content-length", ())
        return not any(heads.get(b"transfer-encoding", ())) and not any(length.strip("0") for length in lengths)
    if len(kinds) > 1:
        return False
    media = kinds[0].partition(";")[0].strip().lower()
    if path == _NOT_JSON_AT:
        return bool(kinds[0]) and media not in _SIMPLE
    return media == "application/json" or (media.startswith("application/") and media.endswith("+json"))
