"""`expunge serve`: the gateway."""

from __future__ import annotations

import errno
import gc
import math
import socket
import sys
from contextlib import suppress
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from expunge.cli.options import Config, Json, New
from expunge.cli.output import note, print_json
from expunge.errors import ConfigError, ExpungeError
from expunge.reasons import reason_of

if TYPE_CHECKING:
    from fastapi import FastAPI

    from expunge.settings import ServerSettings, Settings

_SWITCH = 0.0005
"""Seconds after which a thread that computes gives way: the event loop must not wait the usual five milliseconds."""


class LogForm(StrEnum):
    """Log formats."""

    JSON = "json"
    TEXT = "text"


def serve(
    host: Annotated[str | None, typer.Option("--host", metavar="ADDRESS", help="The address to listen on.")] = None,
    port: Annotated[
        int | None, typer.Option("--port", metavar="PORT", help="The port; 0 for any free one.", min=0, max=65535)
    ] = None,
    log_format: Annotated[
        LogForm | None,
        typer.Option("--log-format", help="Log every request, as json or text. Default: only problems, as text."),
    ] = None,
    new: New = False,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Serve an OpenAI-compatible endpoint that discloses no target. On Ctrl-C, finish open requests and stop."""
    from expunge.settings import Settings

    settings = _with(Settings.load(config), host, port)
    from expunge.certificate.proving import ConsoleProver
    from expunge.gateway.factory import build, check
    from expunge.gateway.telemetry import logs

    check(settings)
    logs.configure(log_format.value if log_format is not None else "text", requests=log_format is not None)
    listening = listening_at(settings.server.host, settings.server.port)
    try:
        app = build(settings, new=new, prover=ConsoleProver())
        _run(app, listening, settings.server, as_json=as_json)
    finally:
        listening.close()


def _run(app: FastAPI, listening: socket.socket, server: ServerSettings, *, as_json: bool) -> None:
    """Serve until a signal; print the address once requests are accepted."""
    import uvicorn

    from expunge.gateway.access.connections import protocol_of

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            address, port = listening.getsockname()[:2]
            url = f"http://{f'[{address}]' if ':' in address else address}:{port}"
            if as_json:
                print_json({"url": url, "base_url": f"{url}/v1"})
            else:
                print(f"Listening on {url}/v1", flush=True)
            with suppress(ExpungeError):  # reported again, in more detail, where it matters
                for sentence in app.state.lacking():
                    note(sentence)
            # Objects made so far stay; walking them in each collection would hold up requests.
            gc.collect()
            gc.freeze()

    sys.setswitchinterval(_SWITCH)
    config = uvicorn.Config(
        app,
        http=protocol_of(server),
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        lifespan="on",
        timeout_graceful_shutdown=math.ceil(server.shutdown_timeout),
    )
    Server(config).run(sockets=[listening])


def _with(settings: Settings, host: str | None, port: int | None) -> Settings:
    changed = {key: value for key, value in (("host", host), ("port", port)) if value is not None}
    return settings.model_copy(update={"server": settings.server.model_copy(update=changed)})


def listening_at(host: str, port: int) -> socket.socket:
    """Return a listening socket; clients that connect before the app is ready wait in its queue.

    Raises:
        ConfigError: if the address cannot be used.
    """
    try:
        kind = socket.AF_INET6 if ":" in host else socket.AF_INET
        made = socket.socket(kind, socket.SOCK_STREAM)
        try:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            made.bind((host, port))
            made.listen(2048)
        except BaseException:
            made.close()
            raise
    except (socket.gaierror, UnicodeError):
        raise ConfigError(
            f"{host!r} is not a known address; use one of this machine with --host, such as 127.0.0.1."
        ) from None
    except OSError as error:
        place = f"{host}, port {port}"
        if error.errno == errno.EADDRINUSE:
            raise ConfigError(f"{place} is already in use; choose another port with --port.") from None
        if error.errno == errno.EACCES:
            raise ConfigError(
                f"Listening on {place} is not permitted; choose a port of 1024 or higher with --port."
            ) from None
        if error.errno == errno.EADDRNOTAVAIL:
            raise ConfigError(
                f"This machine does not have the address {host}; use one that it has with --host, such as 127.0.0.1."
            ) from None
        raise ConfigError(f"Cannot listen on {place}: {reason_of(error)}.") from None
    return made
