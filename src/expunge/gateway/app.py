"""The gateway as an ASGI app."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from fastapi import APIRouter, FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from expunge.errors import ExpungeError
from expunge.gateway.access.loopback import LoopbackOnly
from expunge.gateway.apis.base import Api
from expunge.gateway.http_errors import Problem, anthropic_error
from expunge.gateway.proxy.context import Context
from expunge.gateway.proxy.endpoint import Endpoint
from expunge.gateway.proxy.model_list import ModelList
from expunge.gateway.proxy.token_count import TokenCount
from expunge.gateway.proxy.unserved import Unserved
from expunge.gateway.telemetry.tracing import RequestIds, TraceContext, request_id_of
from expunge.settings import ModelApi
from expunge.types import Message
from expunge.version import __version__

_FIRST = "The ferry leaves the harbour at nine."
_ROUTES = ("chat/completions", "completions", "responses", "models", "messages", "messages/count_tokens")
_ANTHROPIC = "/v1/messages"
Closing = Callable[[], Awaitable[None]]
Running = Callable[[], Coroutine[None, None, None]]


logger = logging.getLogger(__name__)
_AHEAD = 0.25
"""Seconds after which it is looked again whether the targets have changed."""
_AFTER_FAILURE = 5.0


@dataclass(frozen=True, slots=True)
class Served:
    """The endpoints of a gateway: `apis` are answered, `counts` count tokens, and `others` are not served, since the
    upstream speaks the API `spoken`."""

    apis: tuple[Api, ...]
    counts: tuple[Api, ...] = ()
    others: tuple[Api, ...] = ()
    spoken: ModelApi = "openai"


def create_app(
    context: Context,
    served: Served,
    routers: Sequence[APIRouter] = (),
    closing: Sequence[Closing] = (),
    running: Sequence[Running] = (),
) -> FastAPI:
    """The app that serves these endpoints and whatever `routers` add.

    `running` are started with the app and cancelled when it shuts down; then `closing` is awaited, in order, and
    `services` are released.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        starting: tuple[Running, ...] = (partial(_warm, context), *running)
        tasks = [asyncio.create_task(run()) for run in starting]
        for task in tasks:
            task.add_done_callback(_tell_of_failure)
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for close in closing:
                await close()
            await context.aclose()

    app = FastAPI(
        title="expunge",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        # Its own spans and events may hold what an exception says.
        telemetry={"tracing": False, "metrics": False, "logs": False},
        lifespan=lifespan,
        # A redirect would lead to whatever address the Host header names.
        redirect_slashes=False,
        exception_handlers={HTTPException: _http_error, 500: _internal_error},
    )
    app.add_middleware(TraceContext)
    if context.server.auth == "none":
        app.add_middleware(LoopbackOnly, server=context.server)
    app.add_middleware(RequestIds)
    # These are ASGI apps, which get every method and know best what they take.
    routes, models = app.router.routes, ModelList(context, served.spoken)
    endpoints: list[tuple[Api, ASGIApp]] = [(api, Endpoint(api, context)) for api in served.apis]
    endpoints += [(api, TokenCount(api, context)) for api in served.counts]
    endpoints += [(api, Unserved(api, served.spoken)) for api in served.others]
    for api, endpoint in endpoints:
        routes.append(Route(f"/v1/{api.path}", endpoint, include_in_schema=False))
    for path in ("/v1/models", "/v1/models/{model:path}"):
        routes.append(Route(path, models, include_in_schema=False))
    for router in routers:
        app.include_router(router)
    return app


async def _warm(context: Context) -> None:
    """Index the targets and load what the screen needs before the first request asks for it, and after each change."""
    try:
        parts = await context.tenants.parts(context.tenant)
        snapshot = parts.registry.snapshot()
        if any(target.facts for target in snapshot):
            # An embedding model in this process is loaded on another core while names are indexed. Where either fails,
            # what follows says so.
            loading = parts.embeddings.embed(["ready"])
            await asyncio.gather(loading, context.moderator.prepare(parts, snapshot), return_exceptions=True)
        await context.moderator.prepare(parts, snapshot)
        await context.moderator.is_clean(parts, snapshot, (Message("user", _FIRST),), _FIRST)
    except ExpungeError as error:
        logger.error("answers cannot be judged yet and are refused (%s); run `expunge doctor`", type(error).__name__)
    pause = _AHEAD
    while True:
        # What a change needs, as the embedding model for the first fact, is ready before the next request if it can be.
        await asyncio.sleep(pause)
        pause = _AHEAD
        for parts in context.tenants.opened():
            try:
                await context.moderator.prepare(parts, parts.registry.snapshot())
            except ExpungeError:
                pause = _AFTER_FAILURE  # met again, and told, where an answer needs it


async def _http_error(request: Request, error: Exception) -> Response:
    """Answer what the router itself turns away in OpenAI's shape; nothing of the address is repeated."""
    if not isinstance(error, HTTPException):
        raise error
    headers = dict(error.headers or {})
    if error.status_code == 404:
        problem = Problem(404, _no_route(request.url.path), code="unknown_url", headers=headers)
    elif error.status_code == 405:
        problem = Problem(405, "This route does not take this method.", code="method_not_allowed", headers=headers)
    else:
        problem = Problem(error.status_code, "This request cannot be served.", headers=headers)
    return _told(request, problem)


def _told(request: Request, problem: Problem) -> Response:
    """A problem in the form of the API whose route was asked."""
    if request.url.path != _ANTHROPIC and not request.url.path.startswith(f"{_ANTHROPIC}/"):
        return problem.response()
    content = anthropic_error(problem, request_id_of(request.scope)).data
    return Response(content, problem.status, problem.headers, "application/json")


def _no_route(path: str) -> str:
    """Return the error for a missing route; a base URL without /v1, or with two of them, is the usual cause."""
    for route in _ROUTES:
        if path.rstrip("/").endswith(f"/{route}"):
            return f"This route does not exist; use /v1/{route}: a client's base URL ends in one /v1."
    return "This route does not exist."


async def _internal_error(request: Request, error: Exception) -> Response:
    return _told(request, Problem(500, "Something went wrong inside the gateway.", "server_error"))


def _tell_of_failure(task: asyncio.Task[None]) -> None:
    """Log the failure of what runs beside the answers; its own message may hold a text that nobody may see."""
    if not task.cancelled() and (error := task.exception()) is not None:
        logger.error("something beside the gateway ended early (%s); restart it", type(error).__name__)
