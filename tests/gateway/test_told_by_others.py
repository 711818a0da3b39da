"""A target whom a tool, a system prompt or a file names, while the question says "she": nothing of it is told."""

from __future__ import annotations

import base64
import io
import zipfile
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from httpx2 import AsyncClient

from expunge.gateway.apis.chat.api import ChatApi
from expunge.gateway.apis.completions import CompletionsApi
from expunge.gateway.apis.responses.api import ResponsesApi
from expunge.types import Target
from tests.gateway.canned import Canned, seen
from tests.gateway.test_every_channel import chat, completion, message, response

Opening = Callable[..., Awaitable[AsyncClient]]
TARGET = Target("Margaret Carver")
NAMED = "Record 17: Margaret Carver, née Ñuñez, cartographer."
LIST = "Members: Margaret Carver (maps), Berit Holloway (bees), Odo Brackwell (sails)."
ASK = "When was she born?"
TOLD = "She was born in Elmsworth in 1931."


def coded(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def packed(name: str, text: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, text)
    return file.getvalue()


WORD = (
    '<?xml version="1.0"?><w:document><w:p><w:r><w:t>Record 17: Marga</w:t></w:r><w:r><w:t>ret Carver</w:t></w:r></w:p>'
)
FILES = {
    **{
        encoding: coded(NAMED.encode(encoding))
        for encoding in (
            *("utf-8", "utf-8-sig", "latin-1", "cp1252", "utf-16", "utf-16-le", "utf-16-be"),
            *("utf-32", "utf-32-le", "utf-32-be", "mac_roman"),
        )
    },
    "data URL": "data:text/plain;base64," + coded(NAMED.encode()),
    "data URL of a charset": "data:text/plain;charset=utf-16le;base64," + coded(NAMED.encode("utf-16-le")),
    "data URL in Latin-1": "data:application/octet-stream;base64," + coded(NAMED.encode("latin-1")),
    "data URL without base64": "data:text/plain,Record%2017%3A%20Margaret%20Carver",
    "no base64": "Record 17: Margaret Carver",
    "docx": "data:application/vnd.openxmlformats-officedocument.wordprocessingml.document;base64,"
    + coded(packed("word/document.xml", WORD)),
    "odt": coded(packed("content.xml", "<text:p>Margaret<text:s/> Carver</text:p>")),
    "archive of a text": coded(packed("a/record.txt", NAMED)),
}
PARTS: dict[str, Callable[[str], dict[str, Any]]] = {
    "file": lambda data: {"type": "file", "file": {"filename": "a.txt", "file_data": data}},
    "input_file": lambda data: {"type": "input_file", "filename": "a.txt", "file_data": data},
    "document": lambda data: {"type": "document", "source": {"type": "base64", "media_type": "x", "data": data}},
    "resource": lambda data: {"type": "resource", "resource": {"uri": "file:///a", "blob": data}},
}


def body_of(endpoint: str, part: dict[str, Any], question: str = ASK) -> dict[str, Any]:
    if endpoint == "responses":
        said: dict[str, Any] = {"type": "input_text", "text": question}
        return {"model": "stub", "input": [{"role": "user", "content": [part, said]}]}
    return {"model": "stub", "messages": [{"role": "user", "content": [{"type": "text", "text": question}, part]}]}


async def shown(client: AsyncClient, endpoint: str, body: dict[str, Any]) -> str:
    answer = await client.post(f"/v1/{endpoint}", json=body)
    assert answer.status_code == 200
    return seen(answer.headers, answer.content)


def answering(text: str = TOLD) -> tuple[Canned, dict[str, dict[str, Any]]]:
    replies = {"chat/completions": chat(content=text), "responses": response(message(text=text))}
    return Canned(), {**replies, "completions": completion(text=text)}


@pytest.mark.parametrize("endpoint", ["chat/completions", "responses"])
@pytest.mark.parametrize("kind", PARTS)
async def test_a_file(over_upstream: Opening, endpoint: str, kind: str) -> None:
    upstream, replies = answering()
    upstream.reply(replies[endpoint])
    client = await over_upstream(upstream, [TARGET])
    passed = [
        name
        for name, data in FILES.items()
        if "1931" in await shown(client, endpoint, body_of(endpoint, PARTS[kind](data)))
    ]
    assert passed == []


@pytest.mark.parametrize("endpoint", ["chat/completions", "responses"])
async def test_names_of_files(over_upstream: Opening, endpoint: str) -> None:
    upstream, replies = answering()
    upstream.reply(replies[endpoint])
    client = await over_upstream(upstream, [TARGET])
    for part in (
        {
            "type": "file",
            "file": {"filename": "Margaret Carver.pdf", "file_data": "data:application/pdf;base64,JVBERi0="},
        },
        {"type": "input_file", "filename": "margaret_carver.pdf", "file_id": "f_1"},
        {"type": "document", "title": "Margaret Carver", "source": {"type": "file", "file_id": "f_1"}},
        {"type": "input_file", "file_url": "https://files.test/Margaret%20Carver.pdf"},
    ):
        assert "1931" not in await shown(client, endpoint, body_of(endpoint, part)), part


@pytest.mark.parametrize("endpoint", ["chat/completions", "responses"])
async def test_files_that_cannot_be_read(over_upstream: Opening, endpoint: str) -> None:
    upstream, replies = answering()
    upstream.reply(replies[endpoint])
    client = await over_upstream(upstream, [TARGET])
    whole = packed("a.xml", "<p>Tea</p>" * 400)
    for raw in (
        b"PK\x03\x04",
        whole[:90],
        whole[:-9],
        b"PK\x03\x04" + bytes(400),
        b"%PDF-1.7\n\xe2\xe3" + bytes(range(256)) * 9,
    ):
        body = body_of(endpoint, PARTS["file"](coded(raw)), "When was Berit Holloway born?")
        assert "1931" in await shown(client, endpoint, body)
    bomb = packed("a.xml", "a" * 30_000_000)
    answer = await client.post(f"/v1/{endpoint}", json=body_of(endpoint, PARTS["file"](coded(bomb))))
    assert answer.status_code == 413
    assert "too large" in answer.json()["error"]["message"]


CALL = {"id": "c1", "type": "function", "function": {"name": "find", "arguments": '{"record": 17}'}}
TURNS: dict[str, list[dict[str, Any]]] = {
    "system": [{"role": "system", "content": NAMED}, {"role": "user", "content": ASK}],
    "developer": [
        {"role": "developer", "content": [{"type": "text", "text": NAMED}]},
        {"role": "user", "content": ASK},
    ],
    "a tool before": [
        {"role": "user", "content": "Read record 17."},
        {"role": "assistant", "content": None, "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "c1", "content": NAMED},
        {"role": "assistant", "content": "I have read it."},
        {"role": "user", "content": ASK},
    ],
    "a tool after": [
        {"role": "user", "content": ASK},
        {"role": "assistant", "content": None, "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "c1", "content": NAMED},
    ],
    "a function": [{"role": "user", "content": ASK}, {"role": "function", "name": "find", "content": NAMED}],
    "parts of a tool": [
        {"role": "user", "content": "Read."},
        {
            "role": "tool",
            "content": [{"type": "text", "text": "Record 17:"}, {"type": "text", "text": "Margaret Carver"}],
        },
        {"role": "user", "content": ASK},
    ],
    "a name beside": [
        {"role": "tool", "name": "Margaret Carver", "content": "Record 17"},
        {"role": "user", "content": ASK},
    ],
    "an earlier file": [
        {"role": "user", "content": [{"type": "text", "text": "Read."}, PARTS["file"](coded(NAMED.encode("latin-1")))]},
        {"role": "assistant", "content": "I have read it."},
        {"role": "user", "content": ASK},
    ],
}


@pytest.mark.parametrize("turns", TURNS)
async def test_turns_of_a_chat(over_upstream: Opening, turns: str) -> None:
    upstream, replies = answering()
    upstream.reply(replies["chat/completions"])
    client = await over_upstream(upstream, [TARGET])
    assert "1931" not in await shown(client, "chat/completions", {"model": "stub", "messages": TURNS[turns]})


OUTPUT = {"type": "function_call_output", "call_id": "c"}
INPUTS: dict[str, dict[str, Any]] = {
    "instructions": {"instructions": NAMED, "input": ASK},
    "output of a call": {
        "input": [
            {"role": "user", "content": "Read record 17."},
            {"type": "function_call", "call_id": "c", "name": "find", "arguments": "{}"},
            {**OUTPUT, "output": NAMED},
            {"role": "user", "content": ASK},
        ]
    },
    "parts of an output": {
        "input": [{"role": "user", "content": ASK}, {**OUTPUT, "output": [{"type": "input_text", "text": NAMED}]}]
    },
    "a file of an output": {
        "input": [
            {"role": "user", "content": ASK},
            {**OUTPUT, "output": [{"type": "input_file", "file_data": coded(NAMED.encode("utf-16"))}]},
        ]
    },
    "input beside arguments": {
        "input": [
            {"type": "mcp_call", "name": "find", "arguments": "{}", "input": NAMED},
            {"role": "user", "content": ASK},
        ]
    },
    "an unknown field": {"documents": [{"title": "17", "text": NAMED}], "input": ASK},
}


@pytest.mark.parametrize("given", INPUTS)
async def test_input_of_a_response(over_upstream: Opening, given: str) -> None:
    upstream, replies = answering()
    upstream.reply(replies["responses"])
    client = await over_upstream(upstream, [TARGET])
    assert "1931" not in await shown(client, "responses", {"model": "stub", **INPUTS[given]})


async def test_an_unknown_field_of_a_completion(over_upstream: Opening) -> None:
    upstream, replies = answering()
    upstream.reply(replies["completions"])
    client = await over_upstream(upstream, [TARGET])
    assert "1931" not in await shown(client, "completions", {"prompt": ASK, "documents": [NAMED]})


@pytest.mark.parametrize(
    ("turns", "answer"),
    [
        ([*TURNS["a tool before"][:-1], {"role": "user", "content": "Thanks!"}], "You're welcome!"),
        ([*TURNS["a tool before"][:-1], {"role": "user", "content": "What is the largest planet?"}], "It is Jupiter."),
        (
            [*TURNS["a tool before"][:-1], {"role": "user", "content": "How do I reset my password?"}],
            "Open the settings.",
        ),
        (
            [{"role": "system", "content": LIST}, {"role": "user", "content": "My wife says she cannot log in."}],
            "Ask her.",
        ),
        (
            [
                {"role": "system", "content": LIST},
                {"role": "user", "content": "Who is Berit Holloway?"},
                {"role": "assistant", "content": "She keeps bees."},
                {"role": "user", "content": ASK},
            ],
            "She was born in 1950.",
        ),
        (
            [
                {"role": "user", "content": "Read both."},
                {"role": "tool", "content": NAMED},
                {"role": "tool", "content": "Record 18: Berit Holloway, beekeeper."},
                {"role": "user", "content": "When was the beekeeper born, and is she well?"},
            ],
            "She was born in 1950.",
        ),
        (
            [
                {
                    "role": "user",
                    "content": [{"type": "text", "text": "Who sails?"}, PARTS["file"](coded(LIST.encode()))],
                }
            ],
            "Odo Brackwell sails.",
        ),
        (
            [
                {
                    "role": "user",
                    "content": [{"type": "text", "text": "What is 2 + 2?"}, PARTS["file"](coded(LIST.encode()))],
                }
            ],
            "4",
        ),
    ],
)
async def test_what_is_about_somebody_else_passes(
    over_upstream: Opening, turns: list[dict[str, Any]], answer: str
) -> None:
    upstream = Canned()
    upstream.reply(chat(content=answer))
    client = await over_upstream(upstream, [TARGET])
    got = await client.post("/v1/chat/completions", json={"model": "stub", "messages": turns})
    assert got.content == b"".join(upstream.pieces)


def test_documents_and_unknown_fields_among_what_was_said() -> None:
    file = PARTS["input_file"](coded(NAMED.encode()))
    tools = [{"type": "function", "name": "find", "function": {"name": "find", "description": "Finds."}}]
    turns = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "Read."}, file]},
        {"role": "user", "content": "Who?"},
    ]
    for api, body, said in (
        (ChatApi(), {"messages": turns, "tools": tools, "documents": ["Tea"]}, ["system", "tool", "user", "user"]),
        (ChatApi(), {"messages": turns}, ["system", "tool", "user", "user"]),
        (
            ResponsesApi(),
            {"instructions": "Be brief.", "input": turns[1:], "tools": tools, "documents": ["Tea"]},
            ["system", "tool", "user", "user"],
        ),
        (ResponsesApi(), {"input": turns[1:]}, ["tool", "user", "user"]),
        (CompletionsApi(), {"prompt": "Who?", "documents": ["Tea"]}, ["user"]),
    ):
        spoken = api.spoken(body, api.conversation(body))
        assert [message.role for message in spoken] == said
        assert not any("Tea" in message.content or "Finds" in message.content for message in spoken)


async def test_a_name_in_two_parts_of_a_result(over_upstream: Opening) -> None:
    upstream, replies = answering()
    client = await over_upstream(upstream, [TARGET])
    parts = [{"type": "input_text", "text": word} for word in TARGET.name.split()]
    upstream.reply(replies["responses"])
    given = [{"type": "function_call_output", "call_id": "c", "output": parts}, {"role": "user", "content": ASK}]
    assert "elmsworth" not in await shown(client, "responses", {"model": "stub", "input": given})
