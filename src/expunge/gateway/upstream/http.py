"""An endpoint as the upstream, OpenAI-compatible or Anthropic's.

It is asked by a client of our own: HTTP/1.1 to one endpoint over connections that are kept, parsed by httptools. The
slower ways (agents, webhooks, downloads) take httpx2.
"""

from __future__ import annotations

import asyncio
import base64
import ssl
import zlib
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import cast
from urllib.parse import quote, unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

import httptools

from expunge.errors import ConfigError, ExpungeError, ModelReplyError, ModelUnreachable
from expunge.gateway.errors import UpstreamSlow
from expunge.gateway.upstream.base import UpstreamRequest, UpstreamResponse
from expunge.settings import ANTHROPIC_VERSION, ModelSettings, ServerSettings

_HEAD = 65_536
"""Longest head of an answer, in bytes."""
_HELD = 262_144
"""Bytes of a body that wait to be read before no more are taken from the connection."""
_INFLATED = 65_536
"""Bytes that are decompressed at a time, so that a small body cannot fill the memory."""
_PORTS = {"http": 80, "https": 443}
_NEVER_IN_HEADERS = "\r\n\0"

MAX_REPLY = 16 * 2**20
"""Longest answer that is read, in bytes after decompression."""
_LABEL = "The upstream"
"""What it is called in errors: they go to callers, whom its address does not concern."""
_KEPT_ALIVE = 4.0
"""Seconds that an idle connection is kept: less than the five after which uvicorn, and so vLLM, closes it."""


class ConnectFailed(Exception):
    """No connection could be made."""


class ProtocolViolated(Exception):
    """The upstream's bytes are no HTTP."""


class Disconnected(Exception):
    """The connection ended before the answer did."""


class Broken(Exception):
    """The body of an answer ended early, or cannot be decompressed."""


