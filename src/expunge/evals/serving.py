"""A chat model served as an OpenAI-compatible endpoint on loopback, so that it can be an upstream from outside."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, get_args

from expunge.errors import ModelError
from expunge.models.base import ChatModel, ChatOptions, Completion
from expunge.types import Message, Role

_ROLES = frozenset(get_args(Role))
_MOST_BYTES = 64 * 1024 * 1024


@contextmanager
def model_server(model: ChatModel) -> Iterator[str]:
    """Serve a chat model on a free loopback port while the block runs; yields the base URL.

    Answers `GET /v1/models` and `POST /v1/chat/completions`, with usage and without streaming. Wrong requests get
    errors as OpenAI words them: 400, and 404 for unknown paths; a failure of the model is a 502.
    """
    loop = asyncio.new_event_loop()
    asking = threading.Thread(target=loop.run_forever, daemon=True)
    asking.start()
    server = _Server(model, loop)
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    serving.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    finally:
        server.shutdown()
        server.server_close()
        serving.join()
        loop.call_soon_threadsafe(loop.stop)
        asking.join()
        loop.close()


class _BadRequest(Exception):
    def __init__(self, text: str, parameter: str | None = None) -> None:
        super().__init__(text)
        self.parameter = parameter


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, model: ChatModel, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.model = model
        self.loop = loop

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Let a client that is gone be gone; anything else is told as usual."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def complete(self, messages: list[Message], options: ChatOptions) -> Completion:
        return asyncio.run_coroutine_threadsafe(self.model.complete(messages, options), self.loop).result()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        if self.path.rstrip("/") != "/v1/models":
            self._fail(404, "There is no such path.")
            return
        model = {"id": self.server.model.name, "object": "model", "created": 0, "owned_by": "expunge"}
        self._send(200, {"object": "list", "data": [model]})

    def do_POST(self) -> None:
        body = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), _MOST_BYTES))
        if self.path.rstrip("/") != "/v1/chat/completions":
            self._fail(404, "There is no such path.")
            return
        try:
            messages, options = _request(body)
            reply = self.server.complete(messages, options)
        except _BadRequest as error:
            self._fail(400, str(error), error.parameter)
        except ModelError:
            self._fail(502, "The model failed.", kind="server_error")
        else:
            self._send(200, _completion(self.server.model.name, reply))

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: what is asked stays unwritten."""

    def _fail(self, status: int, text: str, parameter: str | None = None, kind: str = "invalid_request_error") -> None:
        self._send(status, {"error": {"message": text, "type": kind, "param": parameter, "code": None}})

    def _send(self, status: int, body: Mapping[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def _request(body: bytes) -> tuple[list[Message], ChatOptions]:
    try:
        request = json.loads(body)
    except ValueError:
        raise _BadRequest("The body is not JSON.") from None
    if not isinstance(request, dict):
        raise _BadRequest("The body is not a JSON object.")
    if request.get("stream"):
        raise _BadRequest("Streaming is not supported here.", "stream")
    if request.get("n") not in (None, 1):
        raise _BadRequest("One completion is given at a time.", "n")
    given = request.get("messages")
    if not isinstance(given, list) or not given:
        raise _BadRequest("There are no messages.", "messages")
    messages = [_message(message) for message in given]
    options = ChatOptions(
        temperature=_number(request, "temperature"), seed=_whole(request, "seed"), schema=_schema(request)
    )
    return messages, options


def _schema(request: Mapping[str, Any]) -> Mapping[str, Any] | None:
    wanted = request.get("response_format")
    described = wanted.get("json_schema") if isinstance(wanted, dict) else None
    schema = described.get("schema") if isinstance(described, dict) else None
    return schema if isinstance(schema, dict) else None


def _message(message: object) -> Message:
    if not isinstance(message, dict) or message.get("role") not in _ROLES:
        raise _BadRequest("A message has no known role.", "messages")
    content = message.get("content")
    if isinstance(content, list):
        parts = [part.get("text") for part in content if isinstance(part, dict)]
        content = "".join(part for part in parts if isinstance(part, str))
    if content is not None and not isinstance(content, str):
        raise _BadRequest("The content of a message is no text.", "messages")
    return Message(message["role"], content or "")


def _number(request: Mapping[str, Any], key: str) -> float | None:
    value = request.get(key)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise _BadRequest("This must be a number.", key)
    return value


def _whole(request: Mapping[str, Any], key: str) -> int | None:
    value = _number(request, key)
    return None if value is None else int(value)


def _completion(name: str, reply: Completion) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": reply.text}
    if reply.reasoning:
        message["reasoning_content"] = reply.reasoning
    if reply.tool_calls:
        message["tool_calls"] = [_call(number, call) for number, call in enumerate(reply.tool_calls)]
    return {
        "id": "chatcmpl-served",
        "object": "chat.completion",
        "created": 0,
        "model": name,
        "choices": [{"index": 0, "message": message, "finish_reason": reply.finish_reason}],
        "usage": {
            "prompt_tokens": reply.prompt_tokens,
            "completion_tokens": reply.completion_tokens,
            "total_tokens": reply.prompt_tokens + reply.completion_tokens,
        },
    }


def _call(number: int, call: str) -> dict[str, Any]:
    name, _, rest = call.partition("(")
    arguments = rest.removesuffix(")")
    return {"id": f"call_{number}", "type": "function", "function": {"name": name, "arguments": arguments}}
