"""An upstream that says again what it was asked: with it, a hostile question becomes a hostile answer, too."""

from __future__ import annotations

import asyncio

from aiohttp import web

MARK = "Say again: "
"""What a question begins with that is to be said again; others are answered in a few words."""


async def chat(request: web.Request) -> web.StreamResponse:
    """A whole completion."""
    question = (await request.json())["messages"][-1]["content"]
    said = question.removeprefix(MARK) if question.startswith(MARK) else "There is little to say of that."
    message = {"role": "assistant", "content": said}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return web.json_response(
        {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "repeater", "choices": [choice]}
    )


async def models(request: web.Request) -> web.StreamResponse:
    """The list of models."""
    return web.json_response({"object": "list", "data": [{"id": "repeater", "object": "model", "created": 0}]})


async def _serve() -> None:
    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.router.add_post("/v1/chat/completions", chat)
    app.router.add_get("/v1/models", models)
    runner = web.AppRunner(app, access_log=None, handle_signals=False)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve())
