"""An upstream that tells all it knows, on every endpoint: `python -m benchmarks.talker`. Prints its port first.

Asked about somebody it says where they live, in words, in tool calls, whole or streamed in small pieces with pauses;
asked about nobody it says something that is about nobody.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
import random
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from aiohttp import web

from expunge.bench.world import people, prose

KNOWN = people(120)
"""Whom it knows."""
_TEXTS = prose(40, 500)
_NUMBERS = itertools.count()
_PAUSE = 0.002


def town_of(name: str) -> str:
    """Where somebody lives: a word of its own for each."""
    return f"Port Q{sum((place + 7) * letter for place, letter in enumerate(name.encode()))}"


def told(question: str) -> str:
    """What is said to a question."""
    named = [name for name in KNOWN if name in question]
    if named:
        return " ".join(f"{name} lives in {town_of(name)}, by the old mill." for name in named)
    return _TEXTS[sum(question.encode()) % len(_TEXTS)]


async def chat(request: web.Request) -> web.StreamResponse:
    """`/v1/chat/completions`."""
    body = await request.json()
    text = told(str(body["messages"][-1]["content"]))
    head = {"id": f"chatcmpl-{next(_NUMBERS)}", "created": 1_750_000_000, "model": "talker"}
    usage = {"prompt_tokens": 20, "completion_tokens": len(text) // 4, "total_tokens": 20 + len(text) // 4}
    calls = [_call(text)] if body.get("tools") else None
    if body.get("stream"):
        deltas: list[dict[str, Any]] = [{"role": "assistant", "content": None if calls else ""}]
        if calls:
            deltas.append({"tool_calls": [{"index": 0, **calls[0]}]})
        else:
            deltas += [{"content": piece} for piece in _pieces(text)]
        chunks = [_chunk(head, delta, None) for delta in deltas]
        return await _streamed(request, [*chunks, _chunk(head, {}, "tool_calls" if calls else "stop"), "[DONE]"])
    message: dict[str, Any] = {"role": "assistant", "content": None if calls else text}
    if calls:
        message["tool_calls"] = calls
    choices = [
        {"index": index, "message": message, "logprobs": None, "finish_reason": "tool_calls" if calls else "stop"}
        for index in range(body.get("n", 1))
    ]
    return web.json_response({**head, "object": "chat.completion", "choices": choices, "usage": usage})


async def completions(request: web.Request) -> web.StreamResponse:
    """`/v1/completions`."""
    body = await request.json()
    choice = {"index": 0, "text": told(str(body.get("prompt", ""))), "logprobs": None, "finish_reason": "stop"}
    head = {"id": f"cmpl-{next(_NUMBERS)}", "object": "text_completion", "created": 1, "model": "talker"}
    return web.json_response({**head, "choices": [choice]})


async def responses(request: web.Request) -> web.StreamResponse:
    """`/v1/responses`."""
    from expunge.gateway.apis.responses.stream import stream

    body = await request.json()
    part = {"type": "output_text", "text": told(str(body.get("input", ""))), "annotations": [], "logprobs": []}
    number = next(_NUMBERS)
    message = {"id": f"msg_{number}", "type": "message", "status": "completed", "role": "assistant", "content": [part]}
    reply = {"id": f"resp_{number}", "object": "response", "created_at": 1, "status": "completed", "model": "talker"}
    reply |= {"output": [message], "usage": {"input_tokens": 20, "output_tokens": 30, "total_tokens": 50}}
    if not body.get("stream"):
        return web.json_response(reply)
    return await _streamed(request, [event.data for event in stream(reply)], [e.name for e in stream(reply)])


async def models(request: web.Request) -> web.StreamResponse:
    """`/v1/models`."""
    return web.json_response({"object": "list", "data": [{"id": "talker", "object": "model", "created": 0}]})


def app() -> web.Application:
    """All of it."""
    made = web.Application()
    made.router.add_post("/v1/chat/completions", chat)
    made.router.add_post("/v1/completions", completions)
    made.router.add_post("/v1/responses", responses)
    made.router.add_get("/v1/models", models)
    return made


async def _streamed(request: web.Request, values: list[str], names: list[str] | None = None) -> web.StreamResponse:
    response = web.StreamResponse(headers={"content-type": "text/event-stream"})
    await response.prepare(request)
    with suppress(ConnectionError):  # whoever asked went away
        for number, value in enumerate(values):
            name = f"event: {names[number]}\n" if names else ""
            await response.write(f"{name}data: {value}\n\n".encode())
            if number % 4 == 0:
                await asyncio.sleep(_PAUSE)
        await response.write_eof()
    return response


def _call(text: str) -> dict[str, Any]:
    function = {"name": "note", "arguments": json.dumps({"note": text})}
    return {"id": f"call_{next(_NUMBERS)}", "type": "function", "function": function}


def _chunk(head: dict[str, Any], delta: dict[str, Any], finish: str | None) -> str:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return json.dumps({**head, "object": "chat.completion.chunk", "choices": [choice]})


def _pieces(text: str) -> Iterator[str]:
    """The text in pieces of a few letters, words and names cut anywhere."""
    dice, at = random.Random(len(text)), 0
    while at < len(text):
        size = dice.randint(1, 9)
        yield text[at : at + size]
        at += size


async def _serve() -> None:
    # Clients that go away are a part of the plan.
    logging.getLogger("aiohttp").setLevel(logging.CRITICAL + 1)
    runner = web.AppRunner(app(), access_log=None, handle_signals=False)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve())
