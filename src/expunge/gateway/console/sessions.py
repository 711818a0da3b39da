"""The people signed in to the console: sessions in memory, which end.

A session belongs to a key and says nothing of what that may do: this is asked anew for each page. Its token is in the
browser's cookie alone; here lies its hash. Each gateway process knows its own sessions, and none after a restart.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from expunge.gateway.access.principal import Principal
from expunge.types import Target

COOKIE = "expunge_console"
IDLE_SECONDS = 30 * 60.0
"""Seconds without a request after which a session ends."""
LONGEST_SECONDS = 12 * 3600.0
"""Seconds after which a session ends in any case."""
_MOST = 1_000
_PATH = "/console"


@dataclass(slots=True)
class Session:
    """A browser that somebody signed in with.

    `csrf` must come with each form; `notice` is shown on the next page; `held` are targets that were looked at, to be
    imported next, under a name for them.
    """

    principal: Principal
    csrf: str
    began: float
    seen: float
    notice: str = ""
    held: tuple[str, tuple[Target, ...]] | None = None

    def take_notice(self) -> str:
        """Return the notice for the next page, which is this one."""
        notice, self.notice = self.notice, ""
        return notice


class Sessions:
    """The sessions of this process; of too many the one unused for longest ends."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._open: OrderedDict[bytes, Session] = OrderedDict()

    def begin(self, principal: Principal) -> tuple[str, Session]:
        """Open a session and return it with its token."""
        now = self._clock()
        token = secrets.token_urlsafe(32)
        session = Session(principal, secrets.token_urlsafe(32), now, now)
        self._drop_ended(now)
        self._open[_hash(token)] = session
        while len(self._open) > _MOST:
            self._open.popitem(last=False)
        return token, session

    def find(self, token: str) -> Session | None:
        """The open session of a token, which is used by this, or None."""
        now, key = self._clock(), _hash(token)
        session = self._open.get(key)
        if session is None:
            return None
        if _ended(session, now):
            del self._open[key]
            return None
        session.seen = now
        self._open.move_to_end(key)
        return session

    def end(self, token: str) -> None:
        """End the session of a token, if there is one."""
        self._open.pop(_hash(token), None)

    def _drop_ended(self, now: float) -> None:
        for key in [key for key, session in self._open.items() if _ended(session, now)]:
            del self._open[key]


def token_of(request: Request) -> str:
    """The token that the browser sent, or ""."""
    return request.cookies.get(COOKIE, "")


def set_cookie(request: Request, response: Response, token: str) -> None:
    """Have the browser keep a token, for these pages alone, out of the reach of scripts and of other sites.

    The cookie goes with the browser; where the page came by TLS, also before a proxy, it is sent by TLS alone.
    """
    response.set_cookie(COOKIE, token, path=_PATH, secure=came_by_tls(request), httponly=True, samesite="strict")


def drop_cookie(request: Request, response: Response) -> None:
    """Have the browser forget its token."""
    response.delete_cookie(COOKIE, path=_PATH, secure=came_by_tls(request), httponly=True, samesite="strict")


def came_by_tls(request: Request) -> bool:
    """Whether the browser's connection is encrypted, as this server or a proxy before it says."""
    forwarded = request.headers.get("x-forwarded-proto", "").partition(",")[0].strip().lower()
    return request.url.scheme == "https" or forwarded == "https"


def _ended(session: Session, now: float) -> bool:
    return now - session.seen >= IDLE_SECONDS or now - session.began >= LONGEST_SECONDS


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
