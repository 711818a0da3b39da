"""Data that is no text: images, sound and ciphers, told from texts that only look like it.

Whatever is not provably no text is read: a value is passed over only as far as it is base64 in form, its bytes are no
text in any encoding, and no stretch of it reads like words as it stands.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from itertools import product
from string import ascii_letters, ascii_lowercase
from typing import Any
from urllib.parse import unquote_to_bytes

import numpy as np
import numpy.typing as npt

from expunge.errors import ModelReplyError
from expunge.gateway.apis.documents import ZIP, packed_text
from expunge.text.charsets import readings
from expunge.text.decode.look import common_pairs

_DATA_URL = re.compile(r"data:[^,]{0,300},", re.IGNORECASE)
_CHARSET = re.compile(r";\s*charset=\"?([\w.:-]{1,30})", re.IGNORECASE)
_CODED = re.compile(r";\s*base64\s*,\Z", re.IGNORECASE)
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]+={0,2}")
_HEX = re.compile(r"(?:[0-9a-fA-F]{2}){8,}")
"""Bytes in hexadecimal digits, which are base64 in form."""
_DATA_KEYS = "file_data image_url data encrypted_content result screenshot partial_image_b64 b64_json blob bytes url"
DATA_KEYS = frozenset(_DATA_KEYS.split())
"""Keys under which data stands, however short."""
_SHORT = 64
"""Characters under which data that says nothing by itself is read as it stands: it may be a word."""
_LONG = 1_024
"""Characters from which what is base64 in form is data under whatever key."""
_LINE = 16
"""Least length of the lines into which base64 is wrapped; words are shorter, and of different lengths."""
_WINDOW, _STEP = 32, 16
"""Characters of base64 that are looked at together."""
_LIKE_WORDS, _LIKE_LETTERS = 0.55, 0.35
"""Share of pairs of letters that are common ones, from which such a window reads like words, and from which one of
letters alone does; at random it is .2 and .3."""
_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[0-9+/])(?=[A-Za-z])")
_WIDE_LETTERS = {ord(c): ord(c) + 0xFEE0 for c in ascii_letters}
_SURE = 0.95
_A, _Z = ord("a"), ord("z")
_SIGNATURES = (
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff",
    b"\xff\xfb",
    b"\xff\xf3",
    b"\x1f\x8b",
    b"\x1a\x45\xdf\xa3",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    b"7z\xbc\xaf",
)
"""How pictures, sound and archives begin, as no text does: PNG, JPEG, MP3, gzip, WebM, old Office, 7z."""
_RUN = re.compile(rb"[\x20-\x7e]{8,}")
_WIDE_RUN = re.compile(rb"(?:[\x20-\x7e]\x00){8,}")
_RUN_LIKE_WORDS = 0.6
_DEEPEST = 100
Marks = npt.NDArray[np.bool_]
Places = npt.NDArray[np.int64]


def _pairs() -> Marks:
    """Return which pairs of small letters are common ones."""
    found = np.zeros((256, 256), dtype=np.bool_)
    for first, second in product(ascii_lowercase, repeat=2):
        found[ord(first), ord(second)] = common_pairs(first + second) > 0
    return found


_COMMON = _pairs()


def text_within(data: str) -> str:
    """The text that a piece of data, base64 or a `data:` URL, holds; "" if it is none (an image, sound, a cipher).

    What is neither is text itself. Several readings, one after the other, where its encoding is not clear.

    Raises:
        ModelReplyError: if it is a document that unpacks to more than is read.
    """
    if (url := _DATA_URL.match(data)) is None:
        return _uncovered(data, "", url=False)
    charset = _CHARSET.search(url[0])
    declared, rest = charset[1] if charset else "", data[url.end() :]
    if _CODED.search(url[0]):
        return _uncovered(rest, declared, url=True)
    return "\n".join(_said(unquote_to_bytes(rest), declared)) if "%" in rest else rest


def without_data(value: Any, depth: int = 0) -> Any:
    """A value with the text that it holds in the place of each piece of data.

    Raises:
        ModelReplyError: if it is nested too deeply to be read, or holds a document that is too large.
    """
    if depth > _DEEPEST:
        raise ModelReplyError("The upstream's reply is nested too deeply to be read; check what it sends.")
    if isinstance(value, list):
        return [without_data(item, depth + 1) for item in value]
    if isinstance(value, Mapping):
        return {
            key: text_within(part) if key in DATA_KEYS and isinstance(part, str) else without_data(part, depth + 1)
            for key, part in value.items()
        }
    return text_within(value) if isinstance(value, str) and is_data(value) else value


def is_data(text: str) -> bool:
    """Whether a text is data by its form: a `data:` URL, or long base64."""
    return text[:5].lower() == "data:" or (len(text) >= _LONG and _stripped(text) is not None)


def _uncovered(data: str, declared: str, *, url: bool) -> str:
    stripped = _stripped(data)
    if stripped is None:
        return data
    if _HEX.fullmatch(stripped) and (spelt := _clear(bytes.fromhex(stripped))) is not None and spelt.isprintable():
        return spelt
    raw = _bytes_of(stripped)
    short = len(stripped) < _SHORT
    if raw is None:
        return data
    clear = _clear(raw)
    if clear is not None and (url or not short or clear.isprintable() or "\n" in clear):
        return clear
    if short and not url:
        # A word that is no base64, bytes that are no text, or a few words in another encoding.
        return "\n".join((data, *filter(_seems_a_text, _said(raw, declared))))
    words = _words_in(stripped)
    said = _said(raw, declared)
    found = [*(filter(_seems_a_text, said) if words == [stripped] else said), *words]
    return "\n".join(dict.fromkeys(text for text in found if text.strip()))


def _stripped(data: str) -> str | None:
    """Base64 without the white space in it; None if it is none, or reads like words between spaces."""
    lines = data.split()
    if len(lines) > 1:
        length = len(lines[0])
        if length < _LINE or any(len(line) != length for line in lines[:-1]) or len(lines[-1]) > length:
            return None
    stripped = "".join(lines)
    return stripped if _BASE64.fullmatch(stripped) else None


def _bytes_of(stripped: str) -> bytes | None:
    plain = stripped.rstrip("=").replace("-", "+").replace("_", "/")
    if len(plain) % 4 == 1:
        plain = plain[:-1]
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4))
    except binascii.Error:
        return None


def _clear(raw: bytes) -> str | None:
    """The text of bytes that are UTF-8 and nothing else."""
    if b"\0" in raw or raw.startswith(ZIP):
        return None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None


def _said(raw: bytes, declared: str) -> Iterator[str]:
    """Yield what bytes say: as a text, as a packed document, or in the captions of a picture."""
    if raw.startswith(ZIP) and (text := packed_text(raw)) is not None:
        yield text
        return
    if not raw.startswith(_SIGNATURES) and (found := readings(raw, declared)):
        yield from found
        return
    for run in _RUN.findall(raw):
        if common_pairs(text := run.decode("ascii")) >= _RUN_LIKE_WORDS:
            yield text
    for run in _WIDE_RUN.findall(raw):
        yield run[::2].decode("ascii")


def _words_in(stripped: str) -> list[str]:
    """The stretches of base64 that read like words as they stand."""
    code = np.frombuffer(stripped.encode("ascii"), dtype=np.uint8)
    if len(code) < 2:
        return []
    small = code | 32
    letter = (small >= _A) & (small <= _Z)
    pair = _COMMON[small[:-1], small[1:]]
    # What repeats one letter, as nothing but zeros does, says nothing.
    pair[1:] &= ~((small[1:-1] == small[:-2]) & (small[2:] == small[1:-1]))
    starts = np.arange(0, max(1, len(code) - _STEP), _STEP)
    ends = np.minimum(starts + _WINDOW, len(code))
    worded = letter | (code == ord("-")) | (code == ord("_"))
    common = _within(pair, starts, ends - 1) / (_WINDOW - 1)
    full = _within(worded, starts, ends) == ends - starts
    like = (common >= _LIKE_WORDS) | (full & (common >= _LIKE_LETTERS))
    found: list[str] = []
    start = end = -1
    for at in starts[like].tolist():
        if at > end:
            if end >= 0:
                found.append(_amid(stripped, start, end))
            start = max(0, at - _STEP)
        end = at + _WINDOW + _STEP
    return [*found, _amid(stripped, start, end)] if end >= 0 else found


def _amid(stripped: str, start: int, end: int) -> str:
    """A stretch of words, set apart from what may be data around them."""
    if start == 0 and end >= len(stripped):
        return stripped
    # In wide letters, which are read like others; `egress_check` does not take them for a reading of the data itself.
    return _CAPITAL.sub(" ", stripped[start:end]).translate(_WIDE_LETTERS)


def _within(marks: Marks, starts: Places, ends: Places) -> Places:
    """Return how many are marked from each start to its end."""
    counts = np.concatenate(([0], np.cumsum(marks)))
    found: Places = counts[ends] - counts[starts]
    return found


def _seems_a_text(text: str) -> bool:
    """Whether a short reading is one by more than chance: words of Latin letters, or letters of another script."""
    said = [c for c in text if c.isalpha() or c.isspace() or c in ",.;:!?-'"]
    if len(said) < _SURE * len(text):
        return False
    return common_pairs(text) >= _RUN_LIKE_WORDS or sum(c >= "\u0370" for c in text) >= len(text) / 2
