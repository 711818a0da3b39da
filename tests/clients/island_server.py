"""An endpoint of both APIs that knows an invented island by heart, and tells all it knows of whom it is asked."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from expunge.island.world import World, load

MODEL = "island-1"
CREATED = 1_750_000_000
Json = dict[str, Any]


def told(world: World, question: str) -> str:
    """All that the island knows of the people whom a question names, or of the sea where it names nobody."""
    people = [person for person in world.people if person.name.lower() in question.lower()]
    known = " ".join(fact.text for person in people for fact in person.facts)
    return known or "The sea around Brackholm is cold, grey and wide."


class Island:
    """The endpoint's answers. Every id is made of the request, so that the same question gets the same bytes."""

    def __init__(self) -> None:
        self._world = load()

    def app(self) -> Starlette:
        """The routes."""
        return Starlette(
            routes=[
                Route("/v1/models", self.models),
                Route("/v1/models/{name}", self.model),
                Route("/v1/chat/completions", self.chat, methods=["POST"]),
                Route("/v1/completions", self.completions, methods=["POST"]),
                Route("/v1/responses", self.responses, methods=["POST"]),
                Route("/v1/messages", self.messages, methods=["POST"]),
                Route("/v1/messages/count_tokens", self.count_tokens, methods=["POST"]),
            ]
        )

    async def models(self, request: Request) -> Response:
        """One model; in the form of Anthropic's API for its clients, who name a version."""
        if "anthropic-version" in request.headers:
            card = {"type": "model", "id": MODEL, "display_name": MODEL, "created_at": "2025-06-15T00:00:00Z"}
            return JSONResponse({"data": [card], "has_more": False, "first_id": MODEL, "last_id": MODEL})
        return JSONResponse({"object": "list", "data": [_MODEL_CARD]})

    async def model(self, request: Request) -> Response:
        """The card of one."""
        if request.path_params["name"] != MODEL:
            return _error(404, "The model does not exist.", "model_not_found")
        return JSONResponse(_MODEL_CARD)

    async def chat(self, request: Request) -> Response:
        """A chat completion: a call of the first tool where there are tools, JSON where that is asked for."""
        body = await request.json()
        if body.get("model") != MODEL:
            return _error(404, "The model does not exist.", "model_not_found")
        text = told(self._world, _last_user(body["messages"]))
        message = _message(body, text)
        finish = "tool_calls" if "tool_calls" in message else "stop"
        usage = _usage(body, text, "prompt_tokens", "completion_tokens")
        head = {"id": f"chatcmpl-{_digest(body)}", "created": CREATED, "model": MODEL, "system_fingerprint": "fp_1"}
        if body.get("stream"):
            return _events(_chat_chunks(body, head, message, finish, usage))
        choices = [
            {"index": n, "message": message, "logprobs": None, "finish_reason": finish}
            for n in range(body.get("n") or 1)
        ]
        return JSONResponse({**head, "object": "chat.completion", "choices": choices, "usage": usage})

    async def completions(self, request: Request) -> Response:
        """A legacy completion."""
        body = await request.json()
        text = told(self._world, body["prompt"])
        usage = _usage(body, text, "prompt_tokens", "completion_tokens")
        head = {"id": f"cmpl-{_digest(body)}", "object": "text_completion", "created": CREATED, "model": MODEL}
        if body.get("stream"):
            return _events(
                [
                    *(_choice(head, {"text": piece, "finish_reason": None}) for piece in _pieces(text)),
                    _choice(head, {"text": "", "finish_reason": "stop"}),
                ]
            )
        return JSONResponse({**_choice(head, {"text": text, "finish_reason": "stop"}), "usage": usage})

    async def responses(self, request: Request) -> Response:
        """A response with one message."""
        body = await request.json()
        asked = body["input"] if isinstance(body["input"], str) else _last_user(body["input"])
        whole = _response(body, told(self._world, asked))
        return _events(list(_response_events(whole)), done=False) if body.get("stream") else JSONResponse(whole)

    async def messages(self, request: Request) -> Response:
        """A message of Anthropic's API: with thoughts where they are asked for, and a call of the first tool."""
        body = await request.json()
        if body.get("model") != MODEL:
            error = {"type": "not_found_error", "message": f"model: {body.get('model')}"}
            return JSONResponse({"type": "error", "error": error, "request_id": "req_1"}, status_code=404)
        whole = _anthropic_message(body, told(self._world, _last_user(body["messages"])))
        return _events(list(_message_events(whole)), done=False) if body.get("stream") else JSONResponse(whole)

    async def count_tokens(self, request: Request) -> Response:
        """The tokens of a request."""
        return JSONResponse({"input_tokens": len(json.dumps((await request.json())["messages"])) // 4})


_MODEL_CARD = {"id": MODEL, "object": "model", "created": CREATED, "owned_by": "brackholm"}


def _error(status: int, text: str, code: str) -> Response:
    error = {"message": text, "type": "invalid_request_error", "param": "model", "code": code}
    return JSONResponse({"error": error}, status_code=status)


def _digest(body: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:24]


def _last_user(messages: list[Json]) -> str:
    content = next(m["content"] for m in reversed(messages) if m.get("role") == "user")
    return content if isinstance(content, str) else " ".join(part.get("text", "") for part in content)


def _message(body: Json, text: str) -> Json:
    if body.get("tools") and not any(m.get("role") == "tool" for m in body["messages"]):
        function = body["tools"][0]["function"]
        arguments = json.dumps(dict.fromkeys(function["parameters"]["properties"], text))
        called = {"name": function["name"], "arguments": arguments}
        call = {"id": f"call_{_digest(body)}", "type": "function", "function": called}
        return {"role": "assistant", "content": None, "refusal": None, "annotations": [], "tool_calls": [call]}
    wanted = body.get("response_format") or {}
    if wanted.get("type") == "json_schema":
        text = json.dumps(dict.fromkeys(wanted["json_schema"]["schema"]["properties"], text))
    elif wanted.get("type") == "json_object":
        text = json.dumps({"answer": text})
    return {"role": "assistant", "content": text, "refusal": None, "annotations": []}


def _usage(body: Json, text: str, prompt: str, completion: str) -> Json:
    asked, said = len(json.dumps(body)) // 4, len(text) // 4
    return {prompt: asked, completion: said, "total_tokens": asked + said}


def _pieces(text: str) -> Iterator[str]:
    for start in range(0, len(text), 5):
        yield text[start : start + 5]


def _choice(head: Json, part: Json) -> Json:
    return {**head, "choices": [{"index": 0, "logprobs": None, **part}]}


def _chat_chunks(body: Json, head: Json, message: Json, finish: str, usage: Json) -> list[Json]:
    head = {**head, "object": "chat.completion.chunk"}
    if (body.get("stream_options") or {}).get("include_usage"):
        head["usage"] = None
    chunks = [_choice(head, {"delta": {"role": "assistant", "content": "", "refusal": None}, "finish_reason": None})]
    for call in message.get("tool_calls", ()):
        first = {"index": 0, **call, "function": {"name": call["function"]["name"], "arguments": ""}}
        chunks.append(_choice(head, {"delta": {"tool_calls": [first]}, "finish_reason": None}))
        for piece in _pieces(call["function"]["arguments"]):
            more = {"index": 0, "function": {"arguments": piece}}
            chunks.append(_choice(head, {"delta": {"tool_calls": [more]}, "finish_reason": None}))
    for piece in _pieces(message["content"] or ""):
        chunks.append(_choice(head, {"delta": {"content": piece}, "finish_reason": None}))
    chunks.append(_choice(head, {"delta": {}, "finish_reason": finish}))
    if "usage" in head:
        chunks.append({**head, "choices": [], "usage": usage})
    return chunks


def _response(body: Json, text: str) -> Json:
    usage = _usage(body, text, "input_tokens", "output_tokens")
    part = {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
    item = {"id": f"msg_{_digest(body)}", "type": "message", "status": "completed", "role": "assistant"}
    return {
        "id": f"resp_{_digest(body)}",
        "object": "response",
        "created_at": CREATED,
        "status": "completed",
        "error": None,
        "incomplete_details": None,
        "instructions": body.get("instructions"),
        "metadata": {},
        "model": MODEL,
        "output": [{**item, "content": [part]}],
        "parallel_tool_calls": True,
        "temperature": 1.0,
        "tool_choice": "auto",
        "tools": [],
        "top_p": 1.0,
        "text": {"format": {"type": "text"}},
        "usage": {
            **usage,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens_details": {"reasoning_tokens": 0},
        },
    }


def _response_events(whole: Json) -> Iterator[Json]:
    item = whole["output"][0]
    part = item["content"][0]
    begun = {**whole, "status": "in_progress", "output": [], "usage": None}
    place = {"item_id": item["id"], "output_index": 0, "content_index": 0}
    events: list[Json] = [
        {"type": "response.created", "response": begun},
        {"type": "response.in_progress", "response": begun},
        {
            "type": "response.output_item.added",
            "output_index": 0,
            "item": {**item, "status": "in_progress", "content": []},
        },
        {"type": "response.content_part.added", **place, "part": {**part, "text": ""}},
        *(
            {"type": "response.output_text.delta", **place, "delta": piece, "logprobs": []}
            for piece in _pieces(part["text"])
        ),
        {"type": "response.output_text.done", **place, "text": part["text"], "logprobs": []},
        {"type": "response.content_part.done", **place, "part": part},
        {"type": "response.output_item.done", "output_index": 0, "item": item},
        {"type": "response.completed", "response": whole},
    ]
    for number, event in enumerate(events):
        yield {**event, "sequence_number": number}


def _anthropic_message(body: Json, text: str) -> Json:
    content: list[Json] = []
    if (body.get("thinking") or {}).get("type") == "enabled":
        signature = base64.b64encode(hashlib.shake_256(text.encode()).digest(120)).decode()
        content.append({"type": "thinking", "thinking": f"I remember: {text}", "signature": signature})
    if body.get("tools"):
        tool = body["tools"][0]
        given = dict.fromkeys(tool["input_schema"]["properties"], text)
        content.append({"type": "tool_use", "id": f"toolu_{_digest(body)}", "name": tool["name"], "input": given})
    else:
        content.append({"type": "text", "text": text})
    return {
        "id": f"msg_{_digest({**body, 'stream': None})}",
        "type": "message",
        "role": "assistant",
        "model": MODEL,
        "content": content,
        "stop_reason": "tool_use" if body.get("tools") else "end_turn",
        "stop_sequence": None,
        "usage": {
            "input_tokens": len(json.dumps(body["messages"])) // 4,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
            "output_tokens": len(json.dumps(content)) // 4,
        },
    }


_EMPTY: Mapping[str, Json] = {
    "text": {"text": ""},
    "thinking": {"thinking": "", "signature": ""},
    "tool_use": {"input": {}},
}


def _message_events(whole: Json) -> Iterator[Json]:
    usage = whole["usage"]
    begun = {**whole, "content": [], "stop_reason": None, "usage": {**usage, "output_tokens": 1}}
    yield {"type": "message_start", "message": begun}
    for index, block in enumerate(whole["content"]):
        kind = block["type"]
        yield {"type": "content_block_start", "index": index, "content_block": {**block, **_EMPTY[kind]}}
        if index == 0:
            yield {"type": "ping"}
        said = json.dumps(block["input"]) if kind == "tool_use" else block[kind]
        name, key = ("input_json_delta", "partial_json") if kind == "tool_use" else (f"{kind}_delta", kind)
        deltas: list[Json] = [{"type": name, key: piece} for piece in _pieces(said)]
        if kind == "thinking":
            deltas.append({"type": "signature_delta", "signature": block["signature"]})
        for delta in deltas:
            yield {"type": "content_block_delta", "index": index, "delta": delta}
        yield {"type": "content_block_stop", "index": index}
    ended = {"stop_reason": whole["stop_reason"], "stop_sequence": None}
    yield {"type": "message_delta", "delta": ended, "usage": usage}
    yield {"type": "message_stop"}


def _events(chunks: list[Json], *, done: bool = True) -> Response:
    async def stream() -> AsyncIterator[str]:
        for chunk in chunks:
            name = "" if done else f"event: {chunk['type']}\n"
            yield f"{name}data: {json.dumps(chunk)}\n\n"
        if done:
            yield "data: [DONE]\n\n"

    return StreamingResponse(stream(), media_type="text/event-stream")


@contextmanager
def island_server() -> Iterator[str]:
    """Serve the island on a free loopback port while the block runs; yields the base URL."""
    config = uvicorn.Config(Island().app(), port=0, log_level="error", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started:
        if time.monotonic() > deadline:
            raise RuntimeError("the island did not start")
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        server.should_exit = True
        thread.join()
