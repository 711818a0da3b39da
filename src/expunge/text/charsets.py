"""Bytes of a file as text, whatever they are encoded in."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""Byte order marks; the one of UTF-32 begins with that of UTF-16."""
_WIDE = (("utf-32-le", 4), ("utf-32-be", 4), ("utf-16-le", 2), ("utf-16-be", 2))
_DECLARED = re.compile(rb"(?:charset|encoding)\s{0,5}=\s{0,5}[\"']?([A-Za-z][\w.:-]{1,30})", re.IGNORECASE)
_HEAD = 1_024
_CONTROLS = bytes([*range(9), *range(14, 27), *range(28, 32), 127])
_HIGH = bytes(range(128, 256))
_MOST_CONTROLS = 0.02
"""Share of control characters up to which bytes may be a text; of bytes at random they are a tenth."""
_FEW_HIGH = 0.25
"""Share of bytes beyond ASCII up to which a text is in Latin letters."""
_LATIN = ("cp1250", "cp1254")
"""Read besides cp1252, with which they share most letters, but not those of Czech, Polish or Turkish."""
_OLD_LATIN = ("mac_roman", "cp850")
_CYRILLIC = ("cp1251", "koi8_r", "cp866", "iso8859_5", "mac_cyrillic")
_OTHERS = ("cp1253", "cp1255", "cp1256", "cp874")
_EASTERN = ("cp932", "euc_jp", "gb18030", "big5", "cp949")
_DEFECT = re.compile(r"[^\W\d_](?:(?![\w'’.@+-])[^\x00-\x7f])[^\W\d_]")
_EASTERN_LETTER = re.compile(r"[\u3005-\u30ff\u3400-\u9fff\uac00-\ud7af\uff01-\uff9f]")
_UNLIKELY = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ue000-\uf8ff\ufff0-\uffff]")
_ENOUGH_EASTERN = 0.8
_SAMPLE = 20_000


def readings(raw: bytes, declared: str = "") -> tuple[str, ...]:
    """Return the text of bytes: several readings if several encodings are possible, none if the bytes are not text.

    The first reading is of the whole; the others hold only the lines that differ. `declared` is the encoding that came
    with the bytes.
    """
    if not raw:
        return ()
    for mark, name in _MARKS:
        if raw.startswith(mark):
            return (raw.decode(name, "replace"),)
    found = _named(raw, declared)
    if b"\0" in raw or not _is_textual(raw):
        found += _wide(raw)
    elif (text := _decoded(raw, "utf-8")) is not None:
        found.append(text)
    else:
        found += _narrow(raw)
    return tuple(dict.fromkeys(found))


def _named(raw: bytes, declared: str) -> list[str]:
    """The reading by the encoding that is declared, beside the bytes or at their beginning."""
    inside = _DECLARED.search(raw, 0, _HEAD)
    for name in (declared, inside[1].decode("ascii") if inside else ""):
        text = _decoded(raw, name) if name else None
        if text is not None and not _UNLIKELY.search(text):
            return [text]
    return []


def _is_textual(raw: bytes) -> bool:
    return len(raw) - len(raw.translate(None, _CONTROLS)) <= _MOST_CONTROLS * len(raw)


def _wide(raw: bytes) -> list[str]:
    """The reading as UTF-16 or UTF-32 without a mark."""
    best: list[tuple[float, str]] = []
    for name, width in _WIDE:
        text = _decoded(raw[: len(raw) // width * width], name)
        if text and not _UNLIKELY.search(text):
            best.append((_likeliness(text), text))
    likely, text = max(best, default=(0.0, ""))
    return [text] if likely >= _ENOUGH_EASTERN else []


def _likeliness(text: str) -> float:
    """The share of a text that is in ASCII, in letters of Europe and the Middle East, or in those of East Asia."""
    sample = text[:_SAMPLE]
    usual = sum(c < "\u0700" or "\u0900" <= c < "\u0e80" for c in sample)
    return (usual + len(_EASTERN_LETTER.findall(sample))) / len(sample)


def _narrow(raw: bytes) -> list[str]:
    """Readings of a text in one of the encodings of before Unicode."""
    western = raw.decode("cp1252", "replace")
    lines = b"\n".join(line for line in raw.splitlines() if not line.isascii())
    mine = _defects(lines.decode("cp1252", "replace"))
    found = [western, *_of(lines, _LATIN)]
    found += [text for text in _of(lines, _OLD_LATIN) if _defects(text) < mine]
    if len(lines) - len(lines.translate(None, _HIGH)) > _FEW_HIGH * len(lines):
        found += sorted(_of(lines, _CYRILLIC), key=_defects)[:3]
        found += _of(lines, _OTHERS)
        found += [text for text in _of(lines, _EASTERN) if _is_eastern(text)]
    return found


def _of(raw: bytes, names: Iterable[str]) -> Iterator[str]:
    for name in names:
        text = _decoded(raw, name)
        if text is not None and not _UNLIKELY.search(text):
            yield text


def _defects(text: str) -> int:
    """Signs within words, and capitals after small letters: what a wrong reading is full of."""
    sample = text[:_SAMPLE]
    capitals = sum(a.islower() and b.isupper() and not (a.isascii() and b.isascii()) for a, b in pairwise(sample))
    return capitals + len(_DEFECT.findall(sample))


def _is_eastern(text: str) -> bool:
    beyond = [c for c in text[:_SAMPLE] if not c.isascii()]
    return bool(beyond) and len(_EASTERN_LETTER.findall("".join(beyond))) >= _ENOUGH_EASTERN * len(beyond)


def _decoded(raw: bytes, name: str) -> str | None:
    try:
        text = raw.decode(name)
    except (UnicodeError, LookupError, ValueError):
        return None
    return text if isinstance(text, str) else None
