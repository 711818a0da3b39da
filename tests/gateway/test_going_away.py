"""A client that goes away takes all that works for it along."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from httpx2 import AsyncClient, ReadTimeout

from expunge.gateway.factory import build
from expunge.settings import Settings
from tests.gateway.misbehaving import AdminContext, Script, chunk, endpoint
from tests.gateway.serving import served

ASK: dict[str, Any] = {"model": "stub", "messages": [{"role": "user", "content": "Who carves?"}]}
SettingsOf = Callable[..., Settings]


async def before_the_head(context: AdminContext) -> None:
    await context.stall()


async def after_the_head(context: AdminContext) -> None:
    await context.head_of()
    await context.stall()


async def within_the_stream(context: AdminContext) -> None:
    await context.head_of(kind="text/event-stream")
    await context.write(chunk({"role": "assistant", "content": "Tea is ready. "}))
    await context.stall()


@pytest.mark.parametrize("mode", ["buffered", "incremental"])
@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("script", [before_the_head, after_the_head, within_the_stream])
async def test_the_upstream_call_ends(settings_for: SettingsOf, script: Script, streamed: bool, mode: str) -> None:
    came: list[AdminContext] = []

    async def noted(context: AdminContext) -> None:
        came.append(context)
        await script(context)

    async with endpoint(noted) as url, served(build(settings_for(url, stream=mode, keep_alive=0.05))) as gateway:
        async with AsyncClient(base_url=gateway, timeout=0.2) as client:
            with pytest.raises((ReadTimeout, TimeoutError)):
                async with asyncio.timeout(0.3):
                    await client.post("/v1/chat/completions", json={**ASK, "stream": streamed})
        await asyncio.wait_for(came[0].gone.wait(), 2)
    assert len(came) == 1


async def test_an_agents_call_ends(settings_for: SettingsOf) -> None:
    """The audit's model stalls when the client goes away."""
    came: list[AdminContext] = []
    both = asyncio.Event()

    async def script(context: AdminContext) -> None:
        came.append(context)
        if len(came) == 1:
            choice = {"index": 0, "message": {"role": "assistant", "content": "Orla Fenwick carves."}}
            await context.answer(json.dumps({"choices": [{**choice, "finish_reason": "stop"}]}).encode())
        else:
            both.set()
            await context.stall()

    async with endpoint(script) as url:
        settings = settings_for(url, targets=["Orla Fenwick"], agents="model")
        async with served(build(settings)) as gateway, AsyncClient(base_url=gateway) as client:
            work = asyncio.ensure_future(client.post("/v1/chat/completions", json=ASK, timeout=10))
            await asyncio.wait_for(both.wait(), 10)
            work.cancel()
            await asyncio.wait_for(came[1].gone.wait(), 2)


async def test_what_is_in_flight_is_finished_at_shutdown(settings_for: SettingsOf) -> None:
    asked = asyncio.Event()
    body = {"choices": [{"index": 0, "message": {"role": "assistant", "content": "Tea."}, "finish_reason": "stop"}]}

    async def script(context: AdminContext) -> None:
        asked.set()
        await asyncio.sleep(0.3)
        await context.answer(json.dumps(body).encode())

    async with endpoint(script) as url, AsyncClient() as client:
        async with served(build(settings_for(url))) as gateway:
            work = asyncio.ensure_future(client.post(f"{gateway}/v1/chat/completions", json=ASK))
            await asked.wait()
        answer = await work
    assert (answer.status_code, answer.json()) == (200, body)
