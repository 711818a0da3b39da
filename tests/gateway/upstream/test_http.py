"""The gateway's HTTP client, against servers that answer byte by byte."""

from __future__ import annotations

import asyncio
import base64
import datetime
import gzip
import ipaddress
import ssl
import zlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from expunge.gateway.upstream.http import (
    Broken,
    ConnectFailed,
    Disconnected,
    HttpClient,
    ProtocolViolated,
)

TEA = b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\ntea"


class Server:
    """Answers the requests of each connection with `answers`, in turn, and keeps what was asked."""

    def __init__(self, answers: Sequence[bytes], *, close: bool = False) -> None:
        self.answers = list(answers)
        self.close = close
        self.asked: list[bytes] = []
        self.connections = 0
        self.gone = asyncio.Event()
        self.port = 0
        self.tasks: set[asyncio.Task[None]] = set()

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.tasks.add(asyncio.current_task())  # type: ignore[arg-type]
        try:
            while self.answers:
                head = await reader.readuntil(b"\r\n\r\n")
                length = next((int(x[15:]) for x in head.lower().split(b"\r\n") if x[:15] == b"content-length:"), 0)
                self.asked.append(head + await reader.readexactly(length))
                writer.write(self.answers.pop(0))
                await writer.drain()
                if self.close:
                    break
            else:
                await reader.read()
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            pass
        finally:
            self.gone.set()
            writer.transport.abort() if not self.close else writer.close()
            with suppress(OSError):
                await writer.wait_closed()


