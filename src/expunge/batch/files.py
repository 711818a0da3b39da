"""Scrubbing `.txt` and `.jsonl` files: streamed, in order, and written whole or not at all.

A `.txt` file is scrubbed paragraph by paragraph (paragraphs are parted by blank lines), so that a name
broken over two lines is still seen as one. A `.jsonl` file is scrubbed string by string; keys stay, and a
line in which nothing changes is written byte for byte.
"""

from __future__ import annotations

import asyncio
import codecs
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from expunge.errors import ImportFailed, UsageError
from expunge.types import Decision

AT_ONCE = 16
"""Pieces scrubbed at the same time; at most this many are held in memory."""


class Scrubbed(Protocol):
    """What a scrubber returns: the clean text and what became of it."""

    @property
    def text(self) -> str:
        """The text that may be shown."""
        ...

    @property
    def decision(self) -> Decision:
        """What became of the text."""
        ...


Scrub = Callable[[str], Awaitable[Scrubbed]]


@dataclass(frozen=True, slots=True)
class Counts:
    """How many texts were scrubbed, and what became of them."""

    passed: int = 0
    rewritten: int = 0
    refused: int = 0

    @property
    def texts(self) -> int:
        """All of them."""
        return self.passed + self.rewritten + self.refused


@dataclass(frozen=True, slots=True)
class _Piece:
    """Consecutive lines that are scrubbed together; `line` is the number of the first, from 1."""

    line: int
    raw: bytes
    end: int
    """Bytes of the file up to the end of the piece."""


def check_paths(source: Path, destination: Path, fields: Sequence[str], force: bool) -> None:
    """Check before any work is done that the file can be scrubbed.

    Raises:
        UsageError: if the kind of file is unknown, the source cannot be read, the destination exists
            and `force` is not given, or its folder does not exist.
    """
    if source.suffix.lower() not in (".txt", ".jsonl"):
        raise UsageError("A file to scrub ends in .txt or .jsonl; rename it after what it holds.")
    if fields and source.suffix.lower() != ".jsonl":
        raise UsageError("--field is for .jsonl files; leave it out for a .txt file.")
    if not source.is_file():
        raise UsageError("The file to scrub does not exist, or is no file; check its path.")
    if not os.access(source, os.R_OK):
        raise UsageError("The file to scrub cannot be read; check its permissions.")
    if destination.is_dir():
        raise UsageError("The file to write is a folder; name a file in it.")
    if destination.exists() and not force:
        raise UsageError("The file to write exists already; name another, or overwrite it with --force.")
    if not destination.parent.is_dir():
        raise UsageError("The folder of the file to write does not exist; make it first.")


async def scrub_file(
    source: Path,
    destination: Path,
    scrub: Scrub,
    *,
    fields: Sequence[str] = (),
    force: bool = False,
    progress: Callable[[int], None] | None = None,
) -> Counts:
    """Write the scrubbed text of `source` to `destination`, which appears only when all of it is written.

    Args:
        source: a `.txt` or `.jsonl` file in UTF-8.
        destination: the file to write; it may be the source itself, with `force`.
        scrub: what makes a text clean, such as `Unlearner.ascrub`.
        fields: of `.jsonl` objects, the only top-level fields to scrub; empty for all strings.
        force: whether an existing file may be overwritten.
        progress: called with the number of bytes read and scrubbed so far.

    Raises:
        UsageError: if the paths cannot be used, or the destination cannot be written.
        ImportFailed: if a line is malformed (says which), or a field occurs nowhere.
    """
    check_paths(source, destination, fields, force)
    is_lines = source.suffix.lower() == ".jsonl"
    worker = _JsonLines(scrub, fields) if is_lines else _Paragraphs(scrub)
    part = destination.with_name(f".{destination.name}.{os.getpid()}.part")
    try:
        with source.open("rb") as reader, part.open("xb") as writer:
            pieces = _lines(reader) if is_lines else _paragraphs(reader)
            async for piece, clean in _in_order(pieces, worker.clean):
                writer.write(clean)
                if progress is not None:
                    progress(piece.end)
            worker.check()
            writer.flush()
            os.fsync(writer.fileno())
        part.replace(destination)
    except OSError as error:
        raise UsageError(f"The file could not be read or written ({type(error).__name__}); nothing was kept.") from None
    finally:
        with suppress(FileNotFoundError):
            part.unlink()
    return worker.counts


def _lines(reader: Iterator[bytes]) -> Iterator[_Piece]:
    end = 0
    for number, raw in enumerate(reader, 1):
        end += len(raw)
        yield _Piece(number, raw, end)


def _paragraphs(reader: Iterator[bytes]) -> Iterator[_Piece]:
    """Blank lines are pieces of their own, so that what is between paragraphs stays as it is."""
    held: list[bytes] = []
    first, end = 1, 0
    for number, raw in enumerate(reader, 1):
        if raw.strip():
            if not held:
                first = number
            held.append(raw)
        else:
            if held:
                yield _Piece(first, b"".join(held), end)
                held = []
            yield _Piece(number, raw, end + len(raw))
        end += len(raw)
    if held:
        yield _Piece(first, b"".join(held), end)


