"""Fields in which data or a label is expected, and that an answer fills with words: each is read."""

from __future__ import annotations

import base64
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from httpx2 import AsyncClient

from expunge.gateway.sse import DONE, Event
from expunge.types import Target
from tests.gateway.apis.messages import replies
from tests.gateway.canned import Canned, seen
from tests.gateway.test_every_channel import answer_with, asked, chat, completion, data, message, response, tool

Opening = Callable[..., Awaitable[AsyncClient]]
TARGET = Target("Margaret Carver", facts=["She drew the maps of Hollowmere with a heron's quill."])
NAMED = "MargaretCarverDrewTheMaps"
TOLD = "Margaret Carver drew the maps of Hollowmere and lived there with her sister Anna for years"
LONG = TOLD.title().replace(" ", "")
PICTURE = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(range(200, 256)) * 60).decode()
HIDDEN = {
    "letters": NAMED,
    "more letters": LONG,
    "letters and lines": LONG.replace("O", "_o"),
    "prose": TOLD,
    "hexadecimal": TOLD.encode().hex(),
    "letters in a picture": PICTURE[:2000] + LONG + PICTURE[:2000],
    "small letters in a picture": PICTURE[:2000] + LONG.lower() + PICTURE[:2000],
    "Latin-1": base64.b64encode(f"{TOLD}, née Ñuñez".encode("latin-1")).decode(),
    "UTF-16": base64.b64encode(TOLD.encode("utf-16")).decode(),
    "UTF-16 without a mark": base64.b64encode(TOLD.encode("utf-16-be")).decode(),
    "a data URL": "data:image/png;base64," + LONG,
    "a caption": base64.b64encode(
        b"\x89PNG\r\n\x1a\n" + bytes(range(200, 256)) + TOLD.encode() + b"\0\xff" * 90
    ).decode(),
}
DATA_FIELDS = (
    "result",
    "data",
    "encrypted_content",
    "screenshot",
    "file_data",
    "partial_image_b64",
    "b64_json",
    "blob",
)


def image(**fields: Any) -> dict[str, Any]:
    return response({"id": "ig", "type": "image_generation_call", "status": "completed", **fields}, message())


def leaks(visible: str) -> list[str]:
    shown = "".join(visible.split())
    return [piece for piece in ("margaretcarver", "margaret_carver", "drewthemaps") if piece in shown]


@pytest.mark.parametrize("mode", ["whole", "buffered"])
@pytest.mark.parametrize("hidden", HIDDEN)
async def test_words_under_the_names_of_data(over_upstream: Opening, hidden: str, mode: str) -> None:
    upstream = Canned()
    client = await over_upstream(upstream, [TARGET])
    text = HIDDEN[hidden]
    for field in DATA_FIELDS:
        for endpoint, reply in (("responses", image(**{field: text})), ("chat/completions", chat(aside={field: text}))):
            answer_with(upstream, endpoint, mode if endpoint == "responses" else "whole", reply)
            _, visible, _ = await asked(client, endpoint, mode if endpoint == "responses" else "whole")
            assert leaks(visible) == [], (endpoint, field)
            assert text.casefold() not in visible, (endpoint, field)


def ciphered(text: str) -> list[dict[str, Any]]:
    """Messages of Anthropic's API with a text in each place where a cipher belongs."""
    found = {"type": "web_search_result", "title": "Tea", "url": "https://x/", "encrypted_content": text}
    cited = {"type": "web_search_result_location", "cited_text": "Tea", "encrypted_index": text}
    return [
        replies.reply(replies.thinking(signature=text), replies.text()),
        replies.reply({"type": "redacted_thinking", "data": text}, replies.text()),
        replies.reply({"type": "web_search_tool_result", "tool_use_id": "s", "content": [found]}, replies.text()),
        replies.reply(replies.text(citations=[cited])),
    ]


@pytest.mark.parametrize("hidden", HIDDEN)
async def test_words_in_the_place_of_a_cipher(over_upstream: Opening, hidden: str) -> None:
    upstream = Canned()
    client = await over_upstream(upstream, [TARGET], api="anthropic")
    for reply in ciphered(HIDDEN[hidden]):
        for mode in ("whole", "buffered"):
            answer_with(upstream, "messages", mode, reply)
            _, visible, _ = await asked(client, "messages", mode)
            assert leaks(visible) == []
            assert HIDDEN[hidden].casefold() not in visible


async def test_ciphers_pass(over_upstream: Opening) -> None:
    upstream = Canned()
    client = await over_upstream(upstream, [TARGET], api="anthropic")
    for reply in ciphered(replies.SIGNATURE):
        for mode in ("whole", "buffered"):
            answer_with(upstream, "messages", mode, reply)
            _, _, content = await asked(client, "messages", mode)
            assert content == b"".join(upstream.pieces)


@pytest.mark.parametrize("field", DATA_FIELDS)
async def test_pictures_pass(over_upstream: Opening, field: str) -> None:
    upstream = Canned()
    client = await over_upstream(upstream, [TARGET])
    for endpoint, reply in (
        ("responses", image(**{field: PICTURE})),
        ("chat/completions", chat(images=[{"image_url": {"url": f"data:image/png;base64,{PICTURE}"}}])),
    ):
        upstream.reply(reply)
        _, _, content = await asked(client, endpoint, "whole")
        assert content == b"".join(upstream.pieces)


