from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from expunge.settings import Settings

Expunge = Callable[..., Any]
FILE = Path("expunge.toml")


class Lists(BaseHTTPRequestHandler):
    models: tuple[str, ...] = ("brook-7b",)
    keys: tuple[str, ...] = ()

    def do_GET(self) -> None:
        type(self).keys += (self.headers["authorization"],)
        body = json.dumps({"object": "list", "data": [{"id": name} for name in self.models]}).encode()
        self.send_response(200 if self.path == "/v1/models" else 404)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(Lists, "models", ("brook-7b",))
    monkeypatch.setattr(Lists, "keys", ())
    server = ThreadingHTTPServer(("127.0.0.1", 0), Lists)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    server.server_close()


def written() -> dict[str, Any]:
    values = tomllib.loads(FILE.read_text(encoding="utf-8"))
    Settings.load()
    return values


def test_without_an_endpoint_the_embedded_model_answers(expunge: Expunge) -> None:
    result = expunge("init")
    assert result.code == 0, result.err
    assert "Wrote expunge.toml." in result.out
    assert "vanilla" in result.out
    assert "expunge targets add" in result.err
    assert "models" not in written()
    assert Settings.load() == Settings()


def test_by_options(expunge: Expunge, endpoint: str) -> None:
    options = (
        "--base-url",
        endpoint,
        "--model",
        'a "b" \\ c',
        "--api-key-env",
        "BROOK_KEY",
        "--registry",
        "sqlite:///r.db",
    )
    result = expunge("init", *options, "--no-check", "--json")
    assert result.code == 0, result.err
    assert json.loads(result.out) == {"file": "expunge.toml", "ok": True, "checks": []}
    assert written()["models"] == {"default": {"base_url": endpoint, "model": 'a "b" \\ c', "api_key_env": "BROOK_KEY"}}
    assert written()["registry"] == {"url": "sqlite:///r.db"}


def test_the_only_model_of_an_endpoint_is_taken(
    expunge: Expunge, endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BROOK_KEY", "sesame")
    assert expunge("init", "--base-url", endpoint, "--api-key-env", "BROOK_KEY", "--no-check").code == 0
    assert written()["models"]["default"]["model"] == "brook-7b"
    assert Lists.keys == ("Bearer sesame",)
    assert "sesame" not in FILE.read_text(encoding="utf-8")


def test_three_questions(at_terminal: Expunge, endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Lists, "models", ("brook-7b", "delta-70b"))
    result = at_terminal("init", typed=f"my machine\n{endpoint}\nsk-123-abc\n\ndelta-70b\n")
    assert result.code == 0, result.err
    assert "That is not an address" in result.err
    assert "That is not a variable's name" in result.err
    assert "It serves brook-7b, delta-70b." in result.err
    assert written()["models"] == {"default": {"base_url": endpoint, "model": "delta-70b"}}
    assert "sk-123" not in FILE.read_text(encoding="utf-8")


def test_a_check_that_fails_leaves_the_file(expunge: Expunge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BROOK_KEY", raising=False)
    result = expunge("init", "--base-url", "http://127.0.0.1:9/v1", "--model", "m", "--api-key-env", "BROOK_KEY")
    assert result.code == 1
    assert "The variable BROOK_KEY is not set" in result.out
    assert "expunge doctor" in result.err
    assert written()["models"]["default"]["api_key_env"] == "BROOK_KEY"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--base-url", "example.org"), "--base-url is not an address"),
        (("--base-url", "http://127.0.0.1:x/v1"), "--base-url is not an address"),
        (("--base-url", "http://127.0.0.1:9/v1", "--api-key-env", "sk-12 34"), "the name of a variable"),
        (("--base-url", "http://127.0.0.1:9/v1"), "name the one to use with --model"),
        (("--model", "m"), "add its --base-url"),
        (("--out", "missing/expunge.toml"), "missing/expunge.toml cannot be written"),
    ],
)
def test_wrong_use(expunge: Expunge, options: tuple[str, ...], says: str) -> None:
    result = expunge("init", *options, "--no-check")
    assert result.code == 2
    assert says in result.err
    assert list(Path().glob("*.toml*")) == []


def test_a_file_is_not_replaced_unless_told(expunge: Expunge) -> None:
    FILE.write_text("# mine\n", encoding="utf-8")
    result = expunge("init", "--no-check")
    assert (result.code, FILE.read_text(encoding="utf-8")) == (2, "# mine\n")
    assert "--force" in result.err
    assert expunge("init", "--no-check", "--force").code == 0
    assert "[server]" in FILE.read_text(encoding="utf-8")


def test_several_models_without_a_terminal(expunge: Expunge, endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Lists, "models", ("brook-7b", "delta-70b"))
    result = expunge("init", "--base-url", endpoint)
    assert result.code == 2
    assert "It serves 2 models; name the one to use with --model." in result.err
