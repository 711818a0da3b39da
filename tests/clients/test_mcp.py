"""The `mcp` package's client and server, with the proxy between them, over pipes and over HTTP."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from expunge.registry.store import Registry
from expunge.types import Target
from tests.clients.running import CLIENTS, free_port

_SCRIPTS = Path(__file__).parent / "scripts"
_SERVER = [str(CLIENTS / "python"), str(_SCRIPTS / "mcp_server.py")]
_RUN = "from expunge.cli.main import run; run()"


def seen_by(command: list[str], mode: str = "auto") -> Any:
    """What the client makes of a server."""
    run = subprocess.run(
        [str(CLIENTS / "python"), str(_SCRIPTS / "mcp_client.py"), *command],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
        env={**os.environ, "MCP_MODE": mode},
    )
    assert run.returncode == 0, run.stderr[-3000:]
    return json.loads(run.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def direct() -> Any:
    return seen_by(_SERVER, "legacy")


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The proxy's command up to where the server is."""
    folder = tmp_path_factory.mktemp("mcp")
    config = folder / "expunge.toml"
    config.write_text(
        f'[registry]\nurl = "sqlite:///{folder}/expunge.db"\n[policy]\nagents = "rules"\nelicit = false\n',
        encoding="utf-8",
    )
    with Registry.open(f"sqlite:///{folder}/expunge.db") as registry:
        registry.add(Target("Orla Fenwick", facts=["She carves marionettes.", "She lives in Skelwith."]))
    return [sys.executable, "-c", _RUN, "mcp", "--config", str(config)]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """The address of the server, over HTTP."""
    port = free_port()
    with running([*_SERVER, str(port)]):
        wait_for(port)
        yield f"http://127.0.0.1:{port}/mcp"


_WAYS = (
    "pipes to pipes",
    "HTTP to HTTP",
    pytest.param("pipes to HTTP", marks=pytest.mark.slow),
    pytest.param("HTTP to pipes", marks=pytest.mark.slow),
)


@pytest.fixture(scope="module", params=_WAYS)
def proxied(request: pytest.FixtureRequest, proxy: list[str], url: str) -> Any:
    client, server = request.param.split(" to ")
    # The server runs in an environment of its own, which must not see this project's modules.
    place = ["--", "env", "-u", "PYTHONPATH", *_SERVER] if server == "pipes" else ["--url", url]
    if client == "pipes":
        return seen_by([*proxy, *place])
    port = free_port()
    with running([*proxy, "--listen", f"127.0.0.1:{port}", *place]):
        wait_for(port)
        return seen_by([f"http://127.0.0.1:{port}/mcp"])


@contextmanager
def running(command: list[str]) -> Iterator[None]:
    own = command[0] == sys.executable
    environment = {key: value for key, value in os.environ.items() if own or key != "PYTHONPATH"}
    quiet: Any = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, env=environment, **quiet) as process:
        try:
            yield
        finally:
            process.terminate()
            assert process.wait(30) is not None


def wait_for(port: int) -> None:
    """Wait until somebody listens on a port."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=2):
            return
        time.sleep(0.1)
    raise AssertionError("nobody listens")


def test_the_server_itself_tells(direct: Any) -> None:
    assert direct["orla"]["content"][0]["text"] == "Orla Fenwick carves marionettes in Skelwith."


def test_nothing_of_the_target(proxied: Any) -> None:
    seen = json.dumps(list(proxied.values())).lower()
    assert [word for word in ("orla", "fenwick", "marionette", "skelwith.", "carves") if word in seen] == []


@pytest.mark.parametrize("key", ["umbrellas", "nobody", "count", "choice", "templates", "brendan", "prompts"])
def test_what_tells_of_nobody_is_the_servers_own(direct: Any, proxied: Any, key: str) -> None:
    assert proxied[key] == direct[key]


def test_others_stay(proxied: Any) -> None:
    tools = ["search", "everybody", "oldest", "in_pieces", "count", "choose"]
    assert [tool["name"] for tool in proxied["tools"]] == tools
    people = proxied["everybody"]["structuredContent"]["result"]
    assert [person["name"] for person in people] == ["Brendan Garrow", "Ines Halloran"]
    texts = [json.loads(block["text"])["name"] for block in proxied["everybody"]["content"]]
    assert texts == ["Brendan Garrow", "Ines Halloran"]
    chronicle = proxied["chronicle"]["contents"][0]["text"].splitlines()
    assert chronicle[0] == "Brendan Garrow sells umbrellas in Tarn Hollow."
    assert proxied["letter"]["messages"][0]["content"]["text"] == "Write a letter to Brendan Garrow. Be brief."
    assert [resource["name"] for resource in proxied["resources"]] == ["chronicle"]
    assert [step[0] for step in proxied["progress"]] == [1.0, 2.0, 3.0]
    assert proxied["instructions"] == "Ask about the village."
    assert proxied["elicited"] == ["Which colour do you like?"]


@pytest.mark.parametrize("key", ["marionettes", "orla", "oldest"])
def test_a_refused_call_is_an_error_of_the_tool(proxied: Any, key: str) -> None:
    assert proxied[key]["isError"] is True
    assert proxied[key]["content"][0]["text"]


def test_refusals_in_protocol(proxied: Any) -> None:
    assert proxied["carver"] == proxied["orla_resource"] == {"error": [-32002, "Resource not found"]}
    assert proxied["letter_orla"] == {"error": [-32602, "Unknown prompt"]}
