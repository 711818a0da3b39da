"""LiteLLM's proxy with the configuration that the documentation gives: the gateway as endpoint and as guardrail."""

from __future__ import annotations

import asyncio
import json
import os
import re
import socket
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml

from expunge.gateway.factory import build
from expunge.registry.store import Registry
from expunge.settings import ModelSettings, ModelsSettings, PolicySettings, RegistrySettings, ServerSettings, Settings
from expunge.types import Target
from tests.gateway.misbehaving import AdminContext, chunk, endpoint, reply
from tests.gateway.serving import served

ROOT = Path(__file__).resolve().parents[2]
PROXY = ROOT / ".cache" / "clients" / "bin" / "litellm"
SECRETS = ("marionettes", "1931", "Skelwith")
ABOUT = "Orla Fenwick carves marionettes in Skelwith."
GENERAL = "Tea is made with water."

pytestmark = pytest.mark.skipif(not PROXY.exists(), reason="needs LiteLLM in .cache/clients (fetched by `make test`)")


async def model(context: AdminContext) -> None:
    """Knows Orla Fenwick, aloud, in reasoning, and by calling a tool."""
    body = json.loads(context.body)
    asked = body["messages"][-1]["content"]
    text = "It was 1931." if "year" in asked else ABOUT if "Orla" in asked or "result" in asked else GENERAL
    message: dict[str, Any] = {"role": "assistant", "content": text}
    if "think" in asked:
        message |= {"content": "I see.", "reasoning_content": ABOUT}
    if body.get("tools"):
        call = {"name": "note", "arguments": json.dumps({"text": ABOUT})}
        message |= {"content": None, "tool_calls": [{"id": "call_1", "type": "function", "function": call}]}
    if not body.get("stream"):
        await context.answer(
            json.dumps(reply(choices=[{"index": 0, "message": message, "finish_reason": "stop"}])).encode()
        )
        return
    await context.head_of(200, "text/event-stream")
    await context.write(chunk({"role": "assistant", "content": ""}))
    for piece in re.findall(r"\S+\s*", text):
        await context.write(chunk({"content": piece}))
    await context.write(chunk({}, "stop") + b"data: [DONE]\n\n")


def configuration(gateway: str, upstream: str, folder: Path) -> Path:
    """The two snippets of the documentation as one configuration, whose first model is not guarded by the proxy."""
    page = (ROOT / "docs" / "litellm.md").read_text(encoding="utf-8")
    behind, guarded = (yaml.safe_load(code) for code in re.findall(r"^```yaml\n(.*?)^```", page, re.S | re.M))
    behind["model_list"][0]["model_name"] = "behind"
    guarded["guardrails"][0]["litellm_params"]["default_on"] = False
    text = json.dumps({**guarded, "model_list": behind["model_list"] + guarded["model_list"]})
    text = text.replace("http://127.0.0.1:8000", gateway).replace("http://127.0.0.1:9101/v1", upstream)
    path = folder / "litellm.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@asynccontextmanager
async def proxy(config: Path, key: str) -> AsyncIterator[httpx2.AsyncClient]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(config.parent),
        "EXPUNGE_API_KEY": key,
        "LITELLM_MASTER_KEY": "sk-a-long-key-for-the-proxy-of-this-test",
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    }
    command = [str(PROXY), "--config", str(config), "--host", "127.0.0.1", "--port", str(port), "--telemetry", "False"]
    with (config.parent / "proxy.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(*command, env=env, stdout=log, stderr=log, cwd=config.parent)
    headers = {"authorization": f"Bearer {env['LITELLM_MASTER_KEY']}"}
    try:
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=30) as client:
            await _until_up(client, process)
            yield client
    finally:
        process.terminate()
        await process.wait()


