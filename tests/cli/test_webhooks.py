from __future__ import annotations

import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from expunge.gateway.webhooks import listener_of
from expunge.registry.store import Registry
from expunge.types import Target

Expunge = Callable[..., Any]
Site = Callable[[Callable[[BaseHTTPRequestHandler], None]], str]


def answering(status: int) -> Callable[[BaseHTTPRequestHandler], None]:
    def page(request: BaseHTTPRequestHandler) -> None:
        request.rfile.read(int(request.headers["content-length"]))
        request.send_response(status)
        request.send_header("content-length", "0")
        request.end_headers()

    return page


@pytest.mark.parametrize(("status", "code"), [(200, 0), (500, 1)])
def test_addresses_are_tried(
    expunge: Expunge, sandbox: Path, site: Site, monkeypatch: pytest.MonkeyPatch, status: int, code: int
) -> None:
    monkeypatch.setenv("HOOK", expunge("webhooks", "secret").out.strip())
    urls = [site(answering(200)), site(answering(status))]
    (sandbox / "expunge.toml").write_text(f'[webhooks]\nurls = {json.dumps(urls)}\nsecret_env = "HOOK"\n')
    told = expunge("webhooks", "test", "--json")
    assert told.code == code
    assert [entry["taken"] for entry in json.loads(told.out)] == [True, code == 0]
    plain = expunge("webhooks", "test")
    assert plain.out.splitlines()[0] == "Webhook 1: accepted."
    assert ("status 500" in plain.out) is (code == 1)


def test_what_each_address_still_waits_for(expunge: Expunge, sandbox: Path) -> None:
    assert "No webhooks are configured" in expunge("webhooks", "list").err
    url = "http://me:secret@127.0.0.1:9/hook?token=secret"
    (sandbox / "expunge.toml").write_text(
        f'[webhooks]\nurls = ["{url}"]\nsecret_env = "HOOK"\nevents = ["activated", "removed"]\n'
    )
    assert (
        expunge("webhooks", "list").out
        == "number\taddress\tstate\n1\thttp://127.0.0.1:9\tno gateway has run with it yet\n"
    )
    with Registry.open("sqlite:///expunge.db") as registry:
        registry.outbox.begin(listener_of(url))
        assert expunge("webhooks", "list").out.endswith("up to date\n")
        added = registry.add(Target("Ivo Pellandrine"))
        registry.restore(added.id)
        registry.remove(added.id)
    told = json.loads(expunge("webhooks", "list", "--json").out)
    assert [(entry["address"], entry["known"], entry["waiting"]) for entry in told] == [("http://127.0.0.1:9", True, 2)]
    assert "2 events undelivered, since 2" in expunge("webhooks", "list").out


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ("", "No webhooks are configured"),
        ('[webhooks]\nurls = ["http://127.0.0.1:9/"]', "secret_env"),
        ('[webhooks]\nurls = ["ftp://x"]\nsecret_env = "HOOK"', "http://"),
        ('[webhooks]\nurls = ["http://127.0.0.1:9/"]\nsecret_env = "HOOK"', "must hold a secret"),
    ],
)
def test_wrong_use(expunge: Expunge, sandbox: Path, monkeypatch: pytest.MonkeyPatch, toml: str, message: str) -> None:
    monkeypatch.setenv("HOOK", "whsec_short")
    (sandbox / "expunge.toml").write_text(toml)
    result = expunge("webhooks", "test")
    assert (result.code, message in result.err) == (2, True), result.err
