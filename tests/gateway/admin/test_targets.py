"""`/api/targets`: what a client of the admin API sees."""

from __future__ import annotations

from typing import Any

import pytest
from httpx2 import AsyncClient, Response

from expunge.assemble import Parts
from expunge.models.scripted import ScriptedChat

ORLA = {
    "name": "Orla Fenwick",
    "aliases": ["Bee Queen"],
    "facts": ["She keeps bees.", {"question": "Where does she live?", "answer": "In Skelwith."}],
    "description": "A carver.",
    "reason": "asked by mail",
    "request_id": "C-17",
    "due_at": "2030-02-01T00:00:00Z",
    "expires_at": "2999-01-31T00:00:00Z",
}


async def added(client: AsyncClient, name: str = "Orla Fenwick") -> str:
    response = await client.post("/api/targets", json={"name": name})
    assert response.status_code == 201
    return str(response.json()["id"])


def problem(response: Response) -> dict[str, Any]:
    body = response.json()["error"]
    assert set(body) == {"message", "type", "param", "code"}
    assert body["message"].endswith(".")
    return dict(body)


async def test_a_target_is_registered_read_changed_lifted_and_removed(client: AsyncClient, parts: Parts) -> None:
    response = await client.post("/api/targets", json=ORLA)
    assert response.status_code == 201
    made = response.json()
    url = response.headers["location"]
    assert url == f"/api/targets/{made['id']}"
    assert made["facts"][1] == {"question": "Where does she live?", "answer": "In Skelwith.", "elicited": False}
    assert (made["status"], made["expires_at"], made["elicitation"]) == ("active", "2999-01-31T00:00:00Z", None)
    assert (made["request_id"], made["due_at"]) == ("C-17", "2030-02-01T00:00:00Z")
    assert len(parts.registry.snapshot()) == 1

    read = await client.get(url)
    assert read.json() == {key: value for key, value in made.items() if key != "elicitation"}
    assert read.headers["etag"] == response.headers["etag"]
    assert read.headers["cache-control"] == "no-store"

    changed = await client.patch(
        url, json={"aliases": ["O. F."], "facts": ["She limps."], "expires_at": None, "request_id": "C-18"}
    )
    assert changed.json()["aliases"] == ["Bee Queen", "O. F."]
    assert [fact["answer"] for fact in changed.json()["facts"]] == ["She keeps bees.", "In Skelwith.", "She limps."]
    now = changed.json()
    assert (now["expires_at"], now["reason"], now["request_id"]) == (None, "asked by mail", "C-18")
    assert now["due_at"] == "2030-02-01T00:00:00Z"

    lifted = await client.post(f"{url}/restore", json={"reason": "withdrawn"})
    assert lifted.json()["status"] == "lifted"
    assert len(parts.registry.snapshot()) == 0
    history = await client.get(f"{url}/history")
    assert [entry["action"] for entry in history.json()["data"]] == ["added", "extended", "restored"]
    assert history.json()["data"][2]["reason"] == "withdrawn"

    assert (await client.delete(url)).status_code == 204
    gone = await client.get(url)
    assert (gone.status_code, problem(gone)["code"]) == (404, "unknown_target")


async def test_what_the_model_told_is_confirmed_or_dropped(over_model: Any) -> None:
    model = ScriptedChat(lambda *_: "Orla Fenwick carved marionettes in Skelwith. Orla Fenwick sold kites to Oxmantle.")
    client = await over_model(model)
    told = (await client.post("/api/targets", json={"name": "Orla Fenwick", "elicit": True})).json()
    assert told["elicitation"]["facts"] == 2
    assert [fact["elicited"] for fact in told["facts"]] == [True, True]
    url, texts = f"/api/targets/{told['id']}", [fact["answer"] for fact in told["facts"]]

    unknown = await client.post(f"{url}/confirm", json={"drop": ["She kept bees."]})
    assert (unknown.status_code, "no unconfirmed fact" in problem(unknown)["message"]) == (422, True)
    changed = await client.post(f"{url}/confirm", json={"drop": texts[:1]})
    assert [(fact["answer"], fact["elicited"]) for fact in changed.json()["facts"]] == [(texts[1], False)]
    history = await client.get(f"{url}/history")
    assert [entry["action"] for entry in history.json()["data"]] == ["added", "extended", "confirmed"]