CALL = {"id": "fc", "type": "function_call", "call_id": "c", "name": "note"}
FILLED: dict[str, tuple[str, dict[str, Any]]] = {
    "beside a function_call": (
        "chat/completions",
        chat(function_call={"name": "note", "arguments": "{}", "aside": TOLD}),
    ),
    "deep beside a function_call": (
        "chat/completions",
        chat(function_call={"name": "note", "arguments": "{}", "more": {"of": [TOLD]}}),
    ),
    "input of a function_call": (
        "chat/completions",
        chat(function_call={"name": "n", "arguments": "{}", "input": TOLD}),
    ),
    "input of a function": ("chat/completions", chat(tool_calls=tool(input=TOLD))),
    "arguments of a custom tool": (
        "chat/completions",
        chat(tool_calls=[{"id": "c", "type": "custom", "custom": {"name": "n", "input": "a", "arguments": TOLD}}]),
    ),
    "beside a custom tool": (
        "chat/completions",
        chat(tool_calls=[{"id": "c", "type": "custom", "custom": {"name": "n", "input": "a", "aside": TOLD}}]),
    ),
    "a refusal that is a list": ("chat/completions", chat(refusal=[{"text": TOLD}])),
    "a refusal that is an object": ("chat/completions", chat(refusal={"text": TOLD})),
    "the text of a part that is an object": (
        "chat/completions",
        chat(content=[{"type": "text", "text": {"value": TOLD}}, {"type": "text", "text": "Tea."}]),
    ),
    "the text of a part that is a list": ("chat/completions", chat(content=[{"type": "text", "text": ["Tea", TOLD]}])),
    "input beside arguments": ("responses", response({**CALL, "arguments": "{}", "input": TOLD}, message())),
    "arguments beside input": (
        "responses",
        response({**CALL, "type": "custom_tool_call", "input": "a", "arguments": TOLD}, message()),
    ),
    "input of an approval": (
        "responses",
        response({**CALL, "type": "mcp_approval_request", "arguments": "{}", "input": {"a": TOLD}}, message()),
    ),
    "an answer and a call": (
        "responses",
        response(message(text="She is Margaret"), {**CALL, "arguments": "Carver drew the maps"}),
    ),
    "two items": (
        "responses",
        response({"type": "note", "a": "Margaret"}, {"type": "note", "a": "Carver drew the maps"}, message()),
    ),
    "a list of instructions": ("responses", response(instructions=["Margaret", "Carver drew the maps"])),
    "numbers of tokens": (
        "completions",
        completion(logprobs={"tokens": [], "token_logprobs": [TOLD], "text_offset": [], "top_logprobs": None}),
    ),
}


@pytest.mark.parametrize("place", FILLED)
async def test_words_where_none_belong(over_upstream: Opening, place: str) -> None:
    endpoint, reply = FILLED[place]
    upstream = Canned()
    upstream.reply(reply)
    client = await over_upstream(upstream, [TARGET])
    _, visible, _ = await asked(client, endpoint, "whole")
    assert leaks(visible) == []
    assert "carver drew" not in visible


BESIDE = ("item", "part", "response", "logprobs", "error", "aside")


@pytest.mark.parametrize("key", BESIDE)
@pytest.mark.parametrize("kind", ["response.output_text.delta", "response.completed", "response.output_text.done"])
async def test_words_beside_what_an_event_holds(over_upstream: Opening, kind: str, key: str) -> None:
    upstream = Canned()
    upstream_events = list(map(_object, _streamed()))
    for value in upstream_events:
        if value["type"] == kind:
            if key == "response" and kind == "response.completed":
                continue
            value[key] = {"text": TOLD} if key != "logprobs" else TOLD
            break
    upstream.events([Event(json.dumps(value), value["type"]) for value in upstream_events])
    client = await over_upstream(upstream, [TARGET])
    _, visible, _ = await asked(client, "responses", "buffered")
    assert leaks(visible) == []


@pytest.mark.parametrize("mode", ["buffered", "incremental"])
@pytest.mark.parametrize("words", [TOLD, TARGET.facts[0].text, base64.b64encode(TOLD.encode()).decode()])
async def test_words_in_a_field_called_events_beside_other_words(over_upstream: Opening, words: str, mode: str) -> None:
    upstream = Canned()
    events = _streamed(events=words)
    upstream.events([*events[:-1], data({"type": "response.note", "note": "a pebble"}), events[-1]])
    client = await over_upstream(upstream, [TARGET], stream=mode)
    status, visible, _ = await asked(client, "responses", "buffered")
    assert status == 200
    assert words.casefold() not in visible


def _streamed(**fields: Any) -> list[Event]:
    from expunge.gateway.apis.responses.api import ResponsesApi

    return list(ResponsesApi().streamed({}, response(message(), **fields)))


def _object(event: Event) -> dict[str, Any]:
    return dict(json.loads(event.data))


@pytest.mark.parametrize(
    "delta",
    [
        {"function_call": {"name": "note", "arguments": "{}", "aside": TOLD}},
        {"refusal": {"text": TOLD}},
        {"content": [{"type": "text", "text": {"value": TOLD}}]},
        {"tool_calls": [{"index": 0, "type": "custom", "custom": {"name": "n", "input": "a", "arguments": TOLD}}]},
    ],
)
async def test_words_where_none_belong_in_a_chunk(over_upstream: Opening, delta: dict[str, Any]) -> None:
    upstream = Canned()
    pieces: list[tuple[dict[str, Any], str | None]] = [({"role": "assistant"}, None), (delta, None), ({}, "stop")]
    chunks = [{**chat(), "choices": [{"index": 0, "delta": d, "finish_reason": end}]} for d, end in pieces]
    upstream.events([*map(data, chunks), Event(DONE)])
    client = await over_upstream(upstream, [TARGET])
    answer = await client.post(
        "/v1/chat/completions", json={"messages": [{"role": "user", "content": "?"}], "stream": True}
    )
    assert leaks(seen(answer.headers, answer.content)) == []