class HttpUpstream:
    """An endpoint: OpenAI-compatible, or Anthropic's, as `api` of its settings says.

    Args:
        model: its address, API and key.
        server: the limits of time.
        own_key: whether the configured key is sent; otherwise the caller's stays.

    Raises:
        ConfigError: if the address is none, or the key cannot stand in a header.
    """

    def __init__(self, model: ModelSettings, server: ServerSettings, *, own_key: bool = True) -> None:
        url = urlsplit(model.base_url or "")
        if not url.hostname:
            raise ConfigError("The base_url of a model is not a valid URL; it looks like http://127.0.0.1:8080/v1.")
        self._base = (model.base_url or "").rstrip("/")
        # A proxy is of no use to reach this machine, and would see what is sent.
        self._proxied = url.hostname not in ("127.0.0.1", "::1", "localhost")
        self._server = server
        self._key: dict[str, str] = {}
        if own_key and model.api_key_env is not None:
            key = model.api_key()
            if not (key.isascii() and key.isprintable() and key.strip() == key):
                raise ConfigError("The API key of a model holds spaces or characters that no key has; set it again.")
            self._key = {"x-api-key": key} if model.api == "anthropic" else {"authorization": f"Bearer {key}"}
        self._usual = {"anthropic-version": ANTHROPIC_VERSION} if model.api == "anthropic" else {}
        self._client: HttpClient | None = None

    @asynccontextmanager
    async def open(self, call: UpstreamRequest) -> AsyncIterator[UpstreamResponse]:
        """Send a request. Redirects are not followed, and nothing is tried twice."""
        headers = {**self._usual, **call.headers, **self._key, "accept-encoding": "identity"}
        deadline = asyncio.get_running_loop().time() + self._server.first_byte
        failure: ExpungeError | None = None
        response: HttpResponse | None = None
        try:
            async with asyncio.timeout_at(deadline):
                response = await self._opened().request(
                    "GET" if call.body is None else "POST", call.path, headers, call.body
                )
        except ConnectFailed:
            failure = ModelUnreachable(
                f"{_LABEL} cannot be reached; whoever runs the gateway can check base_url with `expunge doctor`."
            )
        except TimeoutError:
            failure = UpstreamSlow(f"{_LABEL} did not begin to answer in time; try again.")
        except (ProtocolViolated, ValueError):
            failure = ModelReplyError(
                f"{_LABEL} does not speak HTTP as it should; whoever runs the gateway must check base_url."
            )
        except (Disconnected, OSError):
            failure = ModelUnreachable(f"{_LABEL} broke the connection before it answered; try again.")
        if response is None:
            # Raised outside of the handlers, so that no cause carries the request and its texts along.
            raise failure or ModelUnreachable(f"{_LABEL} cannot be reached.")
        try:
            yield _Response(response, deadline, self._server.idle)
        finally:
            # Without effect where the answer was read to its end; else the connection is closed, and the work stops.
            response.close()

    async def aclose(self) -> None:
        """Close all connections."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    def _opened(self) -> HttpClient:
        if self._client is None:
            self._client = HttpClient(
                self._base, connect=self._server.connect, kept_alive=_KEPT_ALIVE, proxied=self._proxied
            )
        return self._client


class _Response:
    def __init__(self, response: HttpResponse, deadline: float, idle: float) -> None:
        self._response = response
        self._deadline = deadline
        self._idle = idle
        self.status = response.status
        self.headers: Mapping[str, str] = response.headers

    async def pieces(self) -> AsyncIterator[bytes]:
        loop = asyncio.get_running_loop()
        length = 0
        # Some endpoints send the head at once, and begin to think then.
        deadline = max(self._deadline, loop.time() + self._idle)
        while True:
            failure: ExpungeError | None = None
            piece = b""
            try:
                async with asyncio.timeout_at(deadline):
                    piece = await self._response.read()
            except TimeoutError:
                failure = UpstreamSlow(f"{_LABEL} did not go on with its answer in time; try again.")
            except (Broken, ProtocolViolated):
                failure = ModelReplyError(f"{_LABEL} broke off its answer, or cannot be read; try again.")
            except OSError:
                failure = ModelUnreachable(f"{_LABEL} broke the connection within its answer; try again.")
            if failure is not None:
                raise failure
            if not piece:
                return
            length += len(piece)
            if length > MAX_REPLY:
                raise ModelReplyError(f"{_LABEL} sent an answer of over {MAX_REPLY // 2**20} MiB; check it.")
            yield piece
            deadline = loop.time() + self._idle


class HttpClient:
    """Sends requests to paths below one base URL; one event loop's. Nothing is tried twice, no redirect is followed.

    Args:
        base_url: an http or https URL; a user and password in it are sent as Basic authorization.
        connect: seconds until a connection must stand.
        kept_alive: seconds for which an idle connection is kept.
        proxied: whether the proxy that the environment names (HTTP_PROXY, HTTPS_PROXY, NO_PROXY) is used.

    Raises:
        ValueError: if the URL or the proxy's cannot be used.
    """

    def __init__(self, base_url: str, *, connect: float, kept_alive: float, proxied: bool) -> None:
        url = urlsplit(base_url)
        if url.scheme not in _PORTS or not url.hostname:
            raise ValueError("not an http URL")
        host = url.hostname if url.hostname.isascii() else url.hostname.encode("idna").decode()
        self._tls = ssl.create_default_context() if url.scheme == "https" else None
        self._address = (host, url.port or _PORTS[url.scheme])
        shown = f"[{host}]" if ":" in host else host
        self._authority = shown if url.port in (None, _PORTS[url.scheme]) else f"{shown}:{url.port}"
        self._prefix = quote(url.path.rstrip("/"), safe="/%:@!$&'()*+,;=-._~")
        self._own: dict[str, str] = {}
        if url.username is not None:
            self._own["authorization"] = _basic(url.username, url.password)
        self._proxy: tuple[str, int] | None = None
        self._tunnel_headers = ""
        proxy = getproxies().get(url.scheme) if proxied and not proxy_bypass(host) else None
        if proxy:
            self._through(proxy, url.scheme)
        self._connect = connect
        self._kept_alive = kept_alive
        self._idle: list[_Connection] = []
        self._open: set[_Connection] = set()

    def _through(self, proxy: str, scheme: str) -> None:
        url = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
        if url.scheme != "http" or not url.hostname:
            raise ValueError("not the URL of an HTTP proxy")
        self._proxy = (url.hostname, url.port or 80)
        own = {} if url.username is None else {"proxy-authorization": _basic(url.username, url.password)}
        if scheme == "http":
            # The proxy is asked for the whole URL.
            self._prefix = f"http://{self._authority}{self._prefix}"
            self._own |= own
        else:
            self._tunnel_headers = "".join(f"{name}: {value}\r\n" for name, value in own.items())

    async def request(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> HttpResponse:
        """Send a request and wait for the head of its answer.

        Raises:
            ConnectFailed: if the endpoint or the proxy cannot be reached.
            ProtocolViolated: if what came is no HTTP, or a header cannot be sent.
            Disconnected: if the connection ended before.
        """
        head = self._head(method, path, headers, body)
        connection = self._taken() or await self._connected()
        try:
            await connection.sent(head if body is None else head + body)
        except BaseException:
            connection.abort()
            raise
        return HttpResponse(connection, self._done)

    async def aclose(self) -> None:
        """Close all connections."""
        for connection in list(self._open):
            connection.abort()
        self._idle.clear()

    def _head(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> bytes:
        lines = [f"{method} {self._prefix}/{path} HTTP/1.1", f"host: {self._authority}"]
        lines += [f"{name}: {value}" for name, value in {**self._own, **headers}.items()]
        if body is not None:
            lines.append(f"content-length: {len(body)}")
        if any(char in line for line in lines for char in _NEVER_IN_HEADERS):
            raise ProtocolViolated
        text = "\r\n".join((*lines, "", ""))
        try:
            return text.encode("latin-1")
        except UnicodeEncodeError:
            return text.encode("utf-8", "surrogatepass")

    def _taken(self) -> _Connection | None:
        while self._idle:
            connection = self._idle.pop()
            connection.stop_waiting()
            if connection.usable:
                return connection
            connection.abort()
        return None

    async def _connected(self) -> _Connection:
        loop = asyncio.get_running_loop()
        host, port = self._proxy or self._address
        tunnelled = self._proxy is not None and self._tls is not None
        tls = None if tunnelled else self._tls
        try:
            async with asyncio.timeout(self._connect):
                _, connection = await loop.create_connection(
                    lambda: _Connection(self._open), host, port, ssl=tls, server_hostname=self._name if tls else None
                )
                if tunnelled:
                    await self._tunnel(connection)
        except (TimeoutError, OSError, UnicodeError, ProtocolViolated, Disconnected):
            # A TLS failure is an OSError, too.
            raise ConnectFailed from None
        return connection

    @property
    def _name(self) -> str:
        return self._address[0]

    async def _tunnel(self, connection: _Connection) -> None:
        """Have the proxy pass on what is sent, and speak TLS with the endpoint behind it."""
        assert self._tls is not None
        place = f"{f'[{self._name}]' if ':' in self._name else self._name}:{self._address[1]}"
        try:
            await connection.sent(
                f"CONNECT {place} HTTP/1.1\r\nhost: {place}\r\n{self._tunnel_headers}\r\n".encode(), tunnel=True
            )
            if connection.status != 200:
                raise ProtocolViolated
            loop = asyncio.get_running_loop()
            transport = await loop.start_tls(connection.transport, connection, self._tls, server_hostname=self._name)
            if transport is None:
                raise Disconnected
            connection.transport = transport
        except BaseException:
            connection.abort()
            raise

    def _done(self, connection: _Connection) -> None:
        """Keep a connection whose answer was read to its end; close any other."""
        if connection.usable:
            self._idle.append(connection)
            connection.wait_idle(self._kept_alive, self._expired)
        else:
            connection.abort()

    def _expired(self, connection: _Connection) -> None:
        if connection in self._idle:
            self._idle.remove(connection)
        connection.abort()


class HttpResponse:
    """An answer of which the head has come; `headers` by names in lower case, the last of each name."""

    def __init__(self, connection: _Connection, done: Callable[[_Connection], None]) -> None:
        self._connection: _Connection | None = connection
        self._done = done
        self.status = connection.status
        self.headers = connection.headers
        coding = self.headers.get("content-encoding", "").strip().lower()
        self._inflate = _Inflate() if coding in ("gzip", "x-gzip", "deflate") else None

    async def read(self) -> bytes:
        """Return what has come of the body, decompressed; b"" at its end.

        Raises:
            Broken: if it ended early or cannot be decompressed.
            ProtocolViolated: if it is no HTTP.
        """
        if self._connection is None:
            return b""
        if self._inflate is None:
            return await self._connection.body()
        while not (piece := self._inflate.next()):
            data = await self._connection.body()
            if not data:
                self._inflate.end()
                return b""
            self._inflate.feed(data)
        return piece

    def close(self) -> None:
        """Give the connection back where the answer was read to its end; else break it off."""
        if self._connection is not None:
            self._done(self._connection)
            self._connection = None


class _Inflate:
    """Decompresses a body bit by bit."""

    def __init__(self) -> None:
        self._engine = zlib.decompressobj(wbits=47)
        self._waiting = b""
        self._begun = False

    def feed(self, data: bytes) -> None:
        if not self._begun:
            self._begun = True
            # Some send deflate without the head that tells gzip and zlib.
            if data[0] != 0x1F and data[0] & 0x0F != 8:
                self._engine = zlib.decompressobj(wbits=-15)
        self._waiting += data

    def next(self) -> bytes:
        if not self._waiting or self._engine.eof:
            return b""
        try:
            piece = self._engine.decompress(self._waiting, _INFLATED)
        except zlib.error:
            raise Broken from None
        self._waiting = self._engine.unconsumed_tail
        return piece

    def end(self) -> None:
        if self._begun and not self._engine.eof:
            raise Broken


class _Connection(asyncio.Protocol):
    """One connection, on which one request at a time is under way."""

    def __init__(self, opened: set[_Connection]) -> None:
        self._opened = opened
        self.transport: asyncio.Transport = cast(asyncio.Transport, None)
        self._waiter: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._lost = False
        self._failure: type[Exception] | None = None
        self._begin()
        self._complete = True

    def _begin(self, *, tunnel: bool = False) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self.status = 0
        self.headers: dict[str, str] = {}
        self._size = self._unread = 0
        self._pieces: deque[bytes] = deque()
        self._held = 0
        self._paused = False
        self._tunnel = tunnel
        self._head_done = False
        self._complete = False
        self._kept = False
        self._until_end = False

    @property
    def usable(self) -> bool:
        """Whether another request can be sent: nothing is under way or left over."""
        return (
            self._complete
            and not self._pieces
            and not self._lost
            and self._failure is None
            and not self.transport.is_closing()
            and self._kept
        )

    async def sent(self, data: bytes, *, tunnel: bool = False) -> None:
        """Send a request, and wait for the head of its answer."""
        self._begin(tunnel=tunnel)
        self.transport.write(data)
        while not self._head_done:
            self._check(Disconnected)
            await self._change()

    async def body(self) -> bytes:
        """Return what has come of the body, b"" at its end."""
        while not self._pieces:
            if self._complete:
                return b""
            self._check(Broken)
            await self._change()
        found = self._pieces.popleft() if len(self._pieces) == 1 else b"".join(self._pieces)
        self._pieces.clear()
        self._held = 0
        if self._paused and not self._lost:
            self._paused = False
            self.transport.resume_reading()
        return found

    def abort(self) -> None:
        """Close at once."""
        self.stop_waiting()
        self._opened.discard(self)
        self.transport.abort()

    def wait_idle(self, seconds: float, expired: Callable[[_Connection], None]) -> None:
        """Tell when it has been idle for so long."""
        self._timer = asyncio.get_running_loop().call_later(seconds, expired, self)

    def stop_waiting(self) -> None:
        """It is no longer idle."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self._opened.add(self)

    def data_received(self, data: bytes) -> None:
        if self._failure is not None:
            return
        if self._complete:
            # Nobody asked for it: whatever it is, it is no answer to the next request.
            self._fail()
            return
        if not self._head_done:
            self._unread += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            if not (self._tunnel and self.status == 200):
                self._fail()
        except httptools.HttpParserError:
            self._fail()
        if self._failure is not None or (self._unread > _HEAD and not self._head_done):
            self._fail()
        self._wake()

    def connection_lost(self, error: Exception | None) -> None:
        self._lost = True
        self._opened.discard(self)
        if self._head_done and self._until_end and error is None:
            self._complete = True
        self._wake()

    def on_message_begin(self) -> None:
        if self._complete:
            self._failure = ProtocolViolated  # a second answer, which nobody asked for

    def on_header(self, name: bytes, value: bytes) -> None:
        self._size += len(name) + len(value)
        if self._size > _HEAD:
            self._failure = ProtocolViolated
        if self._failure is None:
            self.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        if self._failure is not None:
            return
        self.status = self._parser.get_status_code()
        if self.status == 101:
            self._failure = ProtocolViolated  # nobody asked for another protocol
        if self.status < 200:
            return
        self._head_done = True
        framed = "content-length" in self.headers or "chunked" in self.headers.get("transfer-encoding", "").lower()
        self._until_end = not framed
        if self._tunnel:
            self._complete = True

    def on_body(self, data: bytes) -> None:
        if self._failure is not None:
            return
        self._pieces.append(data)
        self._held += len(data)
        if self._held > _HELD and not self._paused:
            self._paused = True
            self.transport.pause_reading()

    def on_message_complete(self) -> None:
        if self._failure is not None:
            return
        if self._head_done:
            self._complete = True
            self._kept = self._parser.should_keep_alive()
        else:
            self.headers.clear()  # those of an interim answer

    def _fail(self) -> None:
        self._failure = ProtocolViolated
        self.transport.abort()

    def _check(self, lost: type[Exception]) -> None:
        if self._failure is not None:
            raise self._failure
        if self._lost:
            raise lost

    async def _change(self) -> None:
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


def _basic(user: str, password: str | None) -> str:
    return "Basic " + base64.b64encode(f"{unquote(user)}:{unquote(password or '')}".encode()).decode()
