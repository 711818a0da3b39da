"""`expunge mcp`: a proxy before an MCP server."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from expunge.cli.options import Config, Json, New

CONTEXT_SETTINGS = {"allow_interspersed_args": False}


def mcp(
    command: Annotated[
        list[str],
        typer.Argument(
            metavar="COMMAND...", help="The command that starts the MCP server, after `--`.", show_default=False
        ),
    ],
    new: New = False,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Start an MCP server and relay between it and the client at standard input and output, without targets.

    In an agent's configuration, put `expunge mcp --config FILE --` before the server's command.
    """
    from expunge.gateway.telemetry import logs
    from expunge.mcp.session import run_stdio
    from expunge.settings import Settings

    settings = Settings.load(config)
    logs.configure("text", requests=False)
    # Standard output is the client's alone: whatever else is printed goes to standard error. What is read is not
    # closed, since that would wait for the thread that waits for more of it.
    reading = open(os.dup(0), "rb")  # noqa: SIM115
    with open(os.dup(1), "wb") as writing:
        os.dup2(2, 1)
        run_stdio(settings, command, reading, writing, new=new)
