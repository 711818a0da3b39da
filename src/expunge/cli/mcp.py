"""`expunge mcp`: a proxy before an MCP server."""

from __future__ import annotations

import os
import re
from string import Template
from typing import Annotated

import typer

from expunge.cli.options import Config, Json, New
from expunge.cli.output import print_json
from expunge.errors import ConfigError, UsageError

CONTEXT_SETTINGS = {"allow_interspersed_args": False}
_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):\s*(\S.*)")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def mcp(
    command: Annotated[
        list[str] | None,
        typer.Argument(metavar="[COMMAND...]", help="The command that starts the MCP server.", show_default=False),
    ] = None,
    url: Annotated[
        str | None,
        typer.Option("--url", metavar="URL", help="The MCP server's address, instead of a command that starts it."),
    ] = None,
    header: Annotated[
        list[str] | None,
        typer.Option(
            "--header",
            metavar='"NAME: VALUE"',
            help="A header to send to that address; ${VARIABLE} stands for one of the environment. Can be repeated.",
        ),
    ] = None,
    listen: Annotated[
        str | None,
        typer.Option(
            "--listen",
            metavar="HOST:PORT",
            help="Serve clients by HTTP at this address of loopback, instead of one at standard input and output.",
        ),
    ] = None,
    new: New = False,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Relay between an agent and an MCP server, and take targets out of what the server says.

    In an agent's configuration, put `expunge mcp --config FILE --` before the server's command.
    """
    from expunge.gateway.telemetry import logs
    from expunge.mcp.session import Place, run_http, run_stdio
    from expunge.settings import Settings

    if bool(command) == bool(url):
        raise UsageError("Give either the command that starts the MCP server, after `--`, or its address with --url.")
    if header and not url:
        raise UsageError("--header needs --url.")
    place = Place(tuple(command or ()), url or "", dict(_header(text) for text in header or ()))
    settings = Settings.load(config)
    logs.configure("text", requests=False)
    if listen is not None:
        from expunge.cli.serve import listening_at

        host, port = _address(listen)
        with listening_at(host, port) as listening:
            run_http(settings, place, listening, _announce_json if as_json else _announce, new=new)
        return
    # Standard output is the client's alone: whatever else is printed goes to standard error. What is read is not
    # closed, since that would wait for the thread that waits for more of it.
    reading = open(os.dup(0), "rb")  # noqa: SIM115
    with open(os.dup(1), "wb") as writing:
        os.dup2(2, 1)
        run_stdio(settings, place, reading, writing, new=new)


def _header(text: str) -> tuple[str, str]:
    found = _HEADER.fullmatch(text)
    if found is None:
        raise UsageError('--header must be of the form "NAME: VALUE".')
    try:
        return found[1], Template(found[2]).substitute(os.environ)
    except (KeyError, ValueError):
        raise UsageError(f"The header {found[1]} names an environment variable that is not set.") from None


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    host = host.strip("[]")
    if host not in _LOOPBACK:
        raise ConfigError("`expunge mcp` asks nobody for a key, so it listens on 127.0.0.1, ::1 or localhost only.")
    if not port.isdecimal() or int(port) > 65_535:
        raise UsageError("--listen must be of the form HOST:PORT, such as 127.0.0.1:8765.")
    return host, int(port)


def _announce(url: str) -> None:
    print(f"Listening on {url}", flush=True)


def _announce_json(url: str) -> None:
    print_json({"url": url})
