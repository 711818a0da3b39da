"""Running the gateway, and scripts of the clients' own environment."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from expunge.island.world import load

CLIENTS = Path(__file__).parents[2] / ".cache" / "clients" / "bin"
_RUN = "from expunge.cli.main import run; run()"
_READY_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The island itself, and the gateway before it, which forgets three of its people."""

    island: str
    gateway: str
    config: Path

    @property
    def gateway_root(self) -> str:
        """The gateway's address without `/v1`."""
        return self.gateway.removesuffix("/v1")


def run_script(name: str, base_url: str, *arguments: str) -> Any:
    """What a script of the clients' own environment prints, as JSON."""
    script = Path(__file__).parent / "scripts" / name
    run = subprocess.run(
        [str(CLIENTS / "python"), str(script), base_url, *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=_bare_environment(),
    )
    assert run.returncode == 0, run.stderr[-3000:]
    return json.loads(run.stdout.splitlines()[-1])


def _bare_environment() -> dict[str, str]:
    kept = {key: os.environ[key] for key in ("PATH", "HOME", "LANG", "TMPDIR") if key in os.environ}
    return {**kept, "LITELLM_LOCAL_MODEL_COST_MAP": "True", "OPENAI_API_KEY": "sk-none"}


def wait_until_ready(url: str, process: subprocess.Popen[Any], seconds: float = _READY_SECONDS) -> None:
    """Wait until a URL answers with 200."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert process.poll() is None, "the server ended"
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise AssertionError("the server is not ready in time")


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def leaks(text: str, asked: str = "") -> list[str]:
    """Words of forgotten people that a text holds and the question does not."""
    words = [w for p in load().people if p.forgotten for w in (*p.name.split(), *p.secrets)]
    return [w for w in dict.fromkeys(words) if w.lower() in text.lower() and w.lower() not in asked.lower()]


class served:
    """An `expunge` command that runs while the block does, and is ended by SIGTERM."""

    def __init__(self, arguments: Sequence[str]) -> None:
        self._command = [sys.executable, "-c", _RUN, *arguments]

    def __enter__(self) -> subprocess.Popen[bytes]:
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return self._process

    def __exit__(self, *error: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise
