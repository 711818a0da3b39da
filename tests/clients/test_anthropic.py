"""The `anthropic` package and langchain-anthropic, before a gateway whose upstream speaks Anthropic's API."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx2
import pytest
import pytest_asyncio
from anthropic import Anthropic, AsyncAnthropic, NotFoundError
from anthropic.types import Message

from expunge.island.world import load
from expunge.registry.store import Registry
from tests.clients.island_server import island_server
from tests.clients.running import Endpoints, free_port, leaks, run_script, served, wait_until_ready

OTHERS = "What does Sunniva Quillon ride?"
TARGET = "Where was Corvin Aldermoor born?"
TOOL: Any = {
    "name": "remember",
    "description": "Keeps a note.",
    "input_schema": {"type": "object", "properties": {"note": {"type": "string"}}, "required": ["note"]},
}
THINKING: Any = {"type": "enabled", "budget_tokens": 1024}


@pytest.fixture(scope="module")
def endpoints(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoints]:
    folder = tmp_path_factory.mktemp("anthropic")
    port = free_port()
    with island_server() as island:
        config = folder / "expunge.toml"
        config.write_text(
            f'[registry]\nurl = "sqlite:///{folder}/expunge.db"\n'
            f'[models.vanilla]\nbase_url = "{island}"\napi = "anthropic"\nmodel = "island-1"\n'
            '[policy]\nagents = "rules"\nelicit = false\n'
            f'[server]\nport = {port}\nauth = "none"\n',
            encoding="utf-8",
        )
        with Registry.open(f"sqlite:///{folder}/expunge.db") as registry:
            registry.add_many(load().targets)
        with served(["serve", "--config", str(config)]) as process:
            wait_until_ready(f"http://127.0.0.1:{port}/readyz", process)
            yield Endpoints(island, f"http://127.0.0.1:{port}/v1", Path(config))


@pytest.fixture(params=["island", "gateway"])
def client(request: pytest.FixtureRequest, endpoints: Endpoints) -> Iterator[Anthropic]:
    root = getattr(endpoints, request.param).removesuffix("/v1")
    with Anthropic(base_url=root, api_key="sk-none", max_retries=0) as client:
        yield client


@pytest_asyncio.fixture
async def gateway(endpoints: Endpoints) -> AsyncIterator[AsyncAnthropic]:
    async with AsyncAnthropic(base_url=endpoints.gateway_root, api_key="sk-none", max_retries=0) as client:
        yield client


def _asked(question: str, **more: Any) -> dict[str, Any]:
    return {"model": "island-1", "max_tokens": 2048, "messages": [{"role": "user", "content": question}], **more}


def plain(message: Message) -> dict[str, Any]:
    """A message without what the SDK adds to one that it put together."""
    return {key: value for key, value in message.to_dict().items() if value is not None}


BODIES: dict[str, Mapping[str, Any]] = {
    "whole": _asked(OTHERS),
    "streamed": _asked(OTHERS, stream=True),
    "tools": _asked(OTHERS, tools=[TOOL]),
    "tools, streamed": _asked(OTHERS, tools=[TOOL], stream=True),
    "thinking": _asked(OTHERS, thinking=THINKING),
    "thinking, streamed": _asked(OTHERS, thinking=THINKING, stream=True),
    "unknown fields": _asked(OTHERS, tomorrow={"deep": [1, None]}),
}


@pytest.mark.parametrize("name", BODIES)
def test_bytes_are_the_endpoints_own(endpoints: Endpoints, name: str) -> None:
    body = BODIES[name]
    direct = httpx2.post(f"{endpoints.island}/messages", json=body, timeout=60)
    through = httpx2.post(f"{endpoints.gateway}/messages", json=body, timeout=60)
    assert (through.status_code, through.content) == (200, direct.content)
    assert through.headers["content-type"] == direct.headers["content-type"]


def test_sync_stream_whole_and_count(client: Anthropic) -> None:
    whole = client.messages.create(**_asked(OTHERS))
    with client.messages.stream(**_asked(OTHERS)) as stream:
        text = "".join(stream.text_stream)
        final = stream.get_final_message()
    assert plain(final) == plain(whole)
    assert "green bicycle" in text
    counted = client.messages.count_tokens(model="island-1", messages=[{"role": "user", "content": TARGET}])
    assert counted.input_tokens > 0
    assert [model.id for model in client.models.list()] == ["island-1"]


def test_a_wrong_model_is_an_error_of_the_sdk(client: Anthropic) -> None:
    with pytest.raises(NotFoundError) as caught:
        client.messages.create(**{**_asked(OTHERS), "model": "island-2"})
    body: Any = caught.value.body
    assert (body["type"], body["error"]["type"]) == ("error", "not_found_error")
    assert body["request_id"]


@pytest.mark.parametrize("more", [{}, {"tools": [TOOL]}, {"thinking": THINKING}])
async def test_a_target_whole_and_streamed(gateway: AsyncAnthropic, more: dict[str, Any]) -> None:
    whole = await gateway.messages.create(**_asked(TARGET, **more))
    async with gateway.messages.stream(**_asked(TARGET, **more)) as stream:
        async for _ in stream:
            pass
        final = await stream.get_final_message()
    assert leaks(whole.model_dump_json() + final.model_dump_json(), TARGET) == []
    assert plain(final) == plain(whole)
    assert whole.content
    assert whole.stop_reason in ("end_turn", "tool_use")


def test_langchain_cannot_tell(endpoints: Endpoints) -> None:
    root = endpoints.island.removesuffix("/v1")
    own = run_script("langchain_claude.py", root, OTHERS, TARGET)
    ours = run_script("langchain_claude.py", endpoints.gateway_root, OTHERS, TARGET)
    assert ours[0] == own[0]
    assert "Pellworth" in json.dumps(own[1])
    assert leaks(json.dumps(ours[1], ensure_ascii=False), TARGET) == []
    assert ours[1]["text"]
    assert ours[1]["streamed"] == ours[1]["text"]
    assert ours[1]["parsing_error"] is None
    assert set(ours[1]["parsed"]) == {"summary", "source"}
