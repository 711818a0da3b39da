"""Every cell of the matrix: what is about nobody passes byte for byte, nothing of a target leaves, the form holds."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import jsonschema
import pytest
from anthropic.types import Message, RawMessageStreamEvent
from httpx2 import AsyncClient
from openai.types import Completion
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.responses import Response
from pydantic import TypeAdapter

from expunge.gateway.sse import EventParser
from tests.gateway.canned import Canned, seen
from tests.gateway.matrix.cells import ABSENT, ASK, CELLS, FEATURES, PIXEL, SCHEMA, WAYS, Cell
from tests.gateway.test_every_channel import ENDPOINTS, HARMLESS, TARGETS, leaks, spoken_for

Opening = Callable[..., Awaitable[AsyncClient]]
MESSAGE_EVENT: TypeAdapter[RawMessageStreamEvent] = TypeAdapter(RawMessageStreamEvent)
MODES = {"whole": ("buffered",), "streamed": ("buffered", "incremental")}
EACH = [
    pytest.param(cell, way, id=f"{cell.endpoint} | {way} | {cell.feature}") for cell in CELLS for way in WAYS
]  # the ids are what the page is made of
each_cell = pytest.mark.parametrize(("cell", "way"), EACH)


def prepare(upstream: Canned, cell: Cell, way: str, text: str) -> None:
    if way == "whole":
        upstream.reply(cell.replied(text))
    else:
        upstream.events(cell.events(text))


async def post(client: AsyncClient, cell: Cell, way: str, question: str = ASK) -> Any:
    return await client.post(f"/v1/{cell.endpoint}", json=cell.request(question, way))


def reply_in(cell: Cell, way: str, content: bytes) -> dict[str, Any]:
    """The whole reply that a client reads, checked against the types of the API's own SDK, event by event."""
    api = ENDPOINTS[cell.endpoint][0]
    if way == "whole":
        reply: dict[str, Any] = json.loads(content)
    else:
        events = list(EventParser().feed(content))
        if cell.endpoint == "chat/completions":
            for event in events:
                if event.data.startswith("{"):
                    ChatCompletionChunk.model_validate_json(event.data)
        elif cell.endpoint == "messages":
            for event in events:
                if event.name != "ping":
                    MESSAGE_EVENT.validate_json(event.data)
        reply = api.collected(events).reply
    if cell.endpoint == "chat/completions":
        ChatCompletion.model_validate(reply)
    elif cell.endpoint == "messages":
        Message.model_validate(reply)
    elif cell.endpoint == "responses":
        asked_with = {"tools": [], "tool_choice": "auto", "parallel_tool_calls": True}
        Response.model_validate({**asked_with, **reply, "usage": None})  # the prepared usage has no details
    else:
        Completion.model_validate(reply)
    return reply


def test_every_cell_is_tested_or_says_why_it_is_absent() -> None:
    assert {(cell.endpoint, cell.feature) for cell in CELLS} | set(ABSENT) == {
        (endpoint, feature) for endpoint in ENDPOINTS for feature in FEATURES
    }
    assert not {(cell.endpoint, cell.feature) for cell in CELLS} & set(ABSENT)


@each_cell
async def test_what_is_about_nobody_passes_byte_for_byte(over_upstream: Opening, cell: Cell, way: str) -> None:
    for mode in MODES[way]:
        upstream = Canned()
        prepare(upstream, cell, way, HARMLESS)
        client = await over_upstream(upstream, stream=mode, api=spoken_for(cell.endpoint))
        answer = await post(client, cell, way)
        assert answer.content == b"".join(upstream.pieces)
        assert json.loads(upstream.calls[0].body or b"") == cell.request(ASK, way)  # the request, too


@each_cell
async def test_nothing_of_a_target_leaves(over_upstream: Opening, cell: Cell, way: str) -> None:
    for mode in MODES[way]:
        upstream = Canned()
        client = await over_upstream(upstream, stream=mode, api=spoken_for(cell.endpoint))
        for target in TARGETS:
            prepare(upstream, cell, way, target.told)
            answer = await post(client, cell, way, f"Who is {target.name}?" if cell.asked else ASK)
            assert answer.status_code == 200
            assert not leaks_beside(cell, target.name, leaks(target, seen(answer.headers, answer.content)))
            reply = reply_in(cell, way, answer.content)
            if cell.feature == "JSON":
                jsonschema.validate(json.loads(text_of(cell, reply)), SCHEMA)
            if cell.feature == "n > 1":
                assert reply["choices"][0] == cell.replied(target.told)["choices"][0]  # the others are whole
            if cell.asked:
                assert text_of(cell, reply)
                assert same_keys(reply, cell.replied(target.told))


def leaks_beside(cell: Cell, name: str, words: list[str]) -> list[str]:
    """Leaks of an answer, but for the name itself where the question gave it."""
    return [word for word in words if not (cell.asked and word in name)]


def text_of(cell: Cell, reply: dict[str, Any]) -> str:
    """The visible text of a reply."""
    if cell.endpoint == "messages":
        return "".join(block["text"] for block in reply["content"] if block["type"] == "text")
    if cell.endpoint == "responses":
        return "".join(
            part["text"] for item in reply["output"] if item["type"] == "message" for part in item["content"]
        )
    choice = reply["choices"][0]
    return str(choice["text"] if cell.endpoint == "completions" else choice["message"]["content"])


def same_keys(ours: dict[str, Any], theirs: dict[str, Any]) -> bool:
    """Whether no field marks a refusal: it has those of the model's own answer."""
    return set(ours) <= set(theirs) and all(
        set(mine) <= set(other) for mine, other in zip(ours.get("choices", ()), theirs.get("choices", ()), strict=True)
    )


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("endpoint", ["chat/completions", "responses", "messages"])
async def test_an_image_reaches_the_model_as_it_came(over_upstream: Opening, endpoint: str, way: str) -> None:
    cell = next(cell for cell in CELLS if (cell.endpoint, cell.feature) == (endpoint, "images in"))
    upstream = Canned()
    prepare(upstream, cell, way, HARMLESS)
    await post(await over_upstream(upstream, api=spoken_for(endpoint)), cell, way)
    assert PIXEL.partition(",")[2].encode() in (upstream.calls[0].body or b"")
