"""Messages over pipes: this process's own standard streams, and those of a server that it starts.

A message is a line of UTF-8. Standard output holds nothing else, so whatever else is printed there goes to standard
error. A server's standard error is judged line by line like all that it says.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from typing import BinaryIO

from expunge.errors import ConfigError, MissingError, ModelReplyError
from expunge.mcp.channels import GRACE
from expunge.mcp.judging import Judging
from expunge.mcp.messages import Id
from expunge.reasons import reason_of

MOST = 64 * 1024 * 1024
"""Bytes of one message; pictures and sound are in them."""
_OWN = "EXPUNGE_"


class OwnStreams:
    """The client at this process's standard streams.

    They may be pipes, files or a terminal, and an event loop can wait for pipes only; so a thread reads.
    """

    def __init__(self, reading: BinaryIO, writing: BinaryIO) -> None:
        self._reading, self._writing = reading, writing
        self._lock = asyncio.Lock()

    async def messages(self) -> AsyncIterator[bytes]:
        """Yield each line that is not blank.

        Raises:
            ModelReplyError: if a line is too long.
        """
        loop = asyncio.get_running_loop()
        lines: asyncio.Queue[bytes | None] = asyncio.Queue(1)

        def read() -> None:
            with suppress(RuntimeError, OSError, ValueError):  # the loop or the stream was closed
                while line := self._reading.readline(MOST + 1):
                    asyncio.run_coroutine_threadsafe(lines.put(line), loop).result()
                    if len(line) > MOST:
                        return
                asyncio.run_coroutine_threadsafe(lines.put(None), loop).result()

        threading.Thread(target=read, name="expunge-mcp-client", daemon=True).start()
        while (line := await lines.get()) is not None:
            if len(line) > MOST:
                raise _too_long("client")
            if line.strip():
                yield line.strip()

    async def send(self, message: bytes, about: Id | None = None) -> None:
        """Write a line; a client that has gone gets nothing any more."""
        async with self._lock:
            with suppress(BrokenPipeError):
                await asyncio.to_thread(self._write, message)

    def _write(self, message: bytes) -> None:
        self._writing.write(message + b"\n")
        self._writing.flush()


class ChildServer:
    """A server that this process started."""

    def __init__(self, process: Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        self._process = process
        self._writing, self._reading, self._log = process.stdin, process.stdout, process.stderr
        self._lock = asyncio.Lock()

    @classmethod
    async def start(cls, command: Sequence[str]) -> ChildServer:
        """Start a server, which does not see this process's own `EXPUNGE_` variables.

        Raises:
            MissingError: if there is no such program.
            ConfigError: if it cannot be started.
        """
        environment = {key: value for key, value in os.environ.items() if not key.startswith(_OWN)}
        try:
            process = await asyncio.create_subprocess_exec(
                *command, stdin=PIPE, stdout=PIPE, stderr=PIPE, env=environment, limit=MOST
            )
        except FileNotFoundError:
            raise MissingError("The MCP server's program was not found; check the command after `--`.") from None
        except (OSError, ValueError) as error:
            reason = reason_of(error) if isinstance(error, OSError) else "the command is not valid"
            raise ConfigError(f"The MCP server cannot be started: {reason}.") from None
        return cls(process)

    async def messages(self) -> AsyncIterator[bytes]:
        """Yield each line that is not blank.

        Raises:
            ModelReplyError: if a line is too long.
        """
        while line := await _line(self._reading):
            if line.strip():
                yield line.strip()

    async def log(self) -> AsyncIterator[str]:
        """Yield each line of its standard error; of one that is too long nothing.

        It is read to its end whatever happens, or the server would wait for a reader.
        """
        while True:
            try:
                line = await _line(self._log)
            except ModelReplyError:
                continue
            if not line:
                return
            yield line.decode("utf-8", "replace").rstrip("\r\n")

    async def send(self, message: bytes, about: Id | None = None) -> None:
        """Write a line; a server that has ended gets nothing any more."""
        async with self._lock:
            with suppress(ConnectionError):
                self._writing.write(message + b"\n")
                await self._writing.drain()

    async def status(self) -> int:
        """Wait until it has ended; return the exit status."""
        return await self._process.wait()

    async def close(self) -> None:
        """End it: by the end of its input, then by SIGTERM, then by force."""
        self._writing.close()
        for end in (self._process.terminate, self._process.kill):
            with suppress(TimeoutError):
                await asyncio.wait_for(self._process.wait(), GRACE)
                return
            with suppress(ProcessLookupError):
                end()
        await self._process.wait()


async def copied_log(server: ChildServer, judging: Judging) -> None:
    """Copy to standard error what a server writes to its own, but for lines that tell of a target."""
    async for line in server.log():
        if await judging.tells_nothing(line):
            print(line, file=sys.stderr, flush=True)


async def _line(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readline()
    except ValueError:
        raise _too_long("server") from None


def _too_long(side: str) -> ModelReplyError:
    return ModelReplyError(f"The MCP {side} sent a message of over {MOST // 2**20} MB; have it send less at once.")
