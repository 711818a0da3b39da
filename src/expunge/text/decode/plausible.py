"""A check whether decoded bytes or characters are text that somebody wrote rather than a product of chance."""

from __future__ import annotations

import re
import unicodedata
import zlib
from codecs import getincrementaldecoder
from collections.abc import Sequence

from expunge.errors import OverBudget

MAX_UNPACKED = 256 * 1024
"""Bytes taken at most from a compressed payload; readable text that goes on is over any budget."""

_SAMPLE = 4_000
_SHORT = 16
_LONG_ENOUGH = 14  # random bytes are that many printable ASCII characters once in a million times
_CODED = re.compile(
    r"[A-Za-z ]{8,}|[A-Za-z0-9]{8,}|[A-Za-z0-9+/_-]{10,}|[A-Za-z0-9+/_-]{6,}={1,2}|[.\-/| ]{8,}|[0-9 ,:;-]{8,}"
)
_WORD = re.compile(r"[^\W\d_]+")
# The shapes of a written word: paris, Paris, PARIS, McAllister.
_SHAPE = re.compile(r"[a-z]+|[A-Z][a-z]+|[A-Z]+|[A-Z][a-z]{1,3}[A-Z][a-z]+")
# Spaces and invisible characters that texts hold, though Python does not call them printable.
_BLANK = "\t\n\r \xa0\xad\u2002\u2003\u2009\u200b\u200c\u200d\u200e\u200f\u2028\u202f\u2060\u3000\ufeff"
_BLANKS = str.maketrans("", "", _BLANK)
_SHORT_SIGNS = frozenset(" .,;:!?'’\"()-&0123456789") | frozenset(_BLANK)
_EAST_ASIA, _KOREAN_END = 0x2E80, 0xD7B0


def plausible(text: str, *, least: int = 3) -> bool:
    """Whether `text` is printable and not a product of chance: words of one or two scripts, or itself encoded.

    It must hold at least `least` letters; ideographs and syllables count double. ASCII of 14 characters or more only
    has to be printable; shorter ASCII must have words of a usual shape.
    """
    solid = text.translate(_BLANKS)
    if not solid.isprintable() or "\ufffd" in solid:
        return False
    if text.isascii():
        if len(text) >= _LONG_ENOUGH or _CODED.fullmatch(text):
            return True
        words = _WORD.findall(text)
        letters = sum(map(len, words))
        if letters < least:
            return False
        shaped = sum(len(w) for w in words if _SHAPE.fullmatch(w))
        usual = all(c in _SHORT_SIGNS or c.isalpha() for c in text)
        return usual and letters >= 0.7 * len(solid) and shaped == letters
    return _plausible_beyond_ascii(text, solid, least)


def _plausible_beyond_ascii(text: str, solid: str, least: int) -> bool:
    letters = marks = foreign = ideographs = 0
    scripts: set[int] = set()
    for c in solid[:2000]:
        if c.isalpha():
            script = _script(ord(c))
            scripts.add(script)
            letters += 1
            foreign += c > "\x7f"
            ideographs += script == _EAST_ASIA
        elif c > "\x7f" and not c.isalnum():
            marks += 1
    if letters + ideographs < least or len(scripts) > 3:
        return False
    # Vowel signs of Indic scripts and the like are no letters for Python; emoji and symbols are neither.
    written = letters + marks * (0.5 if scripts - {0} else 0.1)
    if len(solid) >= _SHORT:
        return written >= 0.5 * min(len(solid), 2000)
    if written < 0.7 * len(solid) or not all(map(_is_usual, text)):
        return False
    if scripts == {0}:
        return letters >= 4 and foreign <= letters // 2 and all(map(_is_shaped, _WORD.findall(text)))
    return all(len({_script(ord(c)) for c in word}) == 1 for word in _WORD.findall(text))


def _is_usual(c: str) -> bool:
    """Whether names and short phrases hold such a character: letters, vowel signs, digits and a few marks."""
    return c.isalpha() or c in _SHORT_SIGNS or (c > "\u02ff" and unicodedata.category(c) in ("Mn", "Mc"))


def _is_shaped(word: str) -> bool:
    return word.islower() or word.isupper() or (word[0].isupper() and word[1:].islower())


def _script(code: int) -> int:
    if code < 0x250 or 0x1E00 <= code < 0x1F00:
        return 0
    if _EAST_ASIA <= code < _KOREAN_END or 0x20000 <= code < 0x32000:
        return _EAST_ASIA
    if 0x600 <= code < 0x780 or 0xFB50 <= code < 0xFF00:
        return 0x600
    return code & ~0xFF


def printable(piece: str) -> bool:
    """Whether `piece` holds no control characters; nil is allowed, for the sake of UTF-16."""
    return piece.replace("\0", "").translate(_BLANKS).isprintable()


def text_of(data: bytes, *, least: int = 3) -> str | None:
    """The text that `data` holds as UTF-8, or as UTF-16 where every other byte is nil; None if it is no text."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    elif len(data) >= 6 and data.count(0) * 3 >= len(data):
        encoding = "utf-16-le" if data[1] == 0 else "utf-16-be"
    else:
        encoding = "utf-8"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return None
    return text if plausible(text, least=least) else None


def unpack(data: bytes) -> tuple[bytes, str]:
    """The content of gzip or zlib `data`, at most 256 KiB of it, with ">gzip"; other data as it is, with "".

    Raises:
        OverBudget: if it is readable text and more than that.
    """
    if data[:2] == b"\x1f\x8b" or data[:2] in (b"x\x01", b"x\x5e", b"x\x9c", b"x\xda"):
        try:
            packed = zlib.decompressobj(wbits=47)
            plain = packed.decompress(data, MAX_UNPACKED)
        except zlib.error:
            return data, ""
        if packed.unconsumed_tail and printable(plain[:_SAMPLE].decode("utf-8", "ignore")):
            raise OverBudget("The text holds more packed text than can be screened; send less of it at once.")
        return plain, ">gzip"
    return data, ""


Chunk = tuple[bytes, int, int]
"""Bytes, and the start and end of the characters that they were read from."""


def longest_texts(chunks: Sequence[Chunk], *, least: int = 3) -> list[tuple[str, int, int, str]]:
    """The longest stretches of consecutive chunks that decode to plausible text: (text, start, end, ">gzip" or "").

    From each chunk the stretch grows for as long as its bytes stay printable UTF-8, so a chunk that
    belongs to the surrounding prose ends it and does not spoil it.
    """
    found: list[tuple[str, int, int, str]] = []
    first = 0
    while first < len(chunks):
        last = _printable_until(chunks, first)
        step = 1
        for stop in range(last, max(first, last - 4), -1):
            data, packed = unpack(b"".join(chunk[0] for chunk in chunks[first:stop]))
            text = text_of(data, least=least)
            if text is not None:
                found.append((text, chunks[first][1], chunks[stop - 1][2], packed))
                step = stop - first
                break
        else:
            # Nothing readable starts in a long printable stretch either: skip it, so that time stays linear.
            step = max(1, last - first - 4)
        first += step
    return found


def _printable_until(chunks: Sequence[Chunk], first: int) -> int:
    head = chunks[first][0]
    if head[:2] in (b"\x1f\x8b", b"x\x01", b"x\x5e", b"x\x9c", b"x\xda") or head[:1] in (b"\x1f", b"\xff"):
        return len(chunks)
    decoder = getincrementaldecoder("utf-8")()
    for index in range(first, len(chunks)):
        try:
            piece = decoder.decode(chunks[index][0])
        except UnicodeDecodeError:
            return index
        if not printable(piece):
            return index
    return len(chunks)
