"""Server-sent events, as OpenAI's endpoints send them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

DONE = "[DONE]"
"""The data of the event that ends a stream of completions."""
KEEP_ALIVE = b": keep-alive\n\n"
"""A comment, which clients ignore, to fill a wait."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event: its data, and its name where it has one.

    `raw` is what was received of it, without the lines that are neither, which nobody has read.
    """

    data: str
    name: str = ""
    raw: bytes = field(default=b"", compare=False, repr=False)

    def encoded(self) -> bytes:
        """The bytes to send: those that were received, if any were."""
        if self.raw:
            return self.raw
        name = f"event: {self.name}\n" if self.name else ""
        lines = "".join(f"data: {line}\n" for line in self.data.split("\n"))
        return f"{name}{lines}\n".encode("utf-8", "replace")


class EventParser:
    """Takes a stream's bytes as they come, and gives its events as soon as they are whole."""

    def __init__(self) -> None:
        self._rest: list[bytes] = []
        self._data: list[str] = []
        self._name = ""
        self._raw: list[bytes] = []
        self._begun = False

    def feed(self, chunk: bytes) -> Iterator[Event]:
        """The events that these bytes complete. Bytes that are no UTF-8 are replaced, in `raw` too."""
        self._rest.append(chunk)
        if b"\n" not in chunk and b"\r" not in chunk and not (len(self._rest) > 1 and self._rest[-2].endswith(b"\r")):
            return
        # A line may end in CR, LF or both; a CR at the end of a chunk may have its LF in the next one.
        read = b"".join(self._rest)
        if not self._begun:
            # A stream may begin with a byte order mark, which is no part of its first line.
            self._begun, read = True, read.removeprefix(b"\xef\xbb\xbf")
        lines = read.splitlines(keepends=True)
        self._rest = [lines.pop()] if lines and not lines[-1].endswith(b"\n") else []
        for line in lines:
            yield from self._line(line)

    @property
    def unfinished(self) -> bool:
        """Whether something was begun and not ended: half a line, or an event without its empty line."""
        return bool(self._data or b"".join(self._rest).strip())

    def _line(self, raw: bytes) -> Iterator[Event]:
        line = raw.rstrip(b"\r\n").decode("utf-8", "replace")
        if not line:
            if self._data:
                yield Event("\n".join(self._data), self._name, b"".join((*self._raw, raw)))
            self._data, self._name, self._raw = [], "", []
            return
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "data":
            self._data.append(value)
        elif field == "event":
            self._name = value
        else:
            return
        self._raw.append(raw if "\ufffd" not in line else raw.decode("utf-8", "replace").encode())
