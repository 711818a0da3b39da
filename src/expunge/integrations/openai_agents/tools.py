"""Tools whose results are scrubbed, and which are not called with what discloses a target."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from agents import FunctionTool
from agents.tool_context import ToolContext

from expunge.integrations.judging import AnyUnlearner, Judge, as_json
from expunge.types import Decision


def scrubbed_tool(tool: FunctionTool, unlearner: AnyUnlearner) -> FunctionTool:
    """Return the tool, passing on its results without targets.

    A call that discloses a target is not made, and a result of which nothing may be told is plain ignorance. The text
    of an error that becomes a result is read, too; one that ends the run is raised without a text if that discloses a
    target. Outputs that are no text, list or object are passed on unchanged or not at all.

    Raises:
        UsageError: if `unlearner` is none.
    """
    judge = Judge(unlearner)

    async def invoke(context: ToolContext[Any], arguments: str) -> Any:
        if (await judge.arun(judge.value(_parsed(arguments)))).decision is not Decision.PASSED:
            return judge.ignorance(arguments)
        try:
            result = await original(context, arguments)
        except Exception as error:
            if (await judge.arun(judge.value(str(error)))).decision is not Decision.PASSED:
                raise RuntimeError(judge.ignorance(arguments)) from None
            raise
        found = await judge.arun(judge.value(result))
        if found.decision is Decision.PASSED:
            return result
        if found.decision is Decision.REFUSED or not isinstance(result, str | dict | list):
            return judge.ignorance(arguments)
        return found.value

    original: Callable[[ToolContext[Any], str], Awaitable[Any]] = tool.on_invoke_tool
    return replace(tool, on_invoke_tool=invoke)


def tool_filter(unlearner: AnyUnlearner) -> Callable[[Any, Any], Awaitable[bool]]:
    """Return a `tool_filter` for an MCP server that leaves out the tools whose name or description discloses a target.

    Raises:
        UsageError: if `unlearner` is none.
    """
    judge = Judge(unlearner)

    async def is_offered(context: Any, tool: Any) -> bool:
        return (await judge.arun(judge.value(as_json(tool)))).decision is Decision.PASSED

    return is_offered


def _parsed(arguments: str) -> Any:
    """The arguments as a value, since escapes hide what they say; as they stand where they are no JSON."""
    try:
        return json.loads(arguments)
    except (ValueError, RecursionError):
        return arguments
