"""`x-request-id` on every answer: the caller's own where it is well-formed, else a new one."""

from __future__ import annotations

import re
import secrets

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_WELL_FORMED = re.compile(rb"[A-Za-z0-9._:-]{1,128}")
_KEY = "expunge.request_id"


class RequestIds:
    """Wraps an app. It looks at messages as they pass, and keeps none."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request under its id."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        header = (b"x-request-id", request_id_of(scope).encode("ascii"))

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), header]
            await send(message)

        await self._app(scope, receive, sending)


def request_id_of(scope: Scope) -> str:
    """The id of a request."""
    if _KEY not in scope:
        own = (value for name, value in scope["headers"] if name == b"x-request-id" and _WELL_FORMED.fullmatch(value))
        given = next(own, None)
        scope[_KEY] = given.decode("ascii") if given is not None else f"req_{secrets.token_hex(16)}"
    return str(scope[_KEY])
