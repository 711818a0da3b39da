from __future__ import annotations

import hashlib
import json
import socket
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from expunge.errors import ModelError, ModelRefused, ModelReplyError, ModelUnreachable, WeightsInvalid
from expunge.models.cache import pull

DATA = b"GGUF" + bytes(range(256)) * 4000
NAME = "org/repo:tiny.gguf"
Page = Callable[[BaseHTTPRequestHandler], None]


class Hub:
    """A hub with one file, which it redirects to a content network, and its misbehaviours."""

    def __init__(self) -> None:
        self.sha256 = hashlib.sha256(DATA).hexdigest()
        self.data = DATA
        self.log: list[tuple[str, str, str]] = []
        self.cuts = 0
        self.ranges = True
        self.kind = "application/octet-stream"
        self.linked = True
        self.siblings: object = [{"rfilename": name} for name in ("b.gguf", "README.md", "a.gguf")]

    def __call__(self, request: BaseHTTPRequestHandler) -> None:
        asked = request.headers.get("Range") or ""
        self.log.append((request.command, request.path, asked))
        if request.path == "/api/models/org/repo":
            self._send(request, 200, json.dumps({"siblings": self.siblings}).encode())
        elif request.path == "/org/repo/resolve/main/tiny.gguf":
            request.send_response(302)
            if self.linked:
                request.send_header("X-Linked-Etag", f'"{self.sha256}"')
                request.send_header("X-Linked-Size", str(len(self.data)))
            request.send_header("Location", "/network/1")
            request.send_header("Content-Length", "0")
            request.end_headers()
        elif request.path == "/network/1":
            start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and self.ranges else 0
            status = 206 if start else 200
            if self.cuts and request.command == "GET":
                self.cuts -= 1
                self._send(request, status, self.data[start:], cut=200_000)
            else:
                self._send(request, status, self.data[start:])
        else:
            self._send(request, 404, b"not here")

    def _send(self, request: BaseHTTPRequestHandler, status: int, body: bytes, cut: int | None = None) -> None:
        request.send_response(status)
        request.send_header("Content-Type", self.kind)
        request.send_header("Content-Length", str(len(body)))
        request.send_header("ETag", '"network-tag"')
        request.end_headers()
        if request.command == "GET":
            request.wfile.write(body[:cut])

    def gets(self) -> list[str]:
        return [asked for method, path, asked in self.log if method == "GET" and path == "/network/1"]


@pytest.fixture
def hub() -> Hub:
    return Hub()


@pytest.fixture
def fetch(hub: Hub, site: Callable[[Page], str], tmp_path: Path) -> Callable[..., Path]:
    endpoint = site(hub)

    def call(name: str = NAME, **options: Any) -> Path:
        return pull(name, cache=tmp_path, endpoint=endpoint, **options)

    return call


def names(tmp_path: Path) -> list[str]:
    return [path.name for path in tmp_path.rglob("*") if path.is_file()]


def test_fetches_checks_and_reports(hub: Hub, fetch: Callable[..., Path], tmp_path: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    path = fetch(progress=lambda *report: seen.append(report))
    assert path == tmp_path / "models" / "org" / "repo" / "tiny.gguf"
    assert path.read_bytes() == DATA
    assert names(tmp_path) == ["tiny.gguf"]
    assert seen[-1] == ("fetching", len(DATA), len(DATA))
    assert fetch("hf://org/repo/tiny.gguf") == path
    assert len(hub.gets()) == 1


def test_a_changed_file_is_fetched_again(hub: Hub, fetch: Callable[..., Path]) -> None:
    path = fetch()
    path.write_bytes(b"GGUF, but bent")
    assert fetch().read_bytes() == DATA
    assert len(hub.gets()) == 2


def test_a_dropped_connection_is_continued(hub: Hub, fetch: Callable[..., Path]) -> None:
    hub.cuts = 3
    assert fetch().read_bytes() == DATA
    assert len(hub.gets()) == 4
    assert hub.gets()[0] == ""
    assert all(asked.startswith("bytes=") for asked in hub.gets()[1:])


def test_a_hub_that_knows_no_ranges(hub: Hub, fetch: Callable[..., Path]) -> None:
    hub.cuts, hub.ranges = 2, False
    assert fetch().read_bytes() == DATA


def test_interrupted_it_is_continued_by_the_next_call(hub: Hub, fetch: Callable[..., Path], tmp_path: Path) -> None:
    def interrupt(label: str, done: int, total: int) -> None:
        raise KeyboardInterrupt

    hub.cuts = 1
    with pytest.raises(KeyboardInterrupt):
        fetch(progress=interrupt)
    assert "tiny.gguf" not in names(tmp_path)
    assert fetch().read_bytes() == DATA
    assert hub.gets()[-1].startswith("bytes=")
    assert names(tmp_path) == ["tiny.gguf"]


def test_breaks_off_again_and_again(hub: Hub, fetch: Callable[..., Path], tmp_path: Path) -> None:
    hub.cuts, hub.ranges = 99, False
    with pytest.raises(ModelUnreachable, match="continue"):
        fetch()
    assert "tiny.gguf" not in names(tmp_path)


def test_a_wrong_checksum(hub: Hub, fetch: Callable[..., Path], tmp_path: Path) -> None:
    hub.sha256 = "0" * 64
    with pytest.raises(WeightsInvalid, match="checksum"):
        fetch()
    assert names(tmp_path) == []


def test_without_a_checksum_the_size_and_the_magic_count(hub: Hub, fetch: Callable[..., Path], tmp_path: Path) -> None:
    hub.linked = False
    hub.cuts = 1
    assert fetch().read_bytes() == DATA
    hub.data = b"PK\x03\x04" + DATA
    with pytest.raises(WeightsInvalid, match="not a GGUF"):
        fetch()
    assert names(tmp_path) == ["tiny.gguf"]


def test_a_web_page_instead_of_the_file(hub: Hub, fetch: Callable[..., Path], tmp_path: Path) -> None:
    hub.kind = "text/html; charset=utf-8"
    with pytest.raises(ModelReplyError, match="web page"):
        fetch()
    assert names(tmp_path) == []


@pytest.mark.parametrize("name", ["org/repo", "org/repo:README.md"])
def test_without_a_file_it_names_those_there_are(fetch: Callable[..., Path], name: str) -> None:
    with pytest.raises(ModelError, match=r"org/repo:a\.gguf; it holds a\.gguf, b\.gguf\."):
        fetch(name)


@pytest.mark.parametrize(
    ("siblings", "kind", "says"),
    [([], ModelError, "holds no"), (None, ModelReplyError, "does not list"), ([1], ModelReplyError, "does not list")],
)
def test_a_repository_without_such_files(
    hub: Hub, fetch: Callable[..., Path], siblings: object, kind: type[ModelError], says: str
) -> None:
    hub.siblings = siblings
    with pytest.raises(kind, match=says):
        fetch("org/repo")


def test_an_unknown_repository(fetch: Callable[..., Path]) -> None:
    with pytest.raises(ModelRefused, match="no such repository") as caught:
        fetch("org/other:a.gguf")
    assert caught.value.status == 404


def test_a_hub_that_is_not_there(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(ModelUnreachable, match=r"127\.0\.0\.1 cannot be reached"):
        pull(NAME, cache=tmp_path, endpoint=endpoint)
