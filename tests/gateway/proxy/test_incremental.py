"""Streams that leave sentence by sentence."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest
from httpx2 import AsyncClient

from expunge.gateway.proxy.incremental import WINDOW
from expunge.types import Target
from tests.gateway.canned import Canned
from tests.gateway.misbehaving import chunk, stream

Opening = Callable[..., Awaitable[AsyncClient]]
NAME = "Orla Maeve Fenwick"
SENTENCE = "The ferry leaves the harbour at nine, and the bell rings at noon. "
LONG = SENTENCE * 12
KINDS = ("prompt", "completion")
FAR = SENTENCE * (WINDOW // len(SENTENCE) + 2)
"""More than the window."""


def words(text: str) -> list[str]:
    return [f"{word} " for word in text.split()]


def ask(question: str = "What is there to do?", **fields: Any) -> dict[str, Any]:
    return {"model": "stub", "messages": [{"role": "user", "content": question}], "stream": True, **fields}


def said(content: bytes) -> str:
    """The text of a stream."""
    found = ""
    for line in content.decode().split("\n\n"):
        if line.startswith("data: {"):
            choices = json.loads(line.removeprefix("data: ")).get("choices", ())
            found += "".join(choice["delta"].get("content") or "" for choice in choices)
    return found


async def streamed(over_upstream: Opening, pieces: Sequence[bytes], body: dict[str, Any]) -> tuple[int, bytes]:
    upstream = Canned(pieces, headers={"content-type": "text/event-stream"})
    client = await over_upstream(upstream, [Target(NAME)], stream="incremental")
    answer = await client.post("/v1/chat/completions", json=body)
    return answer.status_code, answer.content


async def test_what_holds_nothing_is_byte_for_byte_the_upstreams(over_upstream: Opening) -> None:
    pieces = stream(*words(LONG))
    status, content = await streamed(over_upstream, pieces, ask())
    assert (status, content) == (200, b"".join(pieces))


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (f"{FAR}{NAME} carved marionettes. {SENTENCE}", True),
        (f"{SENTENCE}{NAME} carved marionettes. {FAR}", False),
        (f"{FAR}As told by O. M. Fenwick. {SENTENCE}", True),
        (f"{FAR}{' '.join(NAME)} carved. {SENTENCE}", True),
    ],
)
async def test_evidence_stops_the_release(over_upstream: Opening, text: str, kept: bool) -> None:
    status, content = await streamed(over_upstream, stream(*words(text)), ask())
    told = said(content)
    assert status == 200
    assert not any(word in told for word in ("Orla", "Maeve", "Fenwick", "marionettes", "O r l a"))
    assert told.startswith(SENTENCE) is kept or SENTENCE.strip() in told
    assert content.endswith(b"data: [DONE]\n\n")
    events = [json.loads(line[6:]) for line in content.decode().split("\n\n") if line.startswith("data: {")]
    ends = [choice["finish_reason"] for event in events for choice in event["choices"]]
    assert ends == [None] * (len(ends) - 1) + ["stop"]
    assert sum("role" in choice["delta"] for event in events for choice in event["choices"]) == 1


async def test_a_conversation_with_evidence_is_held_to_its_end(over_upstream: Opening) -> None:
    text = f"{FAR}She carved marionettes."
    _, content = await streamed(over_upstream, stream(*words(text)), ask(f"Who is {NAME}?"))
    assert "marionettes" not in said(content)
    assert "harbour" not in said(content)


@pytest.mark.parametrize(
    "held",
    [
        [chunk({"reasoning_content": f"It is {NAME}. "})],
        [chunk({"tool_calls": [{"index": 0, "id": "c", "function": {"name": "f", "arguments": f'"{NAME}"'}}]})],
        [chunk({"content": "<thi"}), chunk({"content": f"nk>It is {NAME}.</think> Tea. "})],
        [chunk({"content": "Tea. ", "aside": NAME})],
        [chunk({"content": "Tea. "}, aside=NAME)],
    ],
)
async def test_other_channels_are_held(over_upstream: Opening, held: list[bytes]) -> None:
    begun = [chunk({"role": "assistant", "content": ""}), *(chunk({"content": w}) for w in words(FAR))]
    end = [chunk({"content": SENTENCE}), chunk({}, "stop"), b"data: [DONE]\n\n"]
    _, content = await streamed(over_upstream, [*begun, *held, *end], ask())
    assert not any(word in content.decode() for word in NAME.split())
    assert said(content).startswith(SENTENCE)


async def test_usage_is_that_of_what_was_seen(over_upstream: Opening) -> None:
    usage = {"prompt_tokens": 7, "completion_tokens": 100, "total_tokens": 107}
    pieces = stream(*words(f"{FAR}{NAME} carved marionettes. {SENTENCE}"), end=chunk(None, usage=usage))
    body = ask(stream_options={"include_usage": True})
    _, content = await streamed(over_upstream, [*pieces, b"data: [DONE]\n\n"], body)
    events = [json.loads(line[6:]) for line in content.decode().split("\n\n") if line.startswith("data: {")]
    assert [event["choices"] for event in events if event.get("usage")] == [[]]
    told = events[-1]["usage"]
    assert told["prompt_tokens"] == 7
    assert 0 < told["completion_tokens"] < 100
    assert told["total_tokens"] == 7 + told["completion_tokens"]


@pytest.mark.parametrize("mode", ["buffered", "incremental"])
@pytest.mark.parametrize(
    ("text", "usage", "tokens"),
    [
        (LONG, None, (5, len(LONG) // 4)),
        (LONG, {"prompt_tokens": 9, "completion_tokens": 170, "total_tokens": 179}, (9, 170)),
        (f"{FAR}{NAME} carved marionettes. {SENTENCE}", None, (5, len(FAR) // 4)),
    ],
)
async def test_tokens_of_streams_are_counted(
    over_upstream: Opening, mode: str, text: str, usage: dict[str, int] | None, tokens: tuple[int, int]
) -> None:
    *pieces, done = stream(*words(text))
    if usage is not None:
        pieces.append(b"data: " + json.dumps({"choices": [], "usage": usage}).encode() + b"\n\n")
    upstream = Canned([*pieces, done], headers={"content-type": "text/event-stream"})
    client = await over_upstream(upstream, [Target(NAME)], stream=mode)
    assert (await client.post("/v1/chat/completions", json=ask())).status_code == 200
    told = (await client.get("/metrics")).text
    found = [re.findall(rf'^expunge_tokens_total\{{.*kind="{kind}".*\}} (\S+)$', told, re.MULTILINE) for kind in KINDS]
    read, written = (float(counts[0]) for counts in found)
    assert read == tokens[0]
    assert written == tokens[1] if usage else written >= tokens[1]