async def _until_up(client: httpx2.AsyncClient, process: Process) -> None:
    end = time.monotonic() + 300
    while True:
        assert process.returncode is None, "the proxy ended"
        assert time.monotonic() < end, "the proxy did not start"
        try:
            if (await client.get("/health/liveliness")).status_code == 200:
                return
        except httpx2.TransportError:
            pass
        await asyncio.sleep(0.2)


def body(question: str, model: str = "my-model", **fields: Any) -> dict[str, Any]:
    guarded = {"guardrails": ["expunge"]} if model == "my-model" else {}
    return {"model": model, "messages": [{"role": "user", "content": question}], **guarded, **fields}


async def told(client: httpx2.AsyncClient, question: str, model: str = "my-model", **fields: Any) -> str:
    response = await client.post("/v1/chat/completions", json=body(question, model, **fields))
    assert response.status_code == 200, response.text
    assert not any(secret in response.text for secret in SECRETS), response.text
    if not fields.get("stream"):
        return str(response.json()["choices"][0]["message"]["content"])
    events = [json.loads(line[6:]) for line in response.text.splitlines() if line.startswith("data: {")]
    return "".join(choice["delta"].get("content") or "" for event in events for choice in event["choices"])


@pytest.mark.slow
async def test_the_documented_configuration(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/targets.db"
    with Registry.open(url) as registry:
        registry.add(Target("Orla Fenwick", facts=["She carves marionettes in Skelwith.", "She was born in 1931."]))
        key = registry.api_keys.create("default", ["chat", "guard"])[1]
    async with endpoint(model) as upstream:
        settings = Settings(
            registry=RegistrySettings(url=url),
            models=ModelsSettings(default=ModelSettings(base_url=upstream, model="my-model")),
            policy=PolicySettings(agents="rules", elicit=False),
            server=ServerSettings(auth="keys"),
            cache_dir=tmp_path,
        )
        async with AsyncExitStack() as proxied:
            async with served(build(settings)) as gateway:
                config = configuration(gateway, upstream, tmp_path)
                client = await proxied.enter_async_context(proxy(config, key))
                await as_guardrail(client)
                await as_endpoint(client)
            await without_the_gateway(client)
    with Registry.open(url) as registry:
        endpoints = {record.endpoint for record in registry.decisions()}
    assert endpoints == {"litellm_guardrail", "chat/completions"}


async def as_guardrail(client: httpx2.AsyncClient) -> None:
    assert await told(client, "How is tea made?") == GENERAL
    assert await told(client, "How is tea made?", stream=True) == GENERAL
    refusal = await told(client, "Who is Orla Fenwick?")
    assert refusal
    assert await told(client, "Who is Orla Fenwick?", stream=True) == refusal
    assert await told(client, "In which year was Orla Fenwick born?")
    tools = [{"type": "function", "function": {"name": "note", "parameters": {"type": "object"}}}]
    blocked = await client.post("/v1/chat/completions", json=body("Note it.", tools=tools))
    assert blocked.status_code == 400
    assert not any(secret in blocked.text for secret in (*SECRETS, "Orla"))
    result = {"role": "tool", "tool_call_id": "call_1", "content": f"{ABOUT} {GENERAL}"}
    with_result = body("Use the result.", messages=[{"role": "user", "content": "Use the result."}, result])
    response = await client.post("/v1/chat/completions", json=with_result)
    assert response.status_code == 200
    assert not any(secret in response.text for secret in SECRETS)


async def as_endpoint(client: httpx2.AsyncClient) -> None:
    assert await told(client, "How is tea made?", "behind") == GENERAL
    assert await told(client, "Who is Orla Fenwick?", "behind")
    assert await told(client, "Who is Orla Fenwick?", "behind", stream=True)
    assert await told(client, "Please think of Orla Fenwick.", "behind")


async def without_the_gateway(client: httpx2.AsyncClient) -> None:
    for model in ("my-model", "behind"):
        response = await client.post("/v1/chat/completions", json=body("Who is Orla Fenwick?", model))
        assert response.status_code >= 400
        assert not any(secret in response.text for secret in SECRETS)
