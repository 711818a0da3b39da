"""`expunge serve` as a process of its own: it says where it listens, answers, and finishes what it began."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from threading import Semaphore
from typing import Any

import httpx2
import pytest

REPLY = {
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Tea is ready."}, "finish_reason": "stop"}]
}
ASK = {"model": "stub", "messages": [{"role": "user", "content": "Is there tea?"}]}
Page = Callable[[BaseHTTPRequestHandler], None]


def answering(request: BaseHTTPRequestHandler, after: float = 0.0) -> None:
    request.rfile.read(int(request.headers.get("Content-Length", 0)))
    time.sleep(after)
    content = json.dumps(REPLY).encode()
    request.send_response(200)
    request.send_header("Content-Type", "application/json")
    request.send_header("Content-Length", str(len(content)))
    request.end_headers()
    request.wfile.write(content)


@contextmanager
def serving(folder: Path, upstream: str, *args: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    config = folder / "expunge.toml"
    config.write_text(
        f'[models.default]\nbase_url = "{upstream}/v1"\nmodel = "stub"\n[policy]\nagents = "rules"\n'
        '[registry]\nurl = "sqlite:///served.db"\n[server]\nauth = "none"\n'
    )
    command = [sys.executable, "-c", "from expunge.cli.main import run; run()", "serve", "--port", "0", "--json", *args]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, process.communicate()[1]
        yield process, json.loads(line)["url"]
    finally:
        process.kill()
        process.communicate()


def test_it_answers_and_ends_with_a_signal_after_what_is_in_flight(tmp_path: Path, site: Callable[[Page], str]) -> None:
    came = Semaphore(0)

    def page(request: BaseHTTPRequestHandler) -> None:
        came.release()
        answering(request, 0.4)

    upstream = site(page)
    with serving(tmp_path, upstream) as (process, url), ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(httpx2.post, f"{url}/v1/chat/completions", json=ASK, timeout=60) for _ in range(8)]
        assert all(came.acquire(timeout=60) for _ in asked)
        process.send_signal(signal.SIGTERM)
        assert [answer.result().json() for answer in asked] == [REPLY] * 8
        assert process.wait(60) in (0, -signal.SIGTERM)
        said = process.communicate()[1].splitlines()
        assert said[-1].startswith("Nobody is registered yet, so every answer passes; add somebody")
        assert all(line.startswith("The embedding model is not fetched yet") for line in said[:-1]), said
        with pytest.raises(httpx2.ConnectError):
            httpx2.get(f"{url}/healthz")


@pytest.mark.parametrize(
    ("server", "args", "said"),
    [
        ('auth = "none"\nhost = "0.0.0.0"', (), "works on loopback only"),
        ('auth = "none"', ("--host", "0.0.0.0"), "works on loopback only"),
        (
            'auth = "keys"',
            ("--host", "no such host"),
            "'no such host' is not a known address; use one of this machine with --host",
        ),
        ('auth = "none"', ("--port", "BUSY"), "choose another port with --port"),
    ],
)
def test_what_it_will_not_serve(
    tmp_path: Path, expunge: Callable[..., Any], server: str, args: tuple[str, ...], said: str
) -> None:
    Path("expunge.toml").write_text(f"[server]\n{server}\n")
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = str(busy.getsockname()[1])
        result = expunge("serve", *(port if arg == "BUSY" else arg for arg in args))
    assert result.code == 2
    assert said in result.err
    assert result.err.count("\n") == 1
