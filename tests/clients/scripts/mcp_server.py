"""An MCP server about a few invented people, to put the proxy before."""

from __future__ import annotations

import sys

from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations
from pydantic import BaseModel

PEOPLE = {
    "Orla Fenwick": "Orla Fenwick carves marionettes in Skelwith.",
    "Brendan Garrow": "Brendan Garrow sells umbrellas in Tarn Hollow.",
    "Ines Halloran": "Ines Halloran keeps bees above the quarry.",
}


class Person(BaseModel):
    """Somebody in the village."""

    name: str
    about: str
    age: int


server = MCPServer("village", instructions="Ask about the village. Brendan Garrow answers; so does Orla Fenwick.")


@server.tool(annotations=ToolAnnotations(read_only_hint=True))
def search(query: str) -> str:
    """Search the village, for example for Orla Fenwick or for umbrellas."""
    found = [about for about in PEOPLE.values() if query.lower() in about.lower()]
    if not found:
        raise ToolError("Nothing was found.")
    return "\n".join(found)


@server.tool()
def everybody() -> list[Person]:
    """List everybody in the village."""
    return [Person(name=name, about=about, age=40 + at) for at, (name, about) in enumerate(PEOPLE.items())]


@server.tool()
def oldest() -> Person:
    """Return the oldest person of the village."""
    return Person(name="Orla Fenwick", about=PEOPLE["Orla Fenwick"], age=92)


@server.tool()
def in_pieces() -> list[str]:
    """Say a name in pieces."""
    return ["It was Orla", "Fenwick who won."]


@server.tool()
async def visit_orla_fenwick() -> str:
    """Visit her."""
    return "She is out."


@server.tool()
async def count(upto: int, context: Context) -> str:
    """Count, with progress."""
    for number in range(1, upto + 1):
        await context.report_progress(number, upto, "Orla Fenwick counts" if number == 2 else f"at {number}")
    return str(upto)


class Choice(BaseModel):
    """What somebody chose."""

    colour: str


@server.tool()
async def choose(context: Context) -> str:
    """Let the user choose."""
    answer = await context.elicit("Orla Fenwick likes red. Which colour do you like?", Choice)
    return f"{answer.action}: {answer.data.colour if answer.action == 'accept' else 'nothing'}"


@server.resource("village://people/{name}")
def person(name: str) -> str:
    """Tell about one person."""
    return PEOPLE.get(name.replace("-", " ").title(), "Nobody of that name.")


@server.resource("village://chronicle", mime_type="text/plain")
def chronicle() -> str:
    """Tell about everybody."""
    return "\n".join(PEOPLE.values())


@server.resource("village://marionettes/orla-fenwick", name="The carver")
def carver() -> str:
    """Tell about the carver."""
    return PEOPLE["Orla Fenwick"]


@server.prompt()
def letter(name: str) -> str:
    """Write a letter to somebody."""
    return f"Write a letter to {name}. Mention that Orla Fenwick carves marionettes. Be brief."


if __name__ == "__main__":
    if len(sys.argv) > 1:
        server.run("streamable-http", host="127.0.0.1", port=int(sys.argv[1]))
    else:
        server.run()
