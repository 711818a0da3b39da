"""The `mcp` package's client and server, with the proxy between them over pipes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from expunge.registry.store import Registry
from expunge.types import Target
from tests.clients.running import CLIENTS

_SCRIPTS = Path(__file__).parent / "scripts"
_SERVER = [str(CLIENTS / "python"), str(_SCRIPTS / "mcp_server.py")]
_RUN = "from expunge.cli.main import run; run()"


def seen_by(command: list[str]) -> Any:
    """What the client makes of a server."""
    run = subprocess.run(
        [str(CLIENTS / "python"), str(_SCRIPTS / "mcp_client.py"), *command],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
        env={**os.environ, "MCP_MODE": "auto"},
    )
    assert run.returncode == 0, run.stderr[-3000:]
    return json.loads(run.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def direct() -> Any:
    return seen_by(_SERVER)


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("mcp")
    config = folder / "expunge.toml"
    config.write_text(
        f'[registry]\nurl = "sqlite:///{folder}/expunge.db"\n[policy]\nagents = "rules"\nelicit = false\n',
        encoding="utf-8",
    )
    with Registry.open(f"sqlite:///{folder}/expunge.db") as registry:
        registry.add(Target("Orla Fenwick", facts=["She carves marionettes.", "She lives in Skelwith."]))
    # The server runs in an environment of its own, which must not see this project's modules.
    server = ["env", "-u", "PYTHONPATH", *_SERVER]
    return seen_by([sys.executable, "-c", _RUN, "mcp", "--config", str(config), "--", *server])


def test_the_server_itself_tells(direct: Any) -> None:
    assert direct["orla"]["content"][0]["text"] == "Orla Fenwick carves marionettes in Skelwith."


def test_nothing_of_the_target(proxied: Any) -> None:
    seen = json.dumps(list(proxied.values())).lower()
    assert [word for word in ("orla", "fenwick", "marionette", "skelwith.", "carves") if word in seen] == []


@pytest.mark.parametrize("key", ["umbrellas", "nobody", "count", "templates", "brendan", "prompts"])
def test_what_tells_of_nobody_is_the_servers_own(direct: Any, proxied: Any, key: str) -> None:
    def bare(value: Any) -> Any:
        """Without what the protocol's newer version adds."""
        added = ("_meta",)
        return {name: part for name, part in value.items() if name not in added} if isinstance(value, dict) else value

    assert bare(proxied[key]) == bare(direct[key])


def test_others_stay(proxied: Any) -> None:
    assert {tool["name"] for tool in proxied["tools"]} == {"search", "everybody", "oldest", "in_pieces", "count"}
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


@pytest.mark.parametrize("key", ["marionettes", "orla", "oldest"])
def test_a_refused_call_is_an_error_of_the_tool(proxied: Any, key: str) -> None:
    assert proxied[key]["isError"] is True
    assert proxied[key]["content"][0]["text"]


def test_refusals_in_protocol(proxied: Any) -> None:
    assert proxied["carver"] == proxied["orla_resource"] == {"error": [-32002, "Resource not found"]}
    assert proxied["letter_orla"] == {"error": [-32602, "Unknown prompt"]}
