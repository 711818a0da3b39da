"""A loopback endpoint that plays an obliging model, so that what expunge itself costs can be measured."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ANSWER = "The harbour was rebuilt after the storm, and most of the work was done in the spring."
"""What the stub answers where no schema is asked for, and the text in every reply that meets one."""


def filled(schema: Mapping[str, Any], number: int = 1) -> Any:
    """A value that meets a JSON schema, as generous as it allows: the best mark, the fullest list of texts.

    Lists of objects stay empty. `number` tells the texts of a list apart.
    """
    if "enum" in schema:
        return schema["enum"][-1]
    match schema.get("type"):
        case "object":
            return {key: filled(part) for key, part in schema.get("properties", {}).items()}
        case "array":
            items = schema.get("items", {})
            if items.get("type") == "object":
                return []
            return [filled(items, n) for n in range(1, schema.get("maxItems", 1) + 1)]
        case "integer" | "number":
            return schema.get("maximum", 5)
        case "boolean":
            return True
        case _:
            return ANSWER if number == 1 else f"{ANSWER} ({number})"


@contextmanager
def stub_endpoint(answer: str = ANSWER) -> Iterator[str]:
    """Serve chat completions on a free loopback port while the block runs; yields the base URL."""
    server = _Server(answer)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, answer: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer = answer


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        self._send({"object": "list", "data": [{"id": "stub", "object": "model", "created": 0, "owned_by": "expunge"}]})

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
        wanted = request.get("response_format") or {}
        schema = wanted.get("json_schema", {}).get("schema") or wanted.get("schema")
        text = json.dumps(filled(schema)) if schema else self.server.answer
        message = {"role": "assistant", "content": text}
        self._send(
            {
                "id": "chatcmpl-stub",
                "object": "chat.completion",
                "created": 0,
                "model": request.get("model", "stub"),
                "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
                "usage": {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0},
            }
        )

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: what is asked stays unwritten."""

    def _send(self, body: Mapping[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
