"""Server-sent events, as OpenAI's endpoints send them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

DONE = "[DONE]"
"""The data of the event that ends a stream of completions."""
KEEP_ALIVE = b": keep-alive\n\n"
"""A comment, which clients ignore, to fill a wait."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event: its data, and its name where it has one."""

    data: str
    name: str = ""

    def encoded(self) -> bytes:
        """The bytes to send."""
        name = f"event: {self.name}\n" if self.name else ""
        lines = "".join(f"data: {line}\n" for line in self.data.split("\n"))
        return f"{name}{lines}\n".encode("utf-8", "replace")


class EventParser:
    """Takes a stream's bytes as they come, and gives its events as soon as they are whole."""

    def __init__(self) -> None:
        self._rest = b""
        self._data: list[str] = []
        self._name = ""

    def feed(self, chunk: bytes) -> Iterator[Event]:
        """The events that these bytes complete. Invalid UTF-8 is replaced."""
        # A line may end in CR, LF or both; a CR at the end of a chunk may have its LF in the next one.
        buffer = self._rest + chunk
        ends_in_cr = buffer.endswith(b"\r")
        lines = (buffer[:-1] if ends_in_cr else buffer).replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        self._rest = lines.pop() + (b"\r" if ends_in_cr else b"")
        for line in lines:
            yield from self._line(line.decode("utf-8", "replace"))

    @property
    def unfinished(self) -> bool:
        """Whether something was begun and not ended: half a line, or an event without its empty line."""
        return bool(self._rest.strip() or self._data)

    def _line(self, line: str) -> Iterator[Event]:
        if not line:
            if self._data:
                yield Event("\n".join(self._data), self._name)
            self._data, self._name = [], ""
            return
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "data":
            self._data.append(value)
        elif field == "event":
            self._name = value
