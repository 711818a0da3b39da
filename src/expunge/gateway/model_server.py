"""A chat model served as an OpenAI endpoint on loopback, so that it can be somebody's upstream over HTTP."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from expunge.errors import ExpungeError
from expunge.gateway.errors import ClientGone
from expunge.gateway.http_errors import Problem, problem_for
from expunge.gateway.proxy.request import object_of, read_body
from expunge.gateway.upstream.base import Upstream, UpstreamRequest, read_all
from expunge.gateway.upstream.local import ModelUpstream
from expunge.models.base import ChatModel
from expunge.settings import ServerSettings

logger = logging.getLogger("expunge.gateway")
_LIMITS = ServerSettings()
_GRACE = 1
"""Seconds that requests under way have to end in when the server is closed."""


@contextmanager
def model_server(model: ChatModel) -> Iterator[str]:
    """Serve a chat model on a free loopback port while the block runs; yields the base URL.

    It answers as a model in the gateway's own process does (`ModelUpstream`): every endpoint, whole or streamed, and
    the list of models. Tools may be declared; the calls are the model's own. Errors are worded as OpenAI does: 400 for
    wrong requests, 404 for unknown paths, 502 if the model fails.
    """
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        _App(ModelUpstream(model, makes_calls=True)),
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=_GRACE,
    )
    server = uvicorn.Server(config)
    serving = threading.Thread(target=server.run, args=([listening],), name="expunge-model-server", daemon=True)
    serving.start()
    try:
        # Whoever connects before the server has started waits in the socket's queue.
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/v1"
    finally:
        server.should_exit = True
        serving.join()
        listening.close()


class _App:
    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            response = await self._answer(scope, receive)
        except ClientGone:
            return
        except ExpungeError as error:
            response = problem_for(error).response()
        except Exception as error:  # noqa: BLE001 - the process edge: a message may hold what was asked
            logger.error("a served model failed (%s)", type(error).__name__)
            response = Problem(500, "The model failed.", "server_error").response()
        await response(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive) -> Response:
        body = await read_body(scope, receive, _LIMITS) if scope["method"] == "POST" else None
        if body is not None:
            object_of(body)
        call = UpstreamRequest(scope["path"].rstrip("/").removeprefix("/v1/"), body)
        async with self._upstream.open(call) as answer:
            return Response(await read_all(answer), answer.status, answer.headers)