async def _in_order(
    pieces: Iterator[_Piece], clean: Callable[[_Piece], Awaitable[bytes]]
) -> AsyncIterator[tuple[_Piece, bytes]]:
    """Clean several pieces at the same time, and give them back in the order of the file."""
    running: list[tuple[_Piece, asyncio.Task[bytes]]] = []
    try:
        for piece in pieces:
            running.append((piece, asyncio.ensure_future(_awaited(clean, piece))))
            if len(running) >= AT_ONCE:
                yield running[0][0], await running[0][1]
                del running[0]
        while running:
            yield running[0][0], await running[0][1]
            del running[0]
    finally:
        for _, task in running:
            task.cancel()
        await asyncio.gather(*(task for _, task in running), return_exceptions=True)


async def _awaited(clean: Callable[[_Piece], Awaitable[bytes]], piece: _Piece) -> bytes:
    return await clean(piece)


class _Tally:
    """Scrubs texts and counts what became of them."""

    def __init__(self, scrub: Scrub) -> None:
        self._scrub = scrub
        self.counts = Counts()

    async def clean(self, text: str) -> str:
        if not text.strip():
            return text
        scrubbed = await self._scrub(text)
        old, decision = self.counts, scrubbed.decision
        self.counts = Counts(
            old.passed + (decision is Decision.PASSED),
            old.rewritten + (decision is Decision.REWRITTEN),
            old.refused + (decision is Decision.REFUSED),
        )
        return scrubbed.text


class _Paragraphs:
    def __init__(self, scrub: Scrub) -> None:
        self._tally = _Tally(scrub)

    @property
    def counts(self) -> Counts:
        return self._tally.counts

    async def clean(self, piece: _Piece) -> bytes:
        raw, mark = _without_mark(piece)
        text = _decoded(raw, piece.line)
        body = text.rstrip("\r\n")
        return mark + (await self._tally.clean(body) + text[len(body) :]).encode("utf-8", "surrogatepass")

    def check(self) -> None:
        """Nothing can be wrong with a text as a whole."""


class _JsonLines:
    def __init__(self, scrub: Scrub, fields: Sequence[str]) -> None:
        self._tally = _Tally(scrub)
        self._fields = frozenset(fields)
        self._seen: set[str] = set()

    @property
    def counts(self) -> Counts:
        return self._tally.counts

    async def clean(self, piece: _Piece) -> bytes:
        raw, mark = _without_mark(piece)
        text = _decoded(raw, piece.line)
        if not text.strip():
            return piece.raw
        value = _parsed(text, piece.line)
        if self._fields:
            if not isinstance(value, dict):
                raise ImportFailed(f"Line {piece.line:,} is no JSON object, so it has no fields; leave out --field.")
            self._seen |= self._fields & value.keys()
            clean: Any = {k: await self._cleaned(v) if k in self._fields else v for k, v in value.items()}
        else:
            clean = await self._cleaned(value)
        if clean == value:
            return piece.raw
        ending = text[len(text.rstrip("\r\n")) :]
        try:
            return mark + (json.dumps(clean, ensure_ascii=False) + ending).encode()
        except UnicodeEncodeError:
            # A lone surrogate has no UTF-8 form; JSON's own escapes can carry it.
            return mark + (json.dumps(clean) + ending).encode()

    async def _cleaned(self, value: Any) -> Any:
        if isinstance(value, str):
            return await self._tally.clean(value)
        if isinstance(value, list):
            return [await self._cleaned(item) for item in value]
        if isinstance(value, dict):
            return {key: await self._cleaned(item) for key, item in value.items()}
        return value

    def check(self) -> None:
        """A misspelt field would leave everything unscrubbed without a word."""
        if self._fields - self._seen:
            raise ImportFailed("A field given with --field occurs on no line; correct its name.")


def _without_mark(piece: _Piece) -> tuple[bytes, bytes]:
    if piece.line == 1 and piece.raw.startswith(codecs.BOM_UTF8):
        return piece.raw[len(codecs.BOM_UTF8) :], codecs.BOM_UTF8
    return piece.raw, b""


def _decoded(raw: bytes, line: int) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line += raw[: error.start].count(b"\n")
        raise ImportFailed(f"Line {line:,} is not UTF-8 text; convert the file first. Nothing was written.") from None


def _parsed(text: str, line: int) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_without_twins)
    except _Twins:
        # Of two equal keys a reader sees one only, so the other would pass unscrubbed.
        raise ImportFailed(f"Line {line:,} has the same key twice; keep one of them. Nothing was written.") from None
    except (ValueError, RecursionError):
        raise ImportFailed(f"Line {line:,} is not valid JSON; correct it. Nothing was written.") from None


class _Twins(Exception):
    pass


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise _Twins
    return value
