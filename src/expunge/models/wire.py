"""One OpenAI-compatible endpoint: its connections, its time limits, and what its failures are called.

Every failure becomes one error of `expunge.errors`, whose sentence names the endpoint and never repeats what was
sent or received.
"""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from expunge.errors import ConfigError, ContextTooLong, ModelError, ModelRefused, ModelReplyError, ModelUnreachable

if TYPE_CHECKING:
    from openai import APIStatusError, AsyncAPIResponse, AsyncOpenAI

CONNECT_TIMEOUT = 5.0
"""Seconds until a connection must stand."""
MAX_REPLY = 16 * 2**20
"""Longest reply that is read, in bytes after decompression."""

_TOO_LONG = re.compile(
    r"context[ _](length|size|window)|maximum context|prompt is too long|too many (input )?tokens"
    r"|max_new_tokens`? must be",
    re.IGNORECASE,
)

Request = Callable[["AsyncOpenAI"], AbstractAsyncContextManager["AsyncAPIResponse[Any]"]]


class ParameterRejected(ModelRefused):
    """The endpoint does not take `parameter` in a request."""

    def __init__(self, message: str, status: int, parameter: str) -> None:
        super().__init__(message, status)
        self.parameter = parameter


class Wire:
    """Sends requests to one endpoint, from any event loop.

    `timeout` bounds a whole request with its retries, in seconds. `retries` counts the attempts after the first, on
    a failed connection and on the statuses 408, 409, 429 and 5xx, with a growing pause or the one that the endpoint
    asks for. `label` begins the sentences of errors.

    Raises:
        ConfigError: if `base_url` is no URL or the key cannot stand in a header.
    """

    def __init__(self, base_url: str, api_key: str, *, timeout: float, retries: int, label: str = "") -> None:
        try:
            url = urlsplit(base_url)
            port = url.port
        except ValueError:
            raise ConfigError("The base_url of a model is not a valid URL; correct it.") from None
        if not url.hostname or url.scheme not in ("http", "https"):
            raise ConfigError("The base_url of a model is not a valid URL; it looks like http://127.0.0.1:8080/v1.")
        if not (api_key.isascii() and api_key.isprintable() and api_key.strip() == api_key):
            raise ConfigError("The API key of a model holds spaces or characters that no key has; set it again.")
        host = f"[{url.hostname}]" if ":" in url.hostname else url.hostname
        self.label = label or f"The model endpoint at {host}{f':{port}' if port else ''}"
        self._base_url = base_url
        self._api_key = api_key
        self._timeout = timeout
        self._retries = retries
        self._direct = url.hostname in ("127.0.0.1", "::1", "localhost")
        self._clients: WeakKeyDictionary[asyncio.AbstractEventLoop, AsyncOpenAI] = WeakKeyDictionary()
        self._lock = threading.Lock()

    async def ask(self, request: Request) -> dict[str, Any]:
        """The JSON object that the endpoint answers.

        Raises:
            ModelUnreachable: refused, reset, unknown host, or not done in time.
            ModelRefused: an error status; `ContextTooLong` where it says so.
            ModelReplyError: the answer is not a JSON object, or is over `MAX_REPLY`.
        """
        import openai

        client = self._client()
        try:
            async with asyncio.timeout(self._timeout):
                return self._object(await self._body(client, request))
        except TimeoutError:
            error: ModelError = ModelUnreachable(
                f"{self.label} did not finish its answer in {self._timeout:g} seconds; "
                "try again, or raise the timeout of this model."
            )
        except openai.APITimeoutError:
            error = ModelUnreachable(f"{self.label} does not answer; check that it runs and can be reached.")
        except openai.APIConnectionError:
            error = ModelUnreachable(
                f"{self.label} cannot be reached or broke the connection; "
                "check that it runs and that base_url is right."
            )
        except openai.APIStatusError as status_error:
            error = self._refusal(status_error)
        # Raised outside the handlers, so that no cause or context carries the request and its texts along.
        raise error

    async def aclose(self) -> None:
        """Close all connections; those of other event loops as soon as these come to it."""
        own = asyncio.get_running_loop()
        with self._lock:
            clients = dict(self._clients)
            self._clients.clear()
        for loop, client in clients.items():
            if loop is not own and loop.is_running():
                # It may be waiting for this one: nobody waits for it in turn.
                closing = client.close()
                try:
                    asyncio.run_coroutine_threadsafe(closing, loop)
                except RuntimeError:
                    closing.close()
        if own in clients:
            await clients[own].close()

    def _client(self) -> AsyncOpenAI:
        import openai

        loop = asyncio.get_running_loop()
        with self._lock:
            client = self._clients.get(loop)
            if client is None:
                timeout = openai.Timeout(self._timeout, connect=min(CONNECT_TIMEOUT, self._timeout))
                client = self._clients[loop] = openai.AsyncOpenAI(
                    base_url=self._base_url,
                    api_key=self._api_key,
                    timeout=timeout,
                    max_retries=self._retries,
                    # A proxy is of no use to reach this machine, and would see what is sent.
                    http_client=openai.DefaultAsyncHttpxClient(timeout=timeout, trust_env=not self._direct),
                )
        return client

    async def _body(self, client: AsyncOpenAI, request: Request) -> bytes:
        import httpx2

        body = bytearray()
        broken = False
        async with request(client) as response:
            try:
                async for chunk in response.iter_bytes():
                    body += chunk
                    if len(body) > MAX_REPLY:
                        raise ModelReplyError(
                            f"{self.label} sent an answer of over {MAX_REPLY // 2**20} MiB; check it."
                        )
            except httpx2.TransportError:
                broken = True
            except httpx2.DecodingError:
                body.clear()
        if broken:
            raise ModelUnreachable(f"{self.label} broke the connection within its answer; try again.")
        return bytes(body)

    def _object(self, body: bytes) -> dict[str, Any]:
        try:
            value = json.loads(body)
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict):
            raise self.unusable("is not a JSON object" if body.strip() else "is empty")
        return value

    def unusable(self, what: str) -> ModelReplyError:
        """The error for a reply that does not follow the protocol; `what` says how."""
        return ModelReplyError(f"{self.label} gave an answer that {what}; check that base_url leads to an OpenAI API.")

    def _refusal(self, error: APIStatusError) -> ModelError:
        status = error.status_code
        if status in (400, 413, 422, 500) and (
            error.code == "context_length_exceeded"
            or error.type == "exceed_context_size_error"
            or _TOO_LONG.search(error.message)
        ):
            return ContextTooLong(f"The question is too long for the context size of {_lower(self.label)}; shorten it.")
        if status == 400 and error.param:
            return ParameterRejected(f"{self.label} does not take a parameter of the request.", status, error.param)
        if status in (401, 403):
            advice = "check the key that api_key_env names"
        elif status == 404:
            advice = "check base_url and model"
        elif status == 429:
            advice = "it limits the rate of requests; wait, or raise its limit"
        elif status >= 500:
            advice = "it failed inside; try again, or look at its log"
        else:
            advice = "check that it takes what this model's settings say"
        return ModelRefused(f"{self.label} answered with status {status}; {advice}.", status)


def _lower(label: str) -> str:
    return label[0].lower() + label[1:]