@asynccontextmanager
async def serving(server: Server, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    listening = await asyncio.start_server(server.handle, "127.0.0.1", 0, ssl=tls)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield f"http{'s' if tls else ''}://127.0.0.1:{server.port}/v1"
    finally:
        listening.close()
        for task in server.tasks:
            task.cancel()
        await asyncio.gather(*server.tasks, return_exceptions=True)


def client_of(url: str, *, proxied: bool = False, kept_alive: float = 60.0) -> HttpClient:
    return HttpClient(url, connect=5.0, kept_alive=kept_alive, proxied=proxied)


async def got(client: HttpClient, body: bytes | None = None) -> bytes:
    response = await client.request("GET" if body is None else "POST", "models", {"x-a": "b"}, body)
    try:
        pieces = []
        while piece := await response.read():
            pieces.append(piece)
        assert await response.read() == b""
        return b"".join(pieces)
    finally:
        response.close()


async def test_a_connection_is_used_again() -> None:
    server = Server([TEA, TEA, TEA])
    async with serving(server) as url:
        client = client_of(url)
        assert [await got(client), await got(client, b"{}"), await got(client)] == [b"tea"] * 3
        assert server.connections == 1
        assert server.asked[1] == (
            f"POST /v1/models HTTP/1.1\r\nhost: 127.0.0.1:{server.port}\r\nx-a: b\r\n".encode()
            + b"content-length: 2\r\n\r\n{}"
        )
        await client.aclose()
        await server.gone.wait()


async def test_requests_at_once_have_connections_of_their_own() -> None:
    server = Server([TEA] * 4)
    async with serving(server) as url:
        client = client_of(url)
        assert await asyncio.gather(*(got(client) for _ in range(4))) == [b"tea"] * 4
        assert server.connections > 1
        await client.aclose()


async def test_an_idle_connection_is_closed_in_time() -> None:
    server = Server([TEA, TEA])
    async with serving(server) as url:
        client = client_of(url, kept_alive=0.0)
        assert await got(client) == b"tea"
        async with asyncio.timeout(5):
            await server.gone.wait()
        assert await got(client) == b"tea"
        assert server.connections == 2
        await client.aclose()


async def test_an_answer_that_is_not_read_to_its_end_breaks_the_connection() -> None:
    server = Server([b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\ntea", TEA])
    async with serving(server) as url:
        client = client_of(url)
        response = await client.request("GET", "models", {}, None)
        assert await response.read() == b"tea"
        response.close()
        async with asyncio.timeout(5):
            await server.gone.wait()
        assert await got(client) == b"tea"
        assert server.connections == 2
        await client.aclose()


def head(*lines: str, status: str = "200 OK") -> bytes:
    return "\r\n".join((f"HTTP/1.1 {status}", *lines, "", "")).encode()


def packed(coding: str, body: bytes) -> bytes:
    return head(f"content-encoding: {coding}", f"content-length: {len(body)}") + body


RAW = zlib.compressobj(wbits=-15)
RAW_TEA = RAW.compress(b"tea") + RAW.flush()


@pytest.mark.parametrize(
    ("answer", "body", "kept"),
    [
        (head("transfer-encoding: chunked") + b"2\r\nte\r\n1;x=y\r\na\r\n0\r\nx-t: 1\r\n\r\n", b"tea", True),
        (head("connection: close") + b"tea", b"tea", False),
        (head("content-length: 3", "connection: close") + b"tea", b"tea", False),
        (b"HTTP/1.0 200 OK\r\ncontent-length: 3\r\n\r\ntea", b"tea", False),
        (head(status="100 Continue") + head("link: x", status="103 Early Hints") + TEA, b"tea", True),
        (head(status="204 No Content"), b"", True),
        (TEA + TEA, b"tea", False),
        (TEA + b"more", b"tea", False),
        (packed("gzip", gzip.compress(b"tea", mtime=0)), b"tea", True),
        (packed("deflate", zlib.compress(b"tea")), b"tea", True),
        (packed("deflate", RAW_TEA), b"tea", True),
    ],
)
async def test_forms_of_an_answer(answer: bytes, body: bytes, kept: bool) -> None:
    server = Server([answer, TEA], close=not kept)
    async with serving(server) as url:
        client = client_of(url)
        assert await got(client) == body
        assert await got(client) == b"tea"
        assert server.connections == (1 if kept else 2)
        await client.aclose()


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"", Disconnected),
        (b"HTTP/1.1 200 OK\r\ncontent-le", Disconnected),
        (b"SSH-2.0-x\r\n\r\n", ProtocolViolated),
        (head("x: " + "y" * 100_000, "content-length: 3") + b"tea", ProtocolViolated),
        (head("content-length: 3", "transfer-encoding: chunked") + b"tea", ProtocolViolated),
        (head("upgrade: x", "connection: upgrade", status="101 Switching"), ProtocolViolated),
        (head("content-length: 9") + b"tea", Broken),
        (head("transfer-encoding: chunked") + b"9\r\ntea", Broken),
        (head("transfer-encoding: chunked") + b"zz\r\ntea", ProtocolViolated),
        (head("content-encoding: gzip", "content-length: 9") + b"no gzip..", Broken),
        (head("content-encoding: gzip", "content-length: 15") + gzip.compress(b"tea" * 100, mtime=0)[:15], Broken),
    ],
)
async def test_faults_of_an_answer(answer: bytes, error: type[Exception]) -> None:
    server = Server([answer], close=True)
    async with serving(server) as url:
        client = client_of(url)
        with pytest.raises(error):
            await got(client)
        await client.aclose()


async def test_a_large_body_comes_whole_and_is_not_held_in_memory() -> None:
    body = bytes(range(256)) * 20_000
    server = Server([head(f"content-length: {len(body)}") + body, TEA])
    async with serving(server) as url:
        client = client_of(url)
        response = await client.request("GET", "models", {}, None)
        await asyncio.sleep(0)
        pieces = []
        while piece := await response.read():
            assert len(piece) < len(body)
            pieces.append(piece)
        response.close()
        assert b"".join(pieces) == body
        assert await got(client) == b"tea"
        assert server.connections == 1
        await client.aclose()


