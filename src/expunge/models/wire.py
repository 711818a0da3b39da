"""One endpoint of models: its connections, its time limits, and what its failures are called.

Every failure becomes one error of `expunge.errors`, whose sentence names the endpoint and never repeats what was
sent or received.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from expunge.errors import ConfigError, ContextTooLong, ModelError, ModelRefused, ModelReplyError, ModelUnreachable
from expunge.version import __version__

if TYPE_CHECKING:
    from httpx2 import AsyncClient, Response

CONNECT_TIMEOUT = 5.0
"""Seconds until a connection must stand."""
MAX_REPLY = 16 * 2**20
"""Longest reply that is read, in bytes after decompression."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 8.0
"""Seconds before the second attempt, each pause twice the last up to the longest."""
_LONGEST_ASKED_PAUSE = 60.0
_MOST_OF_ERROR = 65_536

_TOO_LONG = re.compile(
    r"context[ _](length|size|window)|maximum context|prompt is too long|too many (input )?tokens"
    r"|max_new_tokens`? must be",
    re.IGNORECASE,
)


class ParameterRejected(ModelRefused):
    """The endpoint does not take `parameter` in a request."""

    def __init__(self, message: str, status: int, parameter: str) -> None:
        super().__init__(message, status)
        self.parameter = parameter


class Wire:
    """Sends requests to one endpoint, from any event loop.

    `timeout` bounds a whole request with its retries, in seconds. `retries` counts the attempts after the first, on
    a failed connection and on the statuses 408, 409, 429 and 5xx, with a growing pause or the one that the endpoint
    asks for. `label` begins the sentences of errors. `headers` carry the key where it is no bearer token.

    Raises:
        ConfigError: if `base_url` is no URL or the key cannot stand in a header.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str,
        *,
        timeout: float,
        retries: int,
        label: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
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
        self._headers = {"authorization": f"Bearer {api_key}"} if headers is None else headers
        self._timeout = timeout
        self._retries = retries
        self._direct = url.hostname in ("127.0.0.1", "::1", "localhost")
        self._clients: WeakKeyDictionary[asyncio.AbstractEventLoop, AsyncClient] = WeakKeyDictionary()
        self._lock = threading.Lock()

    async def ask(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return the JSON object that the endpoint answers to a JSON object, at a path below its base URL.

        Raises:
            ModelUnreachable: refused, reset, unknown host, or not done in time.
            ModelRefused: an error status; `ContextTooLong` where it says so.
            ModelReplyError: the answer is not a JSON object, or is over `MAX_REPLY`.
        """
        content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        return await self._object_of("POST", path, content)

    async def get(self, path: str) -> dict[str, Any]:
        """Return the JSON object at a path below the base URL; errors as for `ask`."""
        return await self._object_of("GET", path, None)

    async def _object_of(self, method: str, path: str, content: bytes | None) -> dict[str, Any]:
        import httpx2

        try:
            async with asyncio.timeout(self._timeout):
                status, answer = await self._answered(method, f"{self._base_url.rstrip('/')}/{path}", content)
            if status < 300:
                return self._object(answer)
            error = self._refusal(status, answer)
        except TimeoutError:
            error = ModelUnreachable(
                f"{self.label} did not finish its answer in {self._timeout:g} seconds; "
                "try again, or raise the timeout of this model."
            )
        except httpx2.TimeoutException:
            error = ModelUnreachable(f"{self.label} does not answer; check that it runs and can be reached.")
        except (httpx2.HTTPError, httpx2.InvalidURL):
            error = ModelUnreachable(
                f"{self.label} cannot be reached or broke the connection; "
                "check that it runs and that base_url is right."
            )
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
                closing = client.aclose()
                try:
                    asyncio.run_coroutine_threadsafe(closing, loop)
                except RuntimeError:
                    closing.close()
        if own in clients:
            await clients[own].aclose()

    def _client(self) -> AsyncClient:
        import httpx2

        loop = asyncio.get_running_loop()
        with self._lock:
            client = self._clients.get(loop)
            if client is None:
                client = self._clients[loop] = httpx2.AsyncClient(
                    headers={
                        **self._headers,
                        "content-type": "application/json",
                        "accept": "application/json",
                        "user-agent": f"expunge/{__version__}",
                    },
                    timeout=httpx2.Timeout(self._timeout, connect=min(CONNECT_TIMEOUT, self._timeout)),
                    limits=httpx2.Limits(max_connections=1_000, max_keepalive_connections=100),
                    follow_redirects=True,
                    # A proxy is of no use to reach this machine, and would see what is sent.
                    trust_env=not self._direct,
                )
        return client

    async def _answered(self, method: str, url: str, content: bytes | None) -> tuple[int, bytes]:
        """The status and the body of an answer, after as many attempts as are allowed."""
        import httpx2

        attempt = 0
        while True:
            try:
                async with self._client().stream(method, url, content=content) as response:
                    status = response.status_code
                    if attempt == self._retries or not _passes_by(status, response.headers):
                        return status, await self._body(response)
                    pause = _asked_pause(response.headers)
            except (httpx2.TimeoutException, httpx2.TransportError):
                if attempt == self._retries:
                    raise
                pause = None
            attempt += 1
            if pause is None:
                pause = min(_FIRST_PAUSE * 2 ** (attempt - 1), _LONGEST_PAUSE) * (1 - 0.25 * random.random())
            await asyncio.sleep(pause)

    async def _body(self, response: Response) -> bytes:
        import httpx2

        body = bytearray()
        broken = False
        try:
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > MAX_REPLY:
                    raise ModelReplyError(f"{self.label} sent an answer of over {MAX_REPLY // 2**20} MiB; check it.")
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
        return ModelReplyError(
            f"{self.label} gave an answer that {what}; check that base_url leads to the configured API."
        )

    def _refusal(self, status: int, body: bytes) -> ModelError:
        said = _error_of(body)
        if status in (400, 413, 422, 500) and (
            said.get("code") == "context_length_exceeded"
            or said.get("type") == "exceed_context_size_error"
            or _TOO_LONG.search(body[:_MOST_OF_ERROR].decode("utf-8", "replace"))
        ):
            return ContextTooLong(f"The question is too long for the context size of {_lower(self.label)}; shorten it.")
        if status == 400 and isinstance(said.get("param"), str) and said["param"]:
            return ParameterRejected(f"{self.label} does not take a parameter of the request.", status, said["param"])
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


def _error_of(body: bytes) -> dict[str, Any]:
    """Return what an error says in OpenAI's form; nothing where it has another."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    error = value.get("error", value) if isinstance(value, dict) else None
    return error if isinstance(error, dict) else {}


def _passes_by(status: int, headers: Mapping[str, str]) -> bool:
    """Whether a refusal is worth another attempt; some endpoints say so themselves."""
    should_retry = headers.get("x-should-retry")
    if status < 400 or should_retry in ("true", "false"):
        return status >= 400 and should_retry == "true"
    return status in (408, 409, 429) or status >= 500


def _asked_pause(headers: Mapping[str, str]) -> float | None:
    """The seconds that an endpoint asks to wait for, None where it asks for none or for very many."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            seconds = float(headers[name]) * unit
        except (KeyError, ValueError):
            continue
        if 0 < seconds <= _LONGEST_ASKED_PAUSE:
            return seconds
    return None
