"""An endpoint as an ASGI app: who calls, what is asked, which way it is answered, and what becomes of errors.

The work on an answer stops as soon as its client goes away.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from typing import Any

from starlette.requests import HTTPConnection
from starlette.types import Receive, Scope, Send

from expunge.errors import ExpungeError
from expunge.gateway.access.principal import Caller
from expunge.gateway.apis.base import Api
from expunge.gateway.errors import InvalidBody, UpstreamSlow
from expunge.gateway.http_errors import Problem, Told, of_error
from expunge.gateway.proxy.context import Services
from expunge.gateway.proxy.exchange import Exchange
from expunge.gateway.proxy.incremental import Progressive
from expunge.gateway.proxy.moderator import beside
from expunge.gateway.proxy.request import Asked, ClientGone, object_of, read_body
from expunge.gateway.proxy.response import Out
from expunge.gateway.telemetry.observer import Failed
from expunge.gateway.telemetry.tracing import request_id_of
from expunge.gateway.upstream.base import Call, to_upstream
from expunge.types import Message

REVISION_HEADER = "x-expunge-revision"
"""The registry's revision under which an answer was decided, for callers who may read the log, which tells it, too."""
CLIENT_GONE = 499
"""The status that is written down, and never sent, where a client went away."""

_ARCHIVE = b"UEsDB"
"""How base64 of an archive begins."""


class Endpoint:
    """Serves one API."""

    def __init__(self, api: Api, services: Services) -> None:
        self._api = api
        self._services = services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        began = time.perf_counter()
        request_id = request_id_of(scope)
        out = Out(send)
        caller: Caller | None = None
        problem, kind = None, ""
        try:
            if scope["method"] != "POST":
                raise Told(_not_allowed())
            async with asyncio.timeout(self._services.server.total):
                caller = await self._services.gatekeeper.admit(HTTPConnection(scope), "chat")
                asked = await self._asked(scope, receive, caller, request_id, began)
                if caller.may("audit:read"):
                    out.also[REVISION_HEADER] = str(asked.snapshot.revision)
                await _until_gone(receive, run(self._services, asked, out))
            return
        except ExpungeError as error:
            problem, kind = of_error(error), type(error).__name__
        except TimeoutError:
            problem, kind = of_error(UpstreamSlow("The answer was not ready in time; try again.")), "UpstreamSlow"
        except ClientGone:
            kind = "ClientGone"
        except Exception as error:  # noqa: BLE001 - the process edge: no draft has left, and no text may
            problem, kind = (
                Problem(500, "Something went wrong inside the gateway.", "server_error"),
                type(error).__name__,
            )
        status = problem.status if problem is not None else CLIENT_GONE
        self._services.observer.failed(
            Failed(request_id, self._api.path, status, kind, time.perf_counter() - began, caller)
        )
        if problem is not None:
            await out.problem(problem)

    async def _asked(self, scope: Scope, receive: Receive, caller: Caller, request_id: str, began: float) -> Asked:
        server = self._services.server
        raw = await read_body(scope, receive, server)
        # What is packed takes long to unpack, however short it is.
        body, messages = await beside(len(raw), lambda: self._read(raw), at_length=_ARCHIVE in raw)
        if len(messages) > server.max_messages:
            raise InvalidBody(f"The request has over {server.max_messages:,} messages; send fewer.", "messages")
        earlier = self._services.threads.earlier(caller.tenant, body) if self._api.threaded else ()
        spoken = (*earlier, *self._api.spoken(body, messages))
        messages = (*earlier, *messages)
        parts = await self._services.tenancy.parts(caller.tenant)
        headers = to_upstream(scope["headers"], authorization=server.authorization == "upstream")
        headers["x-request-id"] = request_id
        call = Call(self._api.path, raw, headers)
        snapshot = parts.registry.snapshot()
        return Asked(request_id, began, self._api, caller, parts, snapshot, body, messages, call, spoken)

    def _read(self, raw: bytes) -> tuple[dict[str, Any], tuple[Message, ...]]:
        body = object_of(raw)
        return body, self._api.conversation(body)


async def _until_gone(receive: Receive, work: Coroutine[Any, Any, None]) -> None:
    """Do the work, and stop it as soon as the client goes away.

    Raises:
        ClientGone: if it did.
    """
    task = asyncio.ensure_future(work)
    watcher = asyncio.ensure_future(_gone(receive))
    try:
        await asyncio.wait({task, watcher}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        watcher.cancel()
        if not task.done():
            task.cancel()
            await asyncio.wait({task})
    if task.cancelled():
        raise ClientGone
    task.result()


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _not_allowed() -> Problem:
    return Problem(405, "This route takes POST.", code="method_not_allowed", headers={"allow": "POST"})


async def run(services: Services, asked: Asked, out: Out) -> None:
    """Answer one request.

    Raises:
        ExpungeError: if no answer can be given, or not its end; nothing that was not decided has left then.
    """
    every = services.server.keep_alive
    with Exchange(services, asked, out).reflected() as exchange:
        if not asked.streamed:
            await exchange.answer()
        elif services.server.stream == "progressive" and asked.body.get("n") in (None, 1):
            await _held(Progressive(exchange).run(), out, every)
        else:
            await _held(exchange.stream(), out, every)


async def _held(work: Coroutine[Any, Any, None], out: Out, every: float) -> None:
    """Do the work of a stream, and send a comment whenever so many seconds have gone by without anything else."""
    task = asyncio.ensure_future(work)
    try:
        while not (await asyncio.wait({task}, timeout=every))[0]:
            await out.keep_alive(after=every)
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait({task})
    task.result()
