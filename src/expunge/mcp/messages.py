"""JSON-RPC messages as MCP sends them: one JSON object each, read so that everybody after us reads the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from expunge.gateway.json_text import NotReadable, encoded, parsed

__all__ = ["INTERNAL", "NotReadable", "Parsed", "answer", "error", "parse", "request"]

INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS, INTERNAL = -32600, -32601, -32602, -32603
NO_RESOURCE = -32002
"""MCP's own code for a resource that is not there."""
REJECTED = -1
"""MCP's code for a request of the server that the user rejects."""
CANCELLED = -32800
"""The code by which editors' protocols answer a request that was cancelled; MCP has none of its own."""
_MOST_VALUES = 200_000

Kind = Literal["request", "notification", "response"]
Id = str | int


@dataclass(frozen=True, slots=True)
class Parsed:
    """One message. `id` is None in a notification; `raw` are its bytes, which may go on if all of it was read."""

    raw: bytes
    body: dict[str, Any]
    kind: Kind
    id: Id | None
    method: str = ""

    @property
    def params(self) -> dict[str, Any]:
        """The parameters, {} if there are none."""
        return self.body.get("params") or {}

    @property
    def number(self) -> Id:
        """The id of a request."""
        assert self.id is not None
        return self.id

    def with_params(self, params: dict[str, Any]) -> bytes:
        """Return the message with other parameters."""
        return encoded({**self.body, "params": params})


def parse(raw: bytes) -> Parsed:
    """Read a message.

    Raises:
        NotReadable: if it is not one JSON-RPC message, or another reader may read it otherwise.
    """
    body = parsed(raw, _MOST_VALUES)
    if not isinstance(body, dict) or body.get("jsonrpc") != "2.0":
        raise NotReadable("is not a JSON-RPC 2.0 object")
    method, number, params = body.get("method"), body.get("id"), body.get("params")
    if isinstance(number, bool) or not isinstance(number, str | int | None):
        raise NotReadable("has an `id` that is neither a string nor a whole number")
    if method is None:
        if ("result" in body) == ("error" in body):
            raise NotReadable("has neither a `method` nor one `result` or `error`")
        return Parsed(raw, body, "response", number)
    if not isinstance(method, str) or not isinstance(params, dict | None) or "result" in body or "error" in body:
        raise NotReadable("is not a request")
    if "id" in body and number is None:
        raise NotReadable("has an `id` that is neither a string nor a whole number")
    return Parsed(raw, body, "notification" if number is None else "request", number, method)


def answer(number: Id, result: Any) -> bytes:
    """Return the answer to a request."""
    return encoded({"jsonrpc": "2.0", "id": number, "result": result})


def error(number: Id | None, code: int, message: str) -> bytes:
    """Return an error as the answer to a request."""
    return encoded({"jsonrpc": "2.0", "id": number, "error": {"code": code, "message": message}})


def request(number: Id, method: str, params: dict[str, Any] | None) -> bytes:
    """Return a request."""
    body: dict[str, Any] = {"jsonrpc": "2.0", "id": number, "method": method}
    return encoded(body if params is None else {**body, "params": params})
