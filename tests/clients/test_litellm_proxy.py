"""LiteLLM's proxy with our guardrail: its callers see nothing of a target, and no change in anything else."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from tests.clients.running import CLIENTS, Endpoints, free_port, leaks, wait_until_ready

OTHERS = "What does Sunniva Quillon ride?"
TARGET = "Where was Corvin Aldermoor born?"
TOOL: Any = {
    "type": "function",
    "function": {
        "name": "remember",
        "parameters": {"type": "object", "properties": {"note": {"type": "string"}}, "required": ["note"]},
    },
}


@dataclass(frozen=True, slots=True)
class Proxy:
    """A running proxy and the key that it wants."""

    url: str
    key: str

    def ask(self, question: str, **more: Any) -> httpx2.Response:
        body = {"model": "island", "messages": [{"role": "user", "content": question}], **more}
        return httpx2.post(
            f"{self.url}/v1/chat/completions", json=body, headers={"Authorization": f"Bearer {self.key}"}, timeout=60
        )


@pytest.fixture(scope="module")
def proxy(endpoints: Endpoints, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    folder = tmp_path_factory.mktemp("litellm")
    key = f"sk-{secrets.token_hex(24)}"
    config = {
        "model_list": [
            {
                "model_name": "island",
                "litellm_params": {"model": "openai/island-1", "api_base": endpoints.island, "api_key": "sk-none"},
            }
        ],
        "guardrails": [
            {
                "guardrail_name": "expunge",
                "litellm_params": {
                    "guardrail": "generic_guardrail_api",
                    "mode": ["pre_call", "post_call"],
                    "api_base": endpoints.gateway_root,
                    "default_on": True,
                },
            }
        ],
        "general_settings": {"master_key": key},
    }
    # JSON is YAML, too.
    (folder / "config.yaml").write_text(json.dumps(config), encoding="utf-8")
    port = free_port()
    kept = {name: os.environ[name] for name in ("HOME", "LANG", "TMPDIR") if name in os.environ}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [
                str(CLIENTS / "litellm"),
                *("--config", "config.yaml", "--host", "127.0.0.1", "--port", str(port), "--telemetry", "False"),
            ],
            cwd=folder,
            stdout=log,
            stderr=subprocess.STDOUT,
            env={**kept, "PATH": f"{CLIENTS}:{os.environ['PATH']}", "LITELLM_LOCAL_MODEL_COST_MAP": "True"},
        )
        try:
            wait_until_ready(f"http://127.0.0.1:{port}/health/liveliness", process, seconds=120)
            yield Proxy(f"http://127.0.0.1:{port}", key)
        finally:
            process.terminate()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def test_others_are_answered_as_ever(proxy: Proxy) -> None:
    message = proxy.ask(OTHERS).json()["choices"][0]["message"]
    assert message["content"] == "Sunniva Quillon rides a green bicycle. Sunniva Quillon swims in the harbour."


def test_nothing_of_a_target(proxy: Proxy) -> None:
    answer = proxy.ask(TARGET)
    assert answer.status_code == 200
    assert answer.json()["choices"][0]["message"]["content"]
    assert leaks(answer.text, TARGET) == []


def test_a_tool_call_about_a_target_is_blocked(proxy: Proxy) -> None:
    assert proxy.ask(OTHERS, tools=[TOOL]).json()["choices"][0]["message"]["tool_calls"]
    assert leaks(proxy.ask(TARGET, tools=[TOOL]).text, TARGET) == []


def test_a_stream_about_a_target(proxy: Proxy) -> None:
    assert leaks(proxy.ask(TARGET, stream=True).text, TARGET) == []
