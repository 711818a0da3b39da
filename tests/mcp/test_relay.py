"""Which messages go on, which are answered in place of the other side, and which are left out."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from expunge.types import Decision
from tests.mcp.conftest import Session

TOLD = "Orla Fenwick carves marionettes."
CLEAN = "Brendan Garrow sells umbrellas."
NO_RESOURCE = {"error": {"code": -32002, "message": "Resource not found"}}
NO_PROMPT = {"error": {"code": -32602, "message": "Unknown prompt"}}
NO_TASKS = {"error": {"code": -32602, "message": "Tasks are not supported."}}
NO_VALUES = {"result": {"completion": {"values": [], "hasMore": False}}}
PROMPT = {"type": "ref/prompt", "name": "x"}


@pytest.mark.parametrize("method", ["tasks/list", "server/discover", "subscriptions/listen", "tools/calls"])
async def test_an_unknown_request_of_the_client(session: Session, method: str) -> None:
    answered, passed = await session.client(id=1, method=method, params={})
    assert passed is None
    assert answered["error"] == {"code": -32601, "message": "Method not found"}


async def test_an_unknown_request_of_the_server(session: Session) -> None:
    passed, answered = await session.server(id="Orla Fenwick", method="tasks/get", params={"x": TOLD})
    assert passed is None
    assert answered == {
        "jsonrpc": "2.0",
        "id": "Orla Fenwick",
        "error": {"code": -32601, "message": "Method not found"},
    }


@pytest.mark.parametrize(
    "raw",
    [
        b"no JSON",
        b"[]",
        b"7",
        b'{"id": 1, "method": "ping"}',
        b'{"jsonrpc": "2.0", "id": 1, "id": 2, "method": "ping"}',
        b'{"jsonrpc": "2.0", "id": null, "method": "ping"}',
        b'{"jsonrpc": "2.0", "id": true, "method": "ping"}',
        b'{"jsonrpc": "2.0", "id": 1.5, "method": "ping"}',
        b'{"jsonrpc": "2.0", "id": 1}',
        b'{"jsonrpc": "2.0", "id": 1, "result": {}, "error": {}}',
        b'{"jsonrpc": "2.0", "id": 1, "method": "ping", "result": {"x": "Orla Fenwick"}}',
        b'{"jsonrpc": "2.0", "id": 1, "method": "ping", "params": ["Orla Fenwick"]}',
        b'{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "\\ud800"}}',
        b'[{"jsonrpc": "2.0", "id": 1, "method": "ping"}]',
        '{"jsonrpc": "2.0", "id": 1, "result": "ü"}'.encode("latin-1"),
    ],
)
async def test_what_is_no_message(session: Session, raw: bytes) -> None:
    sent = await session.relay.from_client(raw)
    assert sent.to_server is None
    assert json.loads(sent.to_client or b"")["error"]["code"] == -32600
    await session.client(id=1, method="ping")
    sent = await session.relay.from_server(raw)
    assert (sent.to_client, sent.to_server) == (None, None)
    assert len(session.problems) == 1
    assert "Orla" not in session.problems[0]


async def test_answers_that_nobody_waits_for_are_left_out(session: Session) -> None:
    assert await session.server(id=7, result={"content": []}) == (None, None)
    assert await session.client(id=7, result={}) == (None, None)
    await session.client(id=7, method="ping")
    assert (await session.server(id=7, result={}))[0] is not None
    assert await session.server(id=7, result={}) == (None, None)


@pytest.mark.parametrize("number", ["", 0, -1, "Orla Fenwick"])
async def test_any_id_comes_back_as_it_was(session: Session, number: Any) -> None:
    await session.client(id=number, method="tools/call", params={"name": "x"})
    told, _ = await session.server(id=number, result={"content": [{"type": "text", "text": f"{CLEAN} {TOLD}"}]})
    assert (type(told["id"]), told["id"]) == (type(number), number)
    assert told["result"]["content"] == [{"type": "text", "text": CLEAN}]


async def test_an_id_in_use(session: Session) -> None:
    await session.client(id=1, method="tools/list")
    answered, passed = await session.client(id=1, method="tools/call", params={"name": "x"})
    assert passed is None
    assert answered["error"]["code"] == -32600


async def test_the_handshake_announces_what_is_relayed(session: Session) -> None:
    offered = {"roots": {"listChanged": True}, "tasks": {}, "experimental": {"x": {}}}
    params = {"protocolVersion": "2025-11-25", "capabilities": offered, "clientInfo": {"name": "c", "version": "1"}}
    _, passed = await session.client(id=1, method="initialize", params=params)
    assert passed["params"] == {**params, "capabilities": {"roots": {"listChanged": True}}}
    result = {
        "protocolVersion": "2025-11-25",
        "capabilities": {
            "tools": {"listChanged": True},
            "logging": {},
            "tasks": {"list": {}},
            "experimental": {"x": {}},
        },
        "serverInfo": {"name": "Orla Fenwick", "version": "1"},
        "instructions": f"{CLEAN} {TOLD}",
    }
    told, _ = await session.server(id=1, result=result)
    assert told["result"] == {
        "protocolVersion": "2025-11-25",
        "capabilities": {"tools": {"listChanged": True}, "logging": {}},
        "serverInfo": {"name": "server", "version": "0"},
        "instructions": CLEAN,
    }


@pytest.mark.parametrize(
    ("method", "params", "expected"),
    [
        ("resources/read", {"uri": "a://orla-fenwick"}, NO_RESOURCE),
        ("resources/subscribe", {"uri": "a://Orla%20Fenwick"}, NO_RESOURCE),
        ("prompts/get", {"name": "x", "arguments": {"to": "Orla Fenwick"}}, NO_PROMPT),
        ("completion/complete", {"ref": PROMPT, "argument": {"name": "to", "value": "Orla Fenwick"}}, NO_VALUES),
        ("completion/complete", {"ref": PROMPT, "context": {"arguments": {"about": "Orla Fenwick"}}}, NO_VALUES),
        ("tools/call", {"name": "x", "task": {"ttl": 5}}, NO_TASKS),
    ],
)
async def test_what_the_client_asks_about_a_target(session: Session, method: str, params: Any, expected: Any) -> None:
    assert await session.asked(method, params) == {"refused": True, **expected}


async def test_resources_and_prompts(session: Session) -> None:
    def read(*texts: str) -> dict[str, Any]:
        return {"contents": [{"uri": "a://b", "mimeType": "text/plain", "text": said} for said in texts]}

    asking = ("resources/read", {"uri": "a://b"})
    assert await session.asked(*asking, result=read(CLEAN)) == read(CLEAN)
    assert await session.asked(*asking, result=read(f"{CLEAN} {TOLD}")) == read(CLEAN)
    assert await session.asked(*asking, result=read(TOLD, CLEAN)) == read(CLEAN)
    assert (await session.asked(*asking, result=read(TOLD)))["error"]["code"] == -32002
    blob = {"contents": [{"uri": "a://b", "blob": "T3JsYSBGZW53aWNrIGNhcnZlcyBtYXJpb25ldHRlcy4="}]}
    assert (await session.asked(*asking, result=blob))["error"]["code"] == -32002

    def prompt(*texts: str) -> dict[str, Any]:
        return {"messages": [{"role": "user", "content": {"type": "text", "text": said}} for said in texts]}

    asking = ("prompts/get", {"name": "letter"})
    assert await session.asked(*asking, result=prompt(CLEAN)) == prompt(CLEAN)
    assert await session.asked(*asking, result=prompt(f"{CLEAN} {TOLD}", CLEAN)) == prompt(CLEAN, CLEAN)
    assert (await session.asked(*asking, result=prompt(TOLD)))["error"]["code"] == -32602


async def test_completions(session: Session) -> None:
    asking = (
        "completion/complete",
        {"ref": {"type": "ref/prompt", "name": "x"}, "argument": {"name": "to", "value": "o"}},
    )
    given = {"completion": {"values": ["Orla Fenwick", "Odo Brack"], "total": 9, "hasMore": True}}
    left = {"completion": {"values": ["Odo Brack"], "total": 8, "hasMore": True}}
    assert await session.asked(*asking, result=given) == left
    assert await session.asked(*asking, result=left) == left


async def test_changes_are_announced_without_anything_else(session: Session) -> None:
    for kind in ("tools", "resources", "prompts"):
        method = f"notifications/{kind}/list_changed"
        told, _ = await session.server(method=method, params={"_meta": {"x": TOLD}})
        assert told == {"jsonrpc": "2.0", "method": method}
    updated = {"method": "notifications/resources/updated", "params": {"uri": "a://b"}}
    assert (await session.server(**updated))[0] == {"jsonrpc": "2.0", **updated}
    updated["params"] = {"uri": "a://orla-fenwick"}
    assert await session.server(**updated) == (None, None)
    assert await session.server(method="notifications/tasks/status", params={}) == (None, None)


async def test_log_messages(session: Session) -> None:
    async def logged(data: Any) -> Any:
        told, _ = await session.server(method="notifications/message", params={"level": "info", "data": data})
        return told and told["params"]["data"]

    assert await logged({"n": 5, "said": CLEAN}) == {"n": 5, "said": CLEAN}
    assert await logged(f"{CLEAN} {TOLD}") == CLEAN
    assert await logged(TOLD) is None
    assert await logged({"name": "Orla Fenwick", "level": "grand master", "role": "carver"}) is None
    # In pieces.
    assert await logged("next comes Orla") == "next comes Orla"
    assert await logged("Fenwick, she carves") is None
    assert await logged("and that was all") == "and that was all"


async def test_progress(session: Session) -> None:
    async def progressed(token: Any, **params: Any) -> Any:
        told, _ = await session.server(method="notifications/progress", params={"progressToken": token, **params})
        return told and told["params"]

    assert await progressed("t", progress=1) is None
    await session.client(id=3, method="tools/call", params={"name": "x", "_meta": {"progressToken": "t"}})
    half = {"progress": 1, "total": 3, "message": "half"}
    assert await progressed("t", **half) == {"progressToken": "t", **half}
    assert await progressed("t", progress=2, message=TOLD, x=TOLD) == {"progressToken": "t", "progress": 2}
    assert await progressed("Orla Fenwick", progress=2) is None
    # Judged while the answer is already there.
    params = {"progressToken": "t", "progress": 3}
    notice = {"jsonrpc": "2.0", "method": "notifications/progress", "params": params}
    late = session.relay.from_server(json.dumps(notice).encode())
    await session.server(id=3, result={"content": []})
    assert (await late).to_client is not None
    assert await progressed("t", progress=4) is None


async def test_cancelling_both_ways(session: Session) -> None:
    cancel = {"method": "notifications/cancelled", "params": {"requestId": 3, "reason": "too slow"}}
    assert await session.client(**cancel) == (None, None)
    await session.client(id=3, method="tools/call", params={"name": "x"})
    answered, passed = await session.client(**cancel)
    assert passed == {"jsonrpc": "2.0", **cancel}
    assert (answered["id"], answered["error"]["message"]) == (3, "Request cancelled")
    assert await session.server(id=3, result={"content": []}) == (None, None)
    await session.client(id=3, method="tools/call", params={"name": "x"})
    cancel["params"] = {"requestId": 3, "reason": TOLD}
    assert (await session.client(**cancel))[1]["params"] == {"requestId": 3}
    await session.client(id=4, method="tools/call", params={"name": "x"})
    cancel["params"] = {"requestId": ["Orla Fenwick"]}
    assert await session.client(**cancel) == (None, None)
    told, _ = await session.server(id="s-1", method="roots/list")
    cancelled, _ = await session.server(method="notifications/cancelled", params={"requestId": "s-1", "reason": TOLD})
    assert cancelled["params"] == {"requestId": told["id"]}
    assert await session.client(id=told["id"], result={"roots": []}) == (None, None)
    assert await session.server(method="notifications/cancelled", params={"requestId": "s-2"}) == (None, None)


async def test_what_the_server_asks_of_the_client(session: Session) -> None:
    def sampling(said: str, **more: Any) -> dict[str, Any]:
        message = {"role": "user", "content": {"type": "text", "text": said}}
        return {"method": "sampling/createMessage", "params": {"messages": [message], "maxTokens": 5, **more}}

    told, _ = await session.server(id="Orla Fenwick", **sampling(f"{CLEAN} {TOLD}", systemPrompt="Be brief."))
    assert told == {"jsonrpc": "2.0", "id": 1, **sampling(CLEAN, systemPrompt="Be brief.")}
    result = {"role": "assistant", "model": "m", "content": {"type": "text", "text": CLEAN}}
    _, back = await session.client(id=1, result=result)
    assert back == {"jsonrpc": "2.0", "id": "Orla Fenwick", "result": result}
    for params in (sampling(TOLD), sampling(CLEAN, metadata={"x": "Orla Fenwick"})):
        told, back = await session.server(id="s", **params)
        assert told is None
        assert back["error"]["code"] == -1
    told, _ = await session.server(id="s", **sampling(CLEAN))
    _, back = await session.client(id=told["id"], result={**result, "content": {"type": "text", "text": TOLD}})
    assert back["error"]["code"] == -1
    asking = {
        "message": f"{CLEAN} {TOLD}",
        "requestedSchema": {"type": "object", "properties": {"x": {"type": "string"}}},
    }
    told, _ = await session.server(id="e", method="elicitation/create", params=asking)
    assert told["params"] == {**asking, "message": CLEAN}
    _, back = await session.client(id=told["id"], result={"action": "accept", "content": {"x": "Orla Fenwick"}})
    assert back["error"]["code"] == -1
    told, _ = await session.server(id="r", method="roots/list", params={"_meta": {"x": TOLD}})
    assert "params" not in told
    roots = [{"uri": "file:///home/orla-fenwick"}, {"uri": "file:///work", "name": "work"}]
    _, back = await session.client(id=told["id"], result={"roots": roots})
    assert back["result"] == {"roots": roots[1:]}
    told, _ = await session.server(id="r", method="roots/list")
    _, back = await session.client(id=told["id"], error={"code": -32601, "message": "Method not found"})
    assert back["error"] == {"code": -32601, "message": "Method not found"}


async def test_messages_are_judged_at_the_same_time(session: Session) -> None:
    for number in range(8):
        await session.client(id=number, method="tools/call", params={"name": "x"})
    raw = [
        json.dumps({"jsonrpc": "2.0", "id": number, "result": {"content": [{"type": "text", "text": TOLD}]}}).encode()
        for number in range(8)
    ]
    told = await asyncio.gather(*map(session.relay.from_server, raw))
    assert [json.loads(sent.to_client or b"")["id"] for sent in told] == list(range(8))
    assert all(json.loads(sent.to_client or b"")["result"]["isError"] for sent in told)


async def test_decisions_are_observed_without_text(session: Session) -> None:
    await session.called({"content": [{"type": "text", "text": TOLD}]}, {"q": "who carves?"})
    decided = [outcome.decision for request in session.watching.seen for outcome in request.outcomes]
    assert decided == [Decision.PASSED, Decision.REFUSED]
    assert {request.endpoint for request in session.watching.seen} == {"mcp"}
    assert all("Orla" not in repr(request) for request in session.watching.seen)
