"""The command at its pipes: only protocol on standard output, and an end for whatever ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from expunge.cli.main import PIPE_CLOSED
from expunge.errors import ModelReplyError
from expunge.mcp import stdio
from expunge.mcp.channels import relayed
from expunge.registry.store import Registry
from expunge.types import Target
from tests.mcp.conftest import Session

_RUN = "from expunge.cli.main import run; run()"
_SERVER = """
import json, os, sys
print("not a message", flush=True)
print("Orla Fenwick was here", file=sys.stderr)
print("a plain line", file=sys.stderr)
sys.stderr.flush()
for line in sys.stdin:
    message = json.loads(line)
    if message["method"] == "logging/setLevel":
        sys.exit(7)
    said = " ".join(sorted(name for name in os.environ if name.startswith("EXPUNGE_"))) or "nothing"
    said += " Orla Fenwick carves marionettes."
    result = {"content": [{"type": "text", "text": said}]}
    print(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}), flush=True)
"""


_NAMED = """
import os, pathlib, sys
pathlib.Path(sys.argv[1]).write_text(str(os.getpid()))
sys.stdin.readline()
print('{"jsonrpc": "2.0", "id": 1, "result": {"content": []}}', flush=True)
sys.stdin.read()
"""


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    """The proxy's command up to the server's."""
    config = tmp_path / "expunge.toml"
    config.write_text(
        f'cache_dir = "{tmp_path}"\n[registry]\nurl = "sqlite:///{tmp_path}/expunge.db"\n'
        '[policy]\nagents = "rules"\nelicit = false\n',
        encoding="utf-8",
    )
    with Registry.open(f"sqlite:///{tmp_path}/expunge.db") as registry:
        registry.add(Target("Orla Fenwick"))
    return [sys.executable, "-c", _RUN, "mcp", "--config", str(config), "--"]


def request(number: int, method: str = "tools/call") -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": {"name": "x"}}).encode() + b"\n"


def ran(command: list[str], given: bytes, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        command, input=given, capture_output=True, timeout=120, check=False, env={**os.environ, **environment}
    )


def test_a_session(command: list[str]) -> None:
    run = ran([*command, sys.executable, "-c", _SERVER], request(1) + b"\n" + request(2), EXPUNGE_KEY_NOTE="secret")
    assert run.returncode == 0, run.stderr
    answers: list[Any] = [json.loads(line) for line in run.stdout.splitlines()]
    assert [answer["id"] for answer in answers] == [1, 2]
    assert b"Orla" not in run.stdout + run.stderr
    assert b"EXPUNGE" not in run.stdout
    assert b"a plain line" in run.stderr
    assert b"is not JSON" in run.stderr


def test_a_server_that_ends_first(command: list[str]) -> None:
    running = [*command, sys.executable, "-c", _SERVER]
    with subprocess.Popen(running, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin is not None
        process.stdin.write(request(1, "logging/setLevel"))
        process.stdin.flush()
        assert process.wait(120) == 2
        assert process.stderr is not None
        assert process.stdout is not None
        assert b"with exit status 7" in process.stderr.read()
        assert process.stdout.read() == b""


def test_a_signal_ends_both(command: list[str], tmp_path: Path) -> None:
    place = tmp_path / "server.pid"
    running = [*command, sys.executable, "-c", _NAMED, str(place)]
    with subprocess.Popen(running, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(request(1))
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["id"] == 1
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    with pytest.raises(ProcessLookupError):
        os.kill(int(place.read_text()), 0)


def test_targets_added_by_another_process(command: list[str], tmp_path: Path) -> None:
    running = [*command, sys.executable, "-c", _SERVER.replace("Orla Fenwick carves marionettes.", "Hobb Tarn is out.")]
    with subprocess.Popen(running, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdin is not None
        assert process.stdout is not None

        def told(number: int) -> str:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(request(number))
            process.stdin.flush()
            return str(json.loads(process.stdout.readline())["result"]["content"][0]["text"])

        assert "Hobb Tarn" in told(1)
        with Registry.open(f"sqlite:///{tmp_path}/expunge.db") as registry:
            registry.add(Target("Hobb Tarn"))
        number = 2
        while "Hobb Tarn" in told(number):
            number += 1
            assert number < 300
            time.sleep(0.1)
        process.stdin.close()
        assert process.wait(60) == 0


def test_a_client_that_has_gone(command: list[str]) -> None:
    running = [*command, sys.executable, "-c", _SERVER]
    with subprocess.Popen(running, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        process.stdin.write(request(1) + request(2))
        process.stdin.close()
        assert process.wait(120) == PIPE_CLOSED
        assert b"rror" not in process.stderr.read()


async def test_a_message_that_is_too_long(monkeypatch: pytest.MonkeyPatch, session: Session) -> None:
    monkeypatch.setattr(stdio, "MOST", 2_000)
    waiting = await stdio.ChildServer.start([sys.executable, "-c", "input()"])
    client = stdio.OwnStreams(BytesIO(b"x" * 5_000), BytesIO())
    with pytest.raises(ModelReplyError, match="The MCP client sent a message of over"):
        await relayed(session.relay, client, waiting)
    await waiting.close()
    server = await stdio.ChildServer.start([sys.executable, "-c", "print('x' * 5_000, flush=True); input()"])
    with pytest.raises(ModelReplyError, match="The MCP server sent a message of over"):
        await anext(server.messages())
    await server.close()


def test_a_program_that_is_not_there(command: list[str]) -> None:
    run = ran([*command, "no-such-program-here"], b"")
    assert (run.returncode, run.stdout) == (3, b"")
    assert b"The MCP server's program was not found" in run.stderr
    assert ran(command[:-1], b"").returncode == 2
