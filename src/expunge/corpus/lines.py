"""Text and JSON-lines files: where they may be cut, what texts they hold, and how the clean ones go back."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from expunge.corpus.columns import Columns, Wanted, is_wanted
from expunge.corpus.parts import Kind, Part
from expunge.errors import ImportFailed

_LITERAL = re.compile(r'"(?:[^"\\]|\\.)*"')


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it stands in the file, and the places in it, by character, of the texts to scrub.

    `quoted` says that the texts are JSON literals; `mark` is a byte-order mark before it.
    """

    source: str
    places: tuple[tuple[int, int], ...]
    texts: tuple[str, ...]
    quoted: bool = False
    mark: bytes = b""

    def with_texts(self, texts: Sequence[str]) -> bytes:
        """The row with other texts; every other character stays as it is."""
        out, at = [], 0
        for (start, end), old, new in zip(self.places, self.texts, texts, strict=True):
            if new != old:
                literal = _literal(new, self.source[start:end]) if self.quoted else new
                out += [self.source[at:start], literal]
                at = end
        out.append(self.source[at:])
        # Bytes that stood for a lone surrogate cannot be in a UTF-8 file, but a model may write one.
        return self.mark + "".join(out).encode("utf-8", "replace")


def rows_of(part: Part, data: bytes, columns: Columns) -> list[Row]:
    """The rows of a part of a text or JSON-lines file.

    Raises:
        ImportFailed: if a line is malformed; the sentence says which.
    """
    pieces = _paragraphs(data) if part.kind is Kind.PARAGRAPHS else _by_newline(data)
    rows = []
    line = part.first
    for number, raw in enumerate(pieces):
        mark = b""
        if part.start == 0 and number == 0 and raw.startswith(codecs.BOM_UTF8):
            raw, mark = raw[len(codecs.BOM_UTF8) :], codecs.BOM_UTF8
        source = _decoded(raw, line)
        if part.kind is Kind.JSONL:
            places, texts = _json_texts(source, line, columns)
            rows.append(Row(source, places, texts, True, mark))
        else:
            body = source.rstrip("\r\n")
            texts = (body,) if body.strip() else ()
            rows.append(Row(source, ((0, len(body)),) if texts else (), texts, False, mark))
        line += raw.count(b"\n")
    return rows


def _by_newline(data: bytes) -> list[bytes]:
    """Lines parted by line feeds alone: other breaks may stand inside a JSON literal."""
    *ended, rest = data.split(b"\n")
    return [line + b"\n" for line in ended] + ([rest] if rest else [])


def _paragraphs(data: bytes) -> list[bytes]:
    """Paragraphs, and the blank lines between them as pieces of their own."""
    pieces: list[bytes] = []
    held: list[bytes] = []
    for raw in _by_newline(data):
        if raw.strip():
            held.append(raw)
            continue
        if held:
            pieces.append(b"".join(held))
            held = []
        pieces.append(raw)
    if held:
        pieces.append(b"".join(held))
    return pieces


def _json_texts(source: str, line: int, columns: Columns) -> tuple[tuple[tuple[int, int], ...], tuple[str, ...]]:
    if not source.strip():
        return (), ()
    value = _parsed(source, line)
    if columns.wanted[0][0] and not isinstance(value, dict):
        raise ImportFailed(f"Line {line:,} is no JSON object, so it has no columns; leave out --column.")
    places, texts = [], []
    # The literals of a line are its keys and texts in the order in which the parser met them.
    for match, (text, wanted) in zip(_LITERAL.finditer(source), _literals(value, columns, columns.wanted), strict=True):
        if wanted and text.strip():
            places.append(match.span())
            texts.append(text)
    return tuple(places), tuple(texts)


def _literals(value: Any, columns: Columns, wanted: Wanted) -> Iterator[tuple[str, bool]]:
    if isinstance(value, str):
        yield value, is_wanted(wanted)
    elif isinstance(value, list):
        for item in value:
            yield from _literals(item, columns, wanted)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield key, False
            yield from _literals(item, columns, columns.below(wanted, key))


def _literal(text: str, old: str) -> str:
    """A JSON literal, escaped in the manner of the one that it replaces."""
    plain = json.dumps(text, ensure_ascii=False)
    escape = (old.isascii() and "\\u" in old) or any("\ud800" <= c <= "\udfff" for c in plain)
    return json.dumps(text) if escape else plain


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
