"""Calls tools of a server by the `mcp` package's client: `python mcp_calls.py '[[TOOL, ARGUMENTS], …]' COMMAND …`."""

from __future__ import annotations

import asyncio
import json
import os
import sys

from mcp import Client, StdioServerParameters


async def main(calls: list[list[object]], command: str, arguments: list[str]) -> dict[str, object]:
    """The names of the tools, and the text of each result with whether it is an error."""
    parameters = StdioServerParameters(command=command, args=arguments, env=dict(os.environ))
    async with Client(parameters) as client:
        tools = [tool.name for tool in (await client.list_tools()).tools]
        results = []
        for name, given in calls:
            result = await client.call_tool(name, given)
            results.append(["\n".join(block.text for block in result.content), bool(result.is_error)])
    return {"tools": tools, "results": results}


print(json.dumps(asyncio.run(main(json.loads(sys.argv[1]), sys.argv[2], sys.argv[3:]))))
