"""`/api/check`: evidence, and nothing else."""

from __future__ import annotations

from httpx2 import AsyncClient

from expunge.assemble import Parts
from expunge.models.scripted import ScriptedChat
from expunge.types import Target


async def test_a_text_is_screened_and_nothing_of_it_comes_back(client: AsyncClient, parts: Parts) -> None:
    target = parts.registry.add(Target("Orla Fenwick", facts=["She carved marionettes in Skelwith."]))
    response = await client.post("/api/check", json={"text": "I met Orla Fenwick."})
    body = response.json()
    assert (response.status_code, body["found"], body["revision"]) == (200, True, 1)
    first = body["evidence"][0]
    assert (first["target"], first["kind"], first["channel"]) == (target.id, "name", "draft")
    assert (first["start"], first["end"]) == (6, 18)
    assert "Orla" not in response.text
    assert (await client.post("/api/check", json={"text": "I met nobody."})).json()["evidence"] == []
    assert isinstance(parts.vanilla, ScriptedChat)
    assert parts.vanilla.calls == []


async def test_an_answer_is_screened_after_its_question(client: AsyncClient, parts: Parts) -> None:
    parts.registry.add(Target("Orla Fenwick", facts=["She carved marionettes in Skelwith."]))
    asked = [{"role": "user", "content": "What did Orla Fenwick carve?"}]
    body = (
        await client.post("/api/check", json={"text": "Orla Fenwick carved marionettes.", "messages": asked})
    ).json()
    assert {evidence["channel"] for evidence in body["evidence"]} == {"question", "draft"}