async def test_what_cannot_be_reached() -> None:
    server = Server([])
    async with serving(server) as url:
        pass
    with pytest.raises(ConnectFailed):
        await got(client_of(url))


@pytest.mark.parametrize("value", ["a\r\nb: c", "a\nb", "a\0b"])
async def test_a_header_cannot_begin_another(value: str) -> None:
    server = Server([TEA])
    async with serving(server) as url:
        with pytest.raises(ProtocolViolated):
            await client_of(url).request("GET", "models", {"x": value}, None)
    assert not server.connections


@pytest.mark.parametrize("url", ["ftp://x/v1", "http:///v1", "nothing"])
def test_what_is_no_address(url: str) -> None:
    with pytest.raises(ValueError, match="URL"):
        client_of(url)


async def test_a_proxy_is_asked_for_the_whole_url(monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = Server([TEA])
    async with serving(proxy) as url:
        monkeypatch.setenv("http_proxy", url.replace("://", "://me:p%40ss@"))
        monkeypatch.delenv("no_proxy", raising=False)
        assert await got(client_of("http://models.invalid:8080/v1", proxied=True)) == b"tea"
        asked = proxy.asked[0].decode()
        assert asked.startswith("GET http://models.invalid:8080/v1/models HTTP/1.1\r\nhost: models.invalid:8080\r\n")
        assert f"proxy-authorization: Basic {base64.b64encode(b'me:p@ss').decode()}\r\n" in asked
        monkeypatch.setenv("no_proxy", "models.invalid")
        with pytest.raises(ConnectFailed):
            await got(client_of("http://models.invalid:8080/v1", proxied=True))


@pytest.fixture
def certified(tmp_path: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """What a server and its clients need for TLS on loopback."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder(
            name, name, key.public_key(), x509.random_serial_number(), now, now + datetime.timedelta(1)
        )
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    file = tmp_path / "pair.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(secret + pem)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    return server, ssl.create_default_context(cadata=pem.decode())


class Tunnel:
    """A proxy that passes bytes on, or says no."""

    def __init__(self, answer: bytes) -> None:
        self.answer = answer
        self.asked = b""
        self.ended = asyncio.Event()

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.asked = await reader.readuntil(b"\r\n\r\n")
        writer.write(self.answer)
        host, _, port = self.asked.split()[1].decode().rpartition(":")
        there, back = await asyncio.open_connection(host, int(port))
        await asyncio.gather(_pass(reader, back), _pass(there, writer))
        self.ended.set()


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65_536):
            writer.write(data)
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()


async def test_tls_is_checked_and_goes_through_a_proxy(
    certified: tuple[ssl.SSLContext, ssl.SSLContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    tls, trusting = certified
    server = Server([TEA] * 3)
    async with serving(server, tls) as url:
        with pytest.raises(ConnectFailed):
            await got(client_of(url))  # nobody vouches for it
        monkeypatch.setattr(ssl, "create_default_context", lambda: trusting)
        direct = client_of(url)
        assert await got(direct) == b"tea"
        await direct.aclose()
        for answer, works in ((b"HTTP/1.1 200 OK\r\n\r\n", True), (b"HTTP/1.1 403 No\r\n\r\n", False)):
            tunnel = Tunnel(answer)
            proxy = await asyncio.start_server(tunnel.handle, "127.0.0.1", 0)
            monkeypatch.setenv("https_proxy", f"127.0.0.1:{proxy.sockets[0].getsockname()[1]}")
            monkeypatch.setenv("no_proxy", "x.invalid")
            client = client_of(url, proxied=True)
            if works:
                assert await got(client) == b"tea"
                assert await got(client) == b"tea"
            else:
                with pytest.raises(ConnectFailed):
                    await got(client)
            assert tunnel.asked.startswith(f"CONNECT 127.0.0.1:{server.port} HTTP/1.1\r\n".encode())
            await client.aclose()
            await tunnel.ended.wait()
            proxy.close()
