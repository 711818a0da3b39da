"""`/api/scrub`: the same form without targets, and who may ask for it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import ASGITransport, AsyncClient

from expunge.assemble import Parts
from expunge.gateway.access.principal import Authenticator, SingleTenant
from expunge.gateway.factory import admin_routers
from expunge.gateway.proxy.moderator import MOST, Moderator
from expunge.gateway.telemetry.observer import Decided, Failed
from expunge.types import Decision, Target, TargetUpdate

CLEAN = "Brendan Garrow sells umbrellas."
TOLD = f"{CLEAN} Orla Fenwick carves marionettes."
GUARD = {"authorization": "Bearer k guard"}


class Watching:
    def __init__(self) -> None:
        self.seen: list[Decided] = []

    def decided(self, request: Decided) -> None:
        self.seen.append(request)

    def failed(self, request: Failed) -> None:
        raise AssertionError


@pytest.fixture
def watching() -> Watching:
    return Watching()


@pytest.fixture
async def client(parts: Parts, gate: Authenticator, watching: Watching) -> AsyncIterator[AsyncClient]:
    parts.registry.add(Target("Orla Fenwick", facts=["She carves marionettes.", "She was born in 1931."]))
    app = FastAPI()
    moderator = Moderator()
    for router in admin_routers(gate, SingleTenant(parts), moderator, watching):
        app.include_router(router)
    async with AsyncClient(transport=ASGITransport(app), base_url="http://gateway") as opened:
        yield opened
    await moderator.aclose()


async def scrubbed(client: AsyncClient, **body: Any) -> dict[str, Any]:
    response = await client.post("/api/scrub", json=body, headers=GUARD)
    assert response.status_code == 200, response.text
    return dict(response.json())


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"text": CLEAN}, {"decision": "passed", "text": CLEAN}),
        ({"text": TOLD}, {"decision": "rewritten", "text": CLEAN}),
        ({"text": "Orla Fenwick"}, {"decision": "refused", "text": ""}),
        ({"text": ""}, {"decision": "passed", "text": ""}),
        ({"json": None}, {"decision": "passed", "json": None}),
        ({"json": TOLD}, {"decision": "rewritten", "json": CLEAN}),
        (
            {"json": {"hits": [{"name": "Orla Fenwick", "born": 1931}, {"name": "Brendan Garrow", "born": 1940}]}},
            {
                "decision": "rewritten",
                "json": {"hits": [{"name": "", "born": None}, {"name": "Brendan Garrow", "born": 1940}]},
            },
        ),
        ({"messages": []}, {"decision": "passed", "messages": []}),
    ],
)
async def test_forms(client: AsyncClient, body: dict[str, Any], expected: dict[str, Any]) -> None:
    assert await scrubbed(client, **body) == expected


async def test_messages_are_judged_as_a_conversation(client: AsyncClient) -> None:
    asked = {"role": "user", "content": "In which year was Orla Fenwick born?"}
    told = {"role": "assistant", "content": "It was 1931."}
    tool = {"role": "tool", "tool_call_id": "call_1", "content": [{"type": "text", "text": TOLD}]}
    assert (await scrubbed(client, messages=[told]))["decision"] == "passed"
    found = await scrubbed(client, messages=[asked, told, tool])
    assert found["decision"] == "rewritten"
    assert [message["role"] for message in found["messages"]] == ["user", "assistant", "tool"]
    assert found["messages"][2] == {**tool, "content": [{"type": "text", "text": CLEAN}]}
    assert "1931" not in str(found)
    assert "Orla" not in str(found)


async def test_ids_of_targets_are_for_those_who_may_look_them_up(
    client: AsyncClient, parts: Parts, watching: Watching
) -> None:
    (target,) = parts.registry.list()
    body = {"json": [TOLD, CLEAN]}
    assert "targets" not in (await client.post("/api/scrub", json=body, headers=GUARD)).json()
    both = {"authorization": "Bearer k guard targets:read"}
    assert (await client.post("/api/scrub", json=body, headers=both)).json()["targets"] == [target.id]
    for scopes in ("chat", "chat targets:read targets:write audit:read"):
        response = await client.post("/api/scrub", json=body, headers={"authorization": f"Bearer k {scopes}"})
        assert response.status_code == 403
    assert [(seen.endpoint, seen.outcomes[0].decision) for seen in watching.seen] == [("scrub", Decision.REWRITTEN)] * 2
    assert {evidence.target_id for evidence in watching.seen[0].outcomes[0].trace.evidence} == {target.id}


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"{}", 422),
        (b'{"text": null}', 422),
        (b'{"messages": null}', 422),
        (b'{"text": 7}', 422),
        (b'{"text": "a", "json": 1}', 422),
        (b'{"text": "a", "other": 1}', 422),
        (b'{"messages": ["a"]}', 422),
        (b'{"json": NaN}', 400),
        (b'{"json": "\\ud800"}', 400),
        (b'{"json": {"a": 1, "a": 2}}', 400),
        (b'{"json": ' + b"[" * 200_000, 400),
        (b'{"text": "' + b"a" * (MOST + 1) + b'"}', 413),
    ],
)
async def test_bodies_that_are_turned_down(client: AsyncClient, raw: bytes, status: int) -> None:
    headers = {**GUARD, "content-type": "application/json"}
    response = await client.post("/api/scrub", content=raw, headers=headers)
    assert (response.status_code, set(response.json())) == (status, {"error"})


async def test_what_cannot_be_judged_is_emptied_and_says_why(client: AsyncClient, parts: Parts) -> None:
    # Words of both the question and the fact, so that it must be compared by meaning, a hundred thousand times.
    (target,) = parts.registry.list()
    parts.registry.extend(target.id, TargetUpdate(facts=["The keeper of the archive hid letters."]))
    sentences = " ".join(f"The keeper number {number} hid letters in the archive." for number in range(9_000))
    for body in ({"text": sentences}, {"json": [sentences]}):
        found = await scrubbed(client, **body)
        assert (found["decision"], found["failed"]) == ("refused", "OverBudget")
        assert "keeper" not in str(found)