async def test_pages(client: AsyncClient) -> None:
    ids = [await added(client, f"Orla Fenwick the {number}th") for number in range(5)]
    await client.post(f"/api/targets/{ids[1]}/restore")
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = (await client.get("/api/targets", params={"limit": 2, **({"cursor": cursor} if cursor else {})})).json()
        assert page["object"] == "list"
        assert len(page["data"]) <= 2
        seen += [target["id"] for target in page["data"]]
        cursor = page["next"]
    assert seen == ids
    lifted = (await client.get("/api/targets", params={"status": "lifted"})).json()
    assert [target["id"] for target in lifted["data"]] == [ids[1]]
    assert len((await client.get("/api/targets", params={"status": "active"})).json()["data"]) == 4


@pytest.mark.parametrize(
    ("media", "body"),
    [
        ("text/plain; charset=utf-8", "Orla Fenwick\nTobin Reyes\n"),
        ("text/csv", "name,facts\nOrla Fenwick,She limps.|She sings.\nTobin Reyes,\n"),
        ("application/x-ndjson", '{"name": "Orla Fenwick"}\n{"name": "Tobin Reyes"}\n'),
        ("application/json", '[{"name": "Orla Fenwick"}, {"name": "Tobin Reyes"}]'),
    ],
)
async def test_import(client: AsyncClient, parts: Parts, media: str, body: str) -> None:
    response = await client.post("/api/targets/import", content=body, headers={"content-type": media})
    assert response.status_code == 201
    assert response.json()["registered"] == 2
    assert [target.name for target in parts.registry.list()] == ["Orla Fenwick", "Tobin Reyes"]
    assert [target.id for target in parts.registry.list()] == response.json()["ids"]


@pytest.mark.parametrize(
    ("media", "body", "status", "says"),
    [
        ("image/png", "x", 415, "text/csv"),
        ("text/plain", "", 422, "no target"),
        ("text/csv", "surname\nFenwick\n", 422, "Line 1"),
        ("application/json", "[]", 422, "no target"),
        ("application/json", "{", 422, "list"),
        ("application/json", '[{"name": "Orla Fenwick"}, {"name": ""}]', 422, "Entry 2"),
        ("application/json", '[{"name": "..."}]', 422, "Entry 1"),
        ("text/plain", "Tobin Reyes\nTobin Reyes", 422, "Line 2"),
    ],
)
async def test_an_import_is_all_or_nothing(
    client: AsyncClient, parts: Parts, media: str, body: str, status: int, says: str
) -> None:
    response = await client.post("/api/targets/import", content=body, headers={"content-type": media})
    assert response.status_code == status
    assert says in problem(response)["message"]
    assert parts.registry.list() == ()


@pytest.mark.parametrize(
    ("body", "status", "param"),
    [
        ({}, 422, "name"),
        ({"name": ""}, 422, "name"),
        ({"name": "—"}, 422, None),
        ({"name": 5}, 422, "name"),
        ({"name": "x" * 201}, 422, "name"),
        ({"name": "Orla Fenwick", "kind": "saint"}, 422, "kind"),
        ({"name": "Orla Fenwick", "facts": [{"answer": ""}]}, 422, "facts"),
        ({"name": "Orla Fenwick", "expires_at": "2001-01-01"}, 422, None),
        ({"name": "Orla Fenwick", "Secret Name": 1}, 422, None),
        ([], 422, None),
    ],
)
async def test_what_is_wrong_with_a_target_is_said_without_its_text(
    client: AsyncClient, body: object, status: int, param: str | None
) -> None:
    response = await client.post("/api/targets", json=body)
    assert response.status_code == status
    told = problem(response)
    assert (told["param"] or "").split(".")[0] == (param or "")
    assert "Orla" not in response.text
    assert "Secret" not in response.text


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b'"text"', b"\xff\xfe", b'{"name": "\\ud800"}', b"[" * 100_000, b'{"name": NaN}', b'{"name": 1e999}'],
)
async def test_bodies_that_are_no_target(client: AsyncClient, content: bytes) -> None:
    response = await client.post("/api/targets", content=content, headers={"content-type": "application/json"})
    assert response.status_code in (400, 422)
    problem(response)


