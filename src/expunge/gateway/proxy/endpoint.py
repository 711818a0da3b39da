"""An endpoint as an ASGI app: who calls, what is asked, which way it is answered, and what becomes of errors.

The work on an answer stops as soon as its client goes away.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

from starlette.requests import HTTPConnection
from starlette.types import Receive, Scope, Send

from expunge.errors import ExpungeError
from expunge.gateway.access.principal import Principal
from expunge.gateway.apis.base import Api
from expunge.gateway.errors import ClientGone, InvalidBody, UpstreamSlow
from expunge.gateway.http_errors import HttpError, Problem, problem_for
from expunge.gateway.proxy.context import Context
from expunge.gateway.proxy.exchange import Exchange
from expunge.gateway.proxy.incremental import Incremental
from expunge.gateway.proxy.moderator import without_blocking
from expunge.gateway.proxy.request import ProxyRequest, object_of, read_body
from expunge.gateway.proxy.response import ClientResponse, alongside
from expunge.gateway.telemetry.observer import Failed
from expunge.gateway.telemetry.tracing import request_id_of
from expunge.gateway.upstream.base import UpstreamRequest, to_upstream
from expunge.types import Message

REVISION_HEADER = "x-expunge-revision"
"""The registry's revision under which an answer was decided, for callers who may read the log, which tells it, too."""
CLIENT_GONE = 499
"""The status that is written down, and never sent, where a client went away."""

_ARCHIVE = b"UEsDB"
"""How base64 of an archive begins."""


class Endpoint:
    """Serves one API."""

    def __init__(self, api: Api, context: Context) -> None:
        self._api = api
        self._context = context

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        began = time.perf_counter()
        request_id = request_id_of(scope)
        response = ClientResponse(send, self._api.error, request_id)
        principal: Principal | None = None
        problem, kind = None, ""
        try:
            if scope["method"] != "POST":
                raise HttpError(_not_allowed())
            async with asyncio.timeout(self._context.server.total):
                principal = await self._context.authenticator.admit(HTTPConnection(scope), "chat")
                request = await self._request(scope, receive, principal, request_id, began)
                if principal.may("audit:read"):
                    response.also[REVISION_HEADER] = str(request.snapshot.revision)
                await alongside(_until_gone(receive), self._answer(request, response))
            return
        except ExpungeError as error:
            problem, kind = problem_for(error), type(error).__name__
        except TimeoutError:
            problem, kind = problem_for(UpstreamSlow("The answer was not ready in time; try again.")), "UpstreamSlow"
        except ClientGone:
            kind = "ClientGone"
        except Exception as error:  # noqa: BLE001 - the process edge: no draft has left, and no text may
            problem, kind = (
                Problem(500, "Something went wrong inside the gateway.", "server_error"),
                type(error).__name__,
            )
        status = problem.status if problem is not None else CLIENT_GONE
        self._context.observer.failed(
            Failed(request_id, self._api.path, status, kind, time.perf_counter() - began, principal)
        )
        if problem is not None:
            await response.problem(problem)

    async def _answer(self, request: ProxyRequest, response: ClientResponse) -> None:
        """Answer one request.

        Raises:
            ExpungeError: if no answer can be given, or not its end; nothing that was not decided has left then.
        """
        server = self._context.server
        with Exchange(self._context, request, response).prepared() as exchange:
            if not request.streamed:
                work = exchange.answer()
            elif server.stream == "incremental" and request.body.get("n") in (None, 1):
                work = response.kept_alive(Incremental(exchange).run(), every=server.keep_alive)
            else:
                work = response.kept_alive(exchange.stream(), every=server.keep_alive)
            await (work if exchange.early is None else alongside(exchange.early.run(), work))

    async def _request(
        self, scope: Scope, receive: Receive, principal: Principal, request_id: str, began: float
    ) -> ProxyRequest:
        server = self._context.server
        raw = await read_body(scope, receive, server)
        # What is packed takes long to unpack, however short it is.
        body, messages = await without_blocking(len(raw), lambda: self._read(raw), at_length=_ARCHIVE in raw)
        if len(messages) > server.max_messages:
            raise InvalidBody(f"The request has over {server.max_messages:,} messages; send fewer.", "messages")
        earlier = self._context.threads.earlier(principal.tenant, body) if self._api.threaded else ()
        spoken = (*earlier, *self._api.spoken(body, messages))
        messages = (*earlier, *messages)
        parts = await self._context.tenants.parts(principal.tenant)
        keys = self._api.key_headers if server.authorization == "upstream" else ()
        headers = to_upstream(scope["headers"], keys=keys)
        headers["x-request-id"] = request_id
        call = UpstreamRequest(self._api.path, raw, headers)
        snapshot = parts.registry.snapshot()
        return ProxyRequest(request_id, began, self._api, principal, parts, snapshot, body, messages, call, spoken)

    def _read(self, raw: bytes) -> tuple[dict[str, Any], tuple[Message, ...]]:
        body = object_of(raw)
        return body, self._api.conversation(body)


async def _until_gone(receive: Receive) -> None:
    """Wait until the client goes away.

    Raises:
        ClientGone: once it has.
    """
    while (await receive())["type"] != "http.disconnect":
        pass
    raise ClientGone


def _not_allowed() -> Problem:
    return Problem(405, "This route takes POST.", code="method_not_allowed", headers={"allow": "POST"})
