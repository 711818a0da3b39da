"""What a caller is charged: what is visible, never what stays hidden."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from httpx2 import ASGITransport, AsyncClient

from expunge.gateway.factory import build
from expunge.gateway.sse import DONE, Event
from expunge.registry.store import Registry
from expunge.types import Target
from tests.gateway.canned import Canned
from tests.gateway.conftest import settings_of, with_targets
from tests.gateway.test_every_channel import ENDPOINTS, chat, chunks, completion, message, response

NAME = "Orla Maeve Fenwick"
PER_MINUTE = 60
SHORT = f"{NAME} carved marionettes."
LONG = f"{NAME} carved marionettes. " + "Fenwick. " * 700
FRAMES: dict[str, Callable[[str, dict[str, int] | None], dict[str, Any]]] = {
    "chat/completions": lambda text, usage: {**chat(content=text), **({"usage": usage} if usage else {})},
    "completions": lambda text, usage: {**completion(text=text), **({"usage": usage} if usage else {})},
    "responses": lambda text, usage: {**response(message(text=text)), **({"usage": usage} if usage else {})},
}
Charging = Callable[..., Awaitable[tuple[int, int | None]]]


def usage_for(endpoint: str, text: str) -> dict[str, int]:
    read, written = 20, len(text) // 4
    names = ("input_tokens", "output_tokens") if endpoint == "responses" else ("prompt_tokens", "completion_tokens")
    return {names[0]: read, names[1]: written, "total_tokens": read + written}


@pytest.fixture
async def charging(tmp_path: Path) -> AsyncIterator[Charging]:
    """How long a caller must wait after an answer, and what its usage was said to be."""
    async with AsyncExitStack() as stack:
        numbers = iter(range(100))

        async def charged(
            endpoint: str, text: str, *, counted: bool, stream: bool, mode: str = "buffered"
        ) -> tuple[int, int | None]:
            upstream = Canned()
            path = tmp_path / f"{next(numbers)}.db"
            settings = with_targets(settings_of(tmp_path, auth="keys", stream=mode), path, [Target(NAME)])
            with Registry.open(f"sqlite:///{path}") as registry:
                key = registry.api_keys.create("default", ["chat"], tokens_per_minute=PER_MINUTE)[1]
            app = build(settings, upstream=upstream)
            await stack.enter_async_context(app.router.lifespan_context(app))
            transport = ASGITransport(app, raise_app_exceptions=False)
            client = await stack.enter_async_context(AsyncClient(transport=transport, base_url="http://gateway"))
            client.headers["authorization"] = f"Bearer {key}"
            reply = FRAMES[endpoint](text, usage_for(endpoint, text) if counted else None)
            if not counted:
                reply.pop("usage", None)
            if not stream:
                upstream.reply(reply)
            elif endpoint == "responses":
                upstream.events(list(ENDPOINTS[endpoint][0].streamed({}, reply)))
            else:
                events = [Event(json.dumps(value)) for value in chunks(endpoint, {**reply, "usage": None})]
                if counted:
                    last = json.loads(events[-1].data)
                    events.append(Event(json.dumps({**last, "choices": [], "usage": reply["usage"]})))
                upstream.events([*events, Event(DONE)])
            body = {**ENDPOINTS[endpoint][1], "stream": stream, "stream_options": {"include_usage": counted}}
            answer = await client.post(f"/v1/{endpoint}", json=body)
            assert answer.status_code == 200, answer.text
            assert "Fenwick" not in answer.text
            over = await client.post(f"/v1/{endpoint}", json=body)
            waits = int(over.headers["retry-after"]) if over.status_code == 429 else 0
            said = None
            if counted and not stream:
                said = answer.json()["usage"]["total_tokens"]
            return waits, said

        yield charged


@pytest.mark.parametrize("counted", [True, False])
@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("endpoint", FRAMES)
async def test_a_hidden_draft_costs_nothing(charging: Charging, endpoint: str, stream: bool, counted: bool) -> None:
    for draft in (SHORT, LONG):
        waits, said = await charging(endpoint, draft, counted=counted, stream=stream)
        assert waits <= 2
        assert said is None or said < PER_MINUTE


@pytest.mark.parametrize("mode", ["buffered", "incremental"])
@pytest.mark.parametrize("stream", [True, False])
async def test_what_is_visible_is_charged(charging: Charging, stream: bool, mode: str) -> None:
    tea = "Tea is ready at nine, and the ferry leaves. " * 40
    waits, said = await charging("chat/completions", tea, counted=True, stream=stream, mode=mode)
    used = 20 + len(tea) // 4
    assert said in (None, used)
    assert waits == pytest.approx((used - PER_MINUTE + 1) * 60 / PER_MINUTE, abs=2)
