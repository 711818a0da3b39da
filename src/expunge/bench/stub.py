"""A loopback endpoint that plays an obliging model, so that what expunge itself costs can be measured."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from expunge.gateway.model_server import model_server
from expunge.models.base import ChatOptions
from expunge.models.scripted import ScriptedChat
from expunge.types import Message

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

    def reply(messages: Sequence[Message], options: ChatOptions) -> str:
        return json.dumps(filled(options.schema)) if options.schema else answer

    with model_server(ScriptedChat(reply, name="stub")) as url:
        yield url
