"""Calls that a request leaves no choice about: where a program reads the arguments of one tool as the answer."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from expunge.gateway.apis.base import Json
from expunge.gateway.apis.shaping import said_by_call


def forced_tool(body: Json) -> tuple[str, Any] | None:
    """The name and the parameters of the only function that an answer may be: the one that is chosen, or the only one
    where some call is required."""
    tools, choice = body.get("tools"), body.get("tool_choice")
    functions = {}
    for tool in tools if isinstance(tools, Sequence) and not isinstance(tools, str) else ():
        if isinstance(tool, Mapping) and tool.get("type", "function") == "function":
            function = tool.get("function", tool)
            if isinstance(function, Mapping) and isinstance(function.get("name"), str):
                functions[function["name"]] = function.get("parameters")
    if isinstance(choice, Mapping):
        chosen = choice.get("function", choice)
        name = chosen.get("name") if isinstance(chosen, Mapping) else None
        return (name, functions[name]) if isinstance(name, str) and name in functions else None
    if choice == "required" and len(functions) == 1:
        return next(iter(functions.items()))
    return None


def forced_call(body: Json, words: str) -> dict[str, Any] | None:
    """The call of a chat that says no more than `words`, None where none must be made or none can be."""
    forced = forced_tool(body)
    arguments = said_by_call(forced[1], words) if forced is not None else None
    if forced is None or arguments is None:
        return None
    return {"id": f"call_{call_id(words)}", "type": "function", "function": {"name": forced[0], "arguments": arguments}}


def call_id(words: str) -> str:
    """The same for the same words, and as long as ids are."""
    return hashlib.blake2b(words.encode("utf-8", "replace"), digest_size=12).hexdigest()
