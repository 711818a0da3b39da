"""What the `mcp` package's client makes of a server: `python mcp_client.py COMMAND ARGUMENT…`, or `… URL`."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Awaitable
from typing import Any

from mcp import Client, MCPError, StdioServerParameters
from mcp.types import ElicitResult


async def main(command: str, arguments: list[str]) -> dict[str, Any]:
    """Use all that the server offers, and tell what came back."""
    by_url = command.startswith("http:")
    place = command if by_url else StdioServerParameters(command=command, args=arguments, env=dict(os.environ))
    messages: list[str] = []

    async def choose(context: Any, asked: Any) -> ElicitResult:
        messages.append(asked.message)
        return ElicitResult(action="accept", content={"colour": "green"})

    mode = os.environ.get("MCP_MODE", "auto")
    async with Client(place, mode=mode, elicitation_callback=choose) as client:
        seen: dict[str, Any] = {"instructions": client.session.instructions}
        seen["version"] = client.session.protocol_version
        seen["tools"] = dump((await client.list_tools()).tools)
        for key, name, given in (
            ("umbrellas", "search", {"query": "umbrellas"}),
            ("marionettes", "search", {"query": "marionettes"}),
            ("skelwith", "search", {"query": "in"}),
            ("orla", "search", {"query": "Orla Fenwick"}),
            ("nobody", "search", {"query": "Piotr Vance"}),
            ("everybody", "everybody", {}),
            ("oldest", "oldest", {}),
            ("pieces", "in_pieces", {}),
        ):
            seen[key] = await said(client.call_tool(name, given))
        progress: list[Any] = []

        async def on_progress(done: float, total: float | None, message: str | None) -> None:
            progress.append([done, total, message])

        seen["count"] = await said(client.call_tool("count", {"upto": 3}, progress_callback=on_progress))
        seen["progress"] = progress
        seen["choice"] = await said(client.call_tool("choose", {}))
        seen["elicited"] = messages
        seen["resources"] = dump((await client.list_resources()).resources)
        seen["templates"] = dump((await client.list_resource_templates()).resource_templates)
        for key, uri in (
            ("chronicle", "village://chronicle"),
            ("carver", "village://marionettes/orla-fenwick"),
            ("brendan", "village://people/brendan-garrow"),
            ("orla_resource", "village://people/orla-fenwick"),
        ):
            seen[key] = await said(client.read_resource(uri))
        seen["prompts"] = dump((await client.list_prompts()).prompts)
        seen["letter"] = await said(client.get_prompt("letter", {"name": "Brendan Garrow"}))
        seen["letter_orla"] = await said(client.get_prompt("letter", {"name": "Orla Fenwick"}))
    return seen


async def said(asking: Awaitable[Any]) -> Any:
    """The result as JSON, or the error."""
    try:
        return dump(await asking)
    except MCPError as error:
        return {"error": [error.error.code, error.error.message]}


def dump(value: Any) -> Any:
    """A result as JSON."""
    if isinstance(value, list):
        return [dump(item) for item in value]
    return value.model_dump(mode="json", by_alias=True, exclude_none=True)


print(json.dumps(asyncio.run(main(sys.argv[1], sys.argv[2:]))))
