"""Calls that a request leaves no choice about: where a program reads the arguments of one tool as the answer."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

from expunge.gateway.apis.base import Json
from expunge.gateway.apis.shaping import said_by_call

_ENDS = re.compile(
    r"(?:(?:give|send|submit|return|provide)_?)?(?:the_?)?(?:final_?)?(?:answer|response|reply|result|output)"
    r"(?:_?to_?user)?|(?:answer|respond|reply)(?:_?to)?(?:_?user)?|finish(?:_?task)?|submit|done|complete(?:_?task)?",
    re.IGNORECASE,
)
"""Names of the function by which an agent tells its answer, and does nothing else."""


def forced_tool(body: Json) -> tuple[str, Any] | None:
    """The name and the parameters of the function that an answer must be: the one that is chosen, or where some call is
    required, the only one, or the one by whose name an agent answers."""
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
    if choice != "required":
        return None
    if len(functions) == 1:
        return next(iter(functions.items()))
    ending = [name for name in functions if _ENDS.fullmatch(name)]
    return (ending[0], functions[ending[0]]) if len(ending) == 1 else None


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
