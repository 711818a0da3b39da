"""Replies of an invented upstream that speaks Anthropic's API."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Any

USAGE = {"input_tokens": 8, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0, "output_tokens": 9}


def text(said: str = "Tea is ready.", **more: Any) -> dict[str, Any]:
    return {"type": "text", "text": said, **more}


SIGNATURE = base64.b64encode(hashlib.shake_256(b"a signature").digest(180)).decode()
"""As long as the shortest that the API gives, and as random."""


def thinking(thought: str = "Hm.", signature: str = SIGNATURE) -> dict[str, Any]:
    return {"type": "thinking", "thinking": thought, "signature": signature}


def call(given: Any = None, **more: Any) -> dict[str, Any]:
    return {"type": "tool_use", "id": "toolu_1", "name": "note", "input": {} if given is None else given, **more}


def reply(*content: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "stub",
        "content": list(content or (text(),)),
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": USAGE,
        **more,
    }
