"""`/api/check`, `/api/decisions` and `/api/audit/verify`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from httpx2 import AsyncClient
from sqlalchemy import text

from expunge.assemble import Parts
from expunge.models.scripted import ScriptedChat
from expunge.registry.audit.decisions import DecisionRecord, Sighted
from expunge.types import Decision, Target

START = datetime(2031, 5, 1, tzinfo=UTC)
TARGET = "t_aaaaaaaaaaaaaaaa"


def record(number: int) -> DecisionRecord:
    about = (TARGET,) if number % 2 else ()
    seen = (Sighted(TARGET, "name", "certain", "draft"),) if number % 2 else ()
    decision = Decision.REFUSED if number % 2 else Decision.PASSED
    at = START + timedelta(hours=number)
    return DecisionRecord(f"req_{number}", at, "chat/completions", "served", False, 7, decision, "k1", about, seen)


async def test_decisions_are_listed_newest_first(client: AsyncClient, parts: Parts) -> None:
    parts.registry.record_decisions([record(number) for number in range(5)])
    seen: list[str] = []
    cursor: str | None = None
    while True:
        params = {"limit": "2", **({"cursor": cursor} if cursor else {})}
        page = (await client.get("/api/decisions", params=params)).json()
        seen += [one["request_id"] for one in page["data"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == [f"req_{number}" for number in (4, 3, 2, 1, 0)]
    only = (await client.get("/api/decisions", params={"target": TARGET})).json()["data"]
    assert [one["request_id"] for one in only] == ["req_3", "req_1"]
    assert only[0]["evidence"][0] == {
        "target": TARGET, "kind": "name", "strength": "certain", "channel": "draft", "via": "", "score": 1.0,
    }  # fmt: skip
    late = (await client.get("/api/decisions", params={"since": "2031-05-01T03:00:00"})).json()["data"]
    assert [one["request_id"] for one in late] == ["req_4", "req_3"]
    for wrong in ({"since": "soon"}, {"limit": "0"}, {"cursor": "x"}, {"target": "Orla"}):
        assert (await client.get("/api/decisions", params=wrong)).status_code == 422


async def test_the_log_is_verified(client: AsyncClient, parts: Parts) -> None:
    parts.registry.record_decisions([record(number) for number in range(3)])
    whole = (await client.get("/api/audit/verify")).json()
    assert (whole["intact"], whole["records"], whole["problems"]) == (True, 3, [])
    with parts.registry._vault.database.writing() as connection:
        connection.execute(text("UPDATE audit SET at = at + 1 WHERE number = 2"))
    broken = (await client.get("/api/audit/verify")).json()
    assert broken["intact"] is False
    assert broken["problems"][0]["number"] == 2


async def test_scopes(client: AsyncClient) -> None:
    reader = {"authorization": "Bearer k chat targets:read targets:write"}
    for path in ("/api/decisions", "/api/audit/verify"):
        assert (await client.get(path, headers=reader)).status_code == 403


async def test_changes_are_recorded_as_done_by_the_key(client: AsyncClient, parts: Parts) -> None:
    await client.post("/api/targets", json={"name": "Orla Fenwick"}, headers={"authorization": "Bearer k9 admin"})
    with parts.registry._vault.database.reading() as connection:
        bodies = connection.execute(text("SELECT body FROM audit WHERE kind = 'change'")).scalars().all()
    assert b'"k9"' in bodies[0]
    assert b"Orla" not in bodies[0]


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
