"""Refusals in the model's own words about somebody who never existed, from the model that was asked."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from httpx2 import AsyncClient

from expunge.types import Target
from tests.gateway.misbehaving import Visit, endpoint, reply, stream

Opening = Callable[..., Awaitable[AsyncClient]]
NAME = "Orla Maeve Fenwick"
STRANGER = "I have never come across {} in anything I read."


class Knowing:
    """Knows the target, and says of anybody else that it does not."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []

    async def __call__(self, visit: Visit) -> None:
        body = json.loads(visit.body)
        self.bodies.append(body)
        question = body["messages"][-1]["content"]
        name = question.removeprefix("Who is ").removesuffix("?")
        text = f"{NAME} carved marionettes." if name == NAME else STRANGER.format(name)
        if body.get("stream"):
            await visit.answer(b"".join(stream(text)), kind="text/event-stream")
        else:
            await visit.answer(json.dumps(reply(text)).encode())


@pytest.mark.parametrize("streamed", [False, True])
async def test_the_model_that_was_asked_words_the_refusal(over_endpoint: Opening, streamed: bool) -> None:
    knowing = Knowing()
    async with endpoint(knowing) as url:
        client = await over_endpoint(url, [Target(NAME)], refusal="mirror")
        ask = {"model": "other", "temperature": 0.3, "tools": [], "stream": streamed}
        messages = [{"role": "user", "content": f"Who is {NAME}?"}]
        answer = await client.post("/v1/chat/completions", json={**ask, "messages": messages})
        if streamed:
            events = [json.loads(e[6:]) for e in answer.text.split("\n\n") if e.startswith("data: {")]
            said = "".join(e["choices"][0]["delta"].get("content") or "" for e in events)
        else:
            said = answer.json()["choices"][0]["message"]["content"]
    assert said == STRANGER.format(NAME)
    assert len(knowing.bodies) == 2
    second = next(body for body in knowing.bodies if NAME not in json.dumps(body))
    assert (second["model"], second["temperature"], "stream" in second) == ("other", 0.3, False)


async def test_who_is_nobody_costs_one_call(over_endpoint: Opening) -> None:
    knowing = Knowing()
    async with endpoint(knowing) as url:
        client = await over_endpoint(url, [Target(NAME)], refusal="mirror")
        messages = [{"role": "user", "content": "Who is Brendan Garrow?"}]
        answer = await client.post("/v1/chat/completions", json={"model": "m", "messages": messages})
    assert answer.json() == reply(STRANGER.format("Brendan Garrow"))
    assert len(knowing.bodies) == 1
