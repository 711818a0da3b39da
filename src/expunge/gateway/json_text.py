"""JSON that is read the same by us and by whoever gets the bytes after us."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from expunge.errors import ModelReplyError

_FEW = 50_000
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)


class NotReadable(ValueError):
    """Bytes that are no JSON, or JSON that another reader may read otherwise; the message says how, in a clause."""


def parsed(raw: bytes, most: int | None = None) -> Any:
    """The value of a JSON text in UTF-8, which holds at most so many values.

    Bytes may be passed on unchanged only if nothing in them escaped us, so that a key that comes twice in an object
    and a lone surrogate are refused, as is what no JSON has (NaN, a byte order mark).

    Raises:
        NotReadable: if it is not such a text.
    """
    if most is not None and _values(raw) > most:
        raise NotReadable(f"holds over {most:,} values")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise NotReadable("is not UTF-8") from None
    try:
        value = json.loads(text, object_pairs_hook=_object, parse_constant=_constant)
    except NotReadable:
        raise
    except RecursionError:
        raise NotReadable("is nested too deeply") from None
    except ValueError:
        raise NotReadable("is not JSON") from None
    if "\\u" in text and not _encodes(value):
        raise NotReadable("holds half of a surrogate pair, which is no character")
    return value


def encoded(value: Any, *, spaced: bool = False, escaped: bool = False) -> bytes:
    """JSON in UTF-8 of a value that was parsed: compact, or `spaced` after commas and colons; `escaped` to ASCII.

    Raises:
        NotReadable: if it holds a number that JSON does not have.
    """
    separators = (", ", ": ") if spaced else (",", ":")
    try:
        return json.dumps(value, ensure_ascii=escaped, separators=separators, allow_nan=False).encode()
    except ValueError:
        raise NotReadable("holds a number that is none") from None


def reply_of(raw: bytes) -> dict[str, Any]:
    """The JSON object of a whole answer.

    Raises:
        ModelReplyError: if there is none, or another reader may read it otherwise.
    """
    try:
        reply = parsed(raw)
    except NotReadable as error:
        raise ModelReplyError(f"The upstream's answer {error}; check that it speaks the configured API.") from None
    if not isinstance(reply, dict):
        raise ModelReplyError("The upstream's answer is not a JSON object; check that it speaks the configured API.")
    return reply


def _values(raw: bytes) -> int:
    """Return about how many values a JSON text holds; those in strings are counted only where there are few."""
    if raw.count(b",") + raw.count(b"[") + raw.count(b"{") > _FEW:
        raw = _STRING.sub(b"", raw)
    return raw.count(b",") + raw.count(b"[") + raw.count(b"{")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise NotReadable("has the same key twice in one object")
    return value


def _constant(name: str) -> NoReturn:
    raise NotReadable("is not JSON")


def _encodes(value: Any) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except (UnicodeEncodeError, RecursionError):
        return False
    return True
