"""What is left of a server's results: the form, everybody else, and nothing of a target."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from tests.mcp.conftest import Session

CLEAN = "Brendan Garrow sells umbrellas."
TOLD = f"{CLEAN} Orla Fenwick carves marionettes."
BRENDAN = {"name": "Brendan Garrow", "trade": "umbrellas", "born": 1940}
ORLA = {"name": "Orla Fenwick", "trade": "marionettes", "born": 1931}
PICTURE = base64.b64encode(bytes(range(256)) * 3).decode()


def text(said: str, **more: Any) -> dict[str, Any]:
    return {"type": "text", "text": said, **more}


def result(*blocks: Any, **more: Any) -> dict[str, Any]:
    return {"content": list(blocks), "isError": False, **more}


@pytest.mark.parametrize(
    "given",
    [
        result(),
        result(text(CLEAN)),
        result(text(""), text(CLEAN, annotations={"audience": ["user"], "priority": 0.5})),
        result(text(json.dumps(BRENDAN)), structuredContent=BRENDAN, _meta={"a": 1}),
        result({"type": "image", "data": PICTURE, "mimeType": "image/png"}),
        result({"type": "resource", "resource": {"uri": "file:///a.txt", "mimeType": "text/plain", "text": CLEAN}}),
        result({"type": "resource_link", "uri": "file:///a.txt", "name": "a"}),
        {"content": [text("No such file.")], "isError": True},
    ],
)
async def test_a_result_that_tells_of_nobody_passes_byte_for_byte(session: Session, given: dict[str, Any]) -> None:
    await session.client(id="a", method="tools/call", params={"name": "look", "arguments": {"q": "umbrellas"}})
    raw = json.dumps({"id": "a", "result": given, "jsonrpc": "2.0"}, indent=None).encode()
    assert (await session.relay.from_server(raw)).to_client == raw


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (result(text(TOLD)), result(text(CLEAN))),
        (result(text("Orla Fenwick"), text(CLEAN)), result(text(CLEAN))),
        # A record in a list is left out, whether the list is in JSON or in a text of it, and others stay.
        (
            result(text(json.dumps([ORLA, BRENDAN])), structuredContent={"result": [ORLA, BRENDAN]}),
            result(text(json.dumps([BRENDAN])), structuredContent={"result": [BRENDAN]}),
        ),
        (
            result(text(json.dumps(ORLA, indent=2)), text(json.dumps(BRENDAN, indent=2))),
            result(text(json.dumps(BRENDAN, indent=2))),
        ),
        # Keys that label blocks are data in records.
        (
            result(
                text(json.dumps({"found": [{"name": "Orla Fenwick", "type": "x", "role": "master"}, BRENDAN]})),
                structuredContent={"found": [{"name": "Orla Fenwick", "type": "x", "audience": ["lords"]}, BRENDAN]},
            ),
            result(text(json.dumps({"found": [BRENDAN]})), structuredContent={"found": [BRENDAN]}),
        ),
        (
            result(text(TOLD, annotations={"audience": ["user"], "priority": 1})),
            result(text(CLEAN, annotations={"audience": ["user"], "priority": 1})),
        ),
        (result(text(CLEAN), text(CLEAN, annotations={"audience": ["Orla Fenwick"]})), result(text(CLEAN))),
        (result(text(CLEAN), {"type": "Orla Fenwick", "text": CLEAN}), result(text(CLEAN))),
        (
            result(text('{"rows":[["Orla Fenwick",1931],["Brendan Garrow",1940]]}')),
            result(text('{"rows":[["Brendan Garrow",1940]]}')),
        ),
        # What is told over several blocks, however they are labelled.
        (result(text("It was Orla"), text("Fenwick who won."), text(CLEAN)), result(text(CLEAN))),
        # A block that may not stay as it is goes.
        (
            result({"type": "resource_link", "uri": "file:///people/orla-fenwick.txt", "name": "x"}, text(CLEAN)),
            result(text(CLEAN)),
        ),
        (
            result({"type": "resource", "resource": {"uri": "file:///a.txt", "text": "Orla Fenwick"}}, text(CLEAN)),
            result(text(CLEAN)),
        ),
        (
            result({"type": "resource", "resource": {"uri": "file:///a.txt", "text": TOLD}}),
            result({"type": "resource", "resource": {"uri": "file:///a.txt", "text": CLEAN}}),
        ),
        (
            result({"type": "image", "data": base64.b64encode(TOLD.encode()).decode()}, text(CLEAN)),
            result(text(CLEAN)),
        ),
        (result(text(CLEAN), _meta={"note": "Orla Fenwick"}), result(text(CLEAN), _meta={"note": ""})),
        ({"content": [text(TOLD)], "isError": True}, {"content": [text(CLEAN)], "isError": True}),
    ],
)  # fmt: skip
async def test_what_is_left_of_a_call(session: Session, given: dict[str, Any], expected: dict[str, Any]) -> None:
    assert await session.called(given) == expected
    assert await session.called(expected) == expected


@pytest.mark.parametrize(
    "given",
    [
        result(text("Orla Fenwick")),
        result(text(json.dumps(ORLA)), structuredContent=ORLA),
        result(text("Orla Fenwick carves marionettes."), structuredContent={"result": "Orla Fenwick carves."}),
        result({"type": "resource_link", "uri": "file:///people/orla-fenwick.txt", "name": "x"}),
        result(text(TOLD), isError="Orla Fenwick"),
        # A block goes for what labels it, and those beside it meet.
        result(text("It was Orla"), text("and", annotations={"lastModified": "Orla Fenwick"}), text("Fenwick won.")),
        {"resultType": "input_required", "inputRequests": {"a": {"message": "Is it Orla Fenwick?"}}},
        result(text("a" * 2_100_000)),
        result(*(text(str(number)) for number in range(10_001))),
        ["Orla Fenwick"],
    ],
    ids=range(10),
)
async def test_a_result_of_which_nothing_is_left_is_ignorance(session: Session, given: Any) -> None:
    told = await session.called(given)
    if isinstance(given, list):
        assert told["error"] == {"code": -32603, "message": "Internal error"}
        return
    assert told["isError"] is True
    (block,) = told["content"]
    assert block["type"] == "text"
    assert block["text"]
    assert told.keys() == {"content", "isError"}


async def test_a_call_about_a_target_never_reaches_the_server(session: Session) -> None:
    refused = await session.called(result(text("found")), {"query": "Wer ist Orla Fenwick und wo wohnt sie?"})
    assert refused["refused"]
    assert refused["result"]["isError"] is True
    # In the language of the question, and no word of why.
    assert "ich" in refused["result"]["content"][0]["text"] or "mir" in refused["result"]["content"][0]["text"]
    nested = await session.called(result(text("found")), {"filter": [{"person": {"first": "Orla", "last": "Fenwick"}}]})
    assert nested["refused"]
    assert await session.called(result(text("found")), {"query": "Brendan Garrow"}) == result(text("found"))


async def test_a_promised_form_is_kept_or_the_result_refused(session: Session) -> None:
    person = {"type": "object", "properties": {"name": {"type": "string", "minLength": 1}}, "required": ["name"]}
    several = {"type": "object", "properties": {"people": {"type": "array", "items": person}}}
    tools = [
        {"name": "one", "inputSchema": {"type": "object"}, "outputSchema": person},
        {"name": "all", "inputSchema": {"type": "object"}, "outputSchema": several},
    ]
    assert (await session.asked("tools/list", result={"tools": tools}))["tools"] == tools
    refused = await session.called(result(text(CLEAN), structuredContent={"name": "Orla Fenwick"}), tool="one")
    assert refused["isError"] is True
    assert "structuredContent" not in refused
    left = await session.called(result(text(CLEAN), structuredContent={"people": [ORLA, BRENDAN]}), tool="all")
    assert left["structuredContent"] == {"people": [BRENDAN]}


async def test_targets_added_and_lifted_while_it_runs(session: Session) -> None:
    from expunge.types import Target

    assert await session.called(result(text(CLEAN))) == result(text(CLEAN))
    added = session.parts.registry.add(Target("Brendan Garrow"))
    assert (await session.called(result(text(CLEAN))))["isError"] is True
    session.parts.registry.remove(added.id)
    assert await session.called(result(text(CLEAN))) == result(text(CLEAN))


async def test_tools_are_described_without_targets(session: Session) -> None:
    def tool(name: str, description: str, **schema: Any) -> dict[str, Any]:
        return {"name": name, "description": description, "inputSchema": {"type": "object", **schema}}

    person = {"person": {"type": "string", "enum": ["Orla Fenwick", "Brendan Garrow"], "description": TOLD}}
    left = {"person": {"type": "string", "enum": ["Brendan Garrow"], "description": CLEAN}}
    given = [
        tool("find", TOLD, properties={"name": {"type": "string", "default": "Orla Fenwick"}}),
        tool("visit_orla_fenwick", "Visit her."),
        tool("call", CLEAN, properties=person),
        tool("ring", CLEAN, properties={"x": {"const": "Orla Fenwick"}}),
        tool("look", CLEAN, properties={"description": {"type": "string"}}),
    ]
    expected = [
        tool("find", CLEAN, properties={"name": {"type": "string"}}),
        tool("call", CLEAN, properties=left),
        tool("look", CLEAN, properties={"description": {"type": "string"}}),
    ]
    assert await session.asked("tools/list", result={"tools": given, "nextCursor": "2"}) == {
        "tools": expected,
        "nextCursor": "2",
    }
    assert "error" in await session.asked("tools/list", result={"tools": [], "nextCursor": "orla-fenwick"})


@pytest.mark.parametrize(
    ("method", "key", "given", "expected"),
    [
        (
            "resources/list",
            "resources",
            [{"uri": "a://1", "name": "one", "description": TOLD}, {"uri": "a://orla-fenwick", "name": "two"}],
            [{"uri": "a://1", "name": "one", "description": CLEAN}],
        ),
        (
            "resources/templates/list",
            "resourceTemplates",
            [{"uriTemplate": "a://{x}", "name": "x"}, {"uriTemplate": "a://orla-fenwick/{x}", "name": "y"}],
            [{"uriTemplate": "a://{x}", "name": "x"}],
        ),
        (
            "prompts/list",
            "prompts",
            [
                {"name": "a", "description": TOLD, "arguments": [{"name": "x", "description": "Orla Fenwick"}]},
                {"name": "b", "arguments": [{"name": "orla_fenwick"}]},
                {"name": "c", "arguments": [{"name": "x", "required": True}]},
            ],
            [
                {"name": "a", "description": CLEAN, "arguments": [{"name": "x", "description": ""}]},
                {"name": "c", "arguments": [{"name": "x", "required": True}]},
            ],
        ),
    ],
)
async def test_lists(session: Session, method: str, key: str, given: Any, expected: Any) -> None:
    assert await session.asked(method, result={key: given}) == {key: expected}
    assert await session.asked(method, result={key: expected}) == {key: expected}


async def test_errors_are_read(session: Session) -> None:
    plain = {"code": -32602, "message": "No such tool", "data": {"tool": "x"}}
    assert (await session.asked("tools/call", {"name": "x"}, error=plain))["error"] == plain
    told = {"code": -32602, "message": "No such person: Orla Fenwick"}
    assert (await session.asked("tools/call", {"name": "x"}, error=told))["error"] == {
        "code": -32602,
        "message": "Internal error",
    }