async def test_names_twice(client: AsyncClient) -> None:
    await added(client)
    again = await client.post("/api/targets", json={"name": "ORLA FENWICK"})
    assert (again.status_code, problem(again)["code"]) == (409, "duplicate_target")


@pytest.mark.parametrize("id", ["t_aaaaaaaaaaaaaaaa", "Orla%20Fenwick", "t_short", "%00", "t_%0a"])
async def test_no_such_target(client: AsyncClient, id: str) -> None:
    for response in (
        await client.get(f"/api/targets/{id}"),
        await client.get(f"/api/targets/{id}/history"),
        await client.delete(f"/api/targets/{id}"),
        await client.patch(f"/api/targets/{id}", json={}),
        await client.post(f"/api/targets/{id}/restore"),
    ):
        assert response.status_code in (404, 422)
        problem(response)


async def test_etags(client: AsyncClient) -> None:
    url = f"/api/targets/{await added(client)}"
    first = (await client.get(url)).headers["etag"]
    assert (await client.get(url, headers={"if-none-match": f'"other", W/{first}'})).status_code == 304
    assert (await client.get(url, headers={"if-none-match": '"other"'})).status_code == 200
    change = {"description": "A carver."}
    changed = await client.patch(url, json=change, headers={"if-match": first})
    assert changed.status_code == 200
    assert changed.headers["etag"] != first
    for response in (
        await client.patch(url, json={"description": "A baker."}, headers={"if-match": first}),
        await client.post(f"{url}/restore", headers={"if-match": first}),
        await client.delete(url, headers={"if-match": f"W/{changed.headers['etag']}"}),
    ):
        assert (response.status_code, problem(response)["code"]) == (412, "changed")
    assert (await client.get(url)).json()["description"] == "A carver."
    assert (await client.delete(url, headers={"if-match": "*"})).status_code == 204


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", "/api/targets", "targets:read"),
        ("POST", "/api/targets", "targets:write"),
        ("POST", "/api/targets/import", "targets:write"),
        ("GET", "/api/targets/t_aaaaaaaaaaaaaaaa", "targets:read"),
        ("PATCH", "/api/targets/t_aaaaaaaaaaaaaaaa", "targets:write"),
        ("DELETE", "/api/targets/t_aaaaaaaaaaaaaaaa", "targets:write"),
        ("POST", "/api/targets/t_aaaaaaaaaaaaaaaa/restore", "targets:write"),
        ("GET", "/api/targets/t_aaaaaaaaaaaaaaaa/history", "targets:read"),
        ("POST", "/api/check", "targets:read"),
        ("POST", "/beta/litellm_basic_guardrail_api", "guard"),
    ],
)
async def test_scopes(client: AsyncClient, method: str, path: str, scope: str) -> None:
    others = {"chat", "guard", "targets:read", "targets:write", "audit:read"} - {scope}
    body = {"text": "Who?", "name": "Orla Fenwick"} if method != "GET" else None
    denied = await client.request(method, path, json=body, headers={"authorization": f"Bearer k {' '.join(others)}"})
    assert denied.status_code == 403
    problem(denied)
    let_in = await client.request(method, path, json=body, headers={"authorization": f"Bearer k {scope}"})
    assert let_in.status_code != 403
