"""A write sent twice is done once."""

from __future__ import annotations

import asyncio

import pytest
from fastapi import Request, Response
from httpx2 import AsyncClient

from expunge.assemble import Parts
from expunge.errors import RegistryLocked
from expunge.gateway.access.principal import Principal
from expunge.gateway.admin.idempotency import IdempotentWrites

KEY = {"idempotency-key": "one"}
ORLA = {"name": "Orla Fenwick"}


async def test_the_same_write_twice(client: AsyncClient, parts: Parts) -> None:
    first = await client.post("/api/targets", json=ORLA, headers=KEY)
    again = await client.post("/api/targets", json=ORLA, headers=KEY)
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["idempotency-replayed"] == "true"
    assert (again.headers["etag"], again.headers["location"]) == (first.headers["etag"], first.headers["location"])
    assert len(parts.registry.list()) == 1

    other_body = await client.post("/api/targets", json={"name": "Tobin Reyes"}, headers=KEY)
    assert (other_body.status_code, other_body.json()["error"]["code"]) == (422, "idempotency_key_reused")
    other_key = await client.post("/api/targets", json=ORLA, headers={"idempotency-key": "two"})
    assert other_key.status_code == 409
    somebody_else = await client.post("/api/targets", json=ORLA, headers={**KEY, "authorization": "Bearer k2 admin"})
    assert somebody_else.status_code == 409

    url = first.headers["location"]
    for _ in range(2):
        assert (await client.patch(url, json={"description": "A carver."}, headers=KEY)).status_code == 200
        assert (await client.post(f"{url}/restore", headers=KEY)).json()["status"] == "lifted"
    assert [change.action for change in parts.registry.history(first.json()["id"])] == ["added", "extended", "restored"]
    for _ in range(2):
        assert (await client.delete(url, headers=KEY)).status_code == 204


async def test_what_is_removed_is_not_replayed_and_not_done_again(client: AsyncClient, parts: Parts) -> None:
    first = await client.post("/api/targets", json=ORLA, headers=KEY)
    await client.delete(first.headers["location"])
    again = await client.post("/api/targets", json=ORLA, headers=KEY)
    assert again.status_code == 410
    assert "Orla" not in again.text
    assert parts.registry.list() == ()


async def test_both_at_once(client: AsyncClient, parts: Parts) -> None:
    answers = await asyncio.gather(*(client.post("/api/targets", json=ORLA, headers=KEY) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert len(parts.registry.list()) == 1


@pytest.mark.parametrize("key", ["", "é", "x" * 201])
async def test_keys_that_are_none(client: AsyncClient, parts: Parts, key: str) -> None:
    response = await client.post("/api/targets", json=ORLA, headers=[(b"idempotency-key", key.encode())])
    assert response.status_code == 400
    assert parts.registry.list() == ()


def request_of(key: str, body: bytes = b"") -> Request:
    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": body}

    headers = [(b"idempotency-key", key.encode())]
    return Request({"type": "http", "method": "POST", "path": "/x", "query_string": b"", "headers": headers}, receive)


async def test_failures_of_ours_can_be_tried_again() -> None:
    calls: list[int] = []

    async def work() -> Response:
        calls.append(1)
        if len(calls) == 1:
            raise RegistryLocked("Busy.")
        if len(calls) == 2:
            raise ZeroDivisionError
        return Response(b"done")

    writes = IdempotentWrites()
    assert (await writes.once(Principal(), request_of("a"), work)).status_code == 503
    with pytest.raises(ZeroDivisionError):
        await writes.once(Principal(), request_of("a"), work)
    for _ in range(2):
        assert (await writes.once(Principal(), request_of("a"), work)).body == b"done"
    assert len(calls) == 3


async def test_answers_are_forgotten_after_a_day_and_where_there_are_too_many() -> None:
    now = [0.0]
    calls: list[int] = []

    async def work() -> Response:
        calls.append(1)
        return Response(b"done")

    writes = IdempotentWrites(seconds=10, most=2, clock=lambda: now[0])
    for key, done in (("a", 1), ("a", 1), ("b", 2), ("c", 3), ("d", 4), ("c", 4), ("a", 5)):
        await writes.once(Principal(), request_of(key), work)
        assert len(calls) == done
    now[0] = 11
    await writes.once(Principal(), request_of("a"), work)
    assert len(calls) == 6
