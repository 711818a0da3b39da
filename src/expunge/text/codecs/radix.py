"""Bytes written with other alphabets: hexadecimal, base32, base58, ascii85 and base85."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator

from expunge.text.codecs.look import Look, common_pairs
from expunge.text.codecs.plausible import Chunk, longest_texts, plausible, text_of, unpack
from expunge.text.view import View

# Two bytes in a row, entered at a digit: nearly every byte of text has one.
_HEX_HINT = re.compile(
    r"[0-9][0-9A-Fa-f](?:[0-9A-Fa-f]{4}|[\s:,;>|.'\"+/_\\x0-]{1,6}(?:[0-9A-Fa-f]{2}){1,2}(?![0-9A-Za-z]))"
)
_HEX_START = re.compile(r"(?<![0-9A-Za-z])(?:0[xX]|\\\\?[xX]|[xX])?[0-9A-Fa-f]{2}")
_HEX_WORD = re.compile(r"(?:0[xX]|\\\\?[xX]|[xX])?((?:[0-9A-Fa-f]{2})++)(?![0-9A-Za-z])")
_HEX_GAP = frozenset(" \t\r\n:,;>|-.'\"+/_")
_BASE32 = re.compile(
    r"(?<![A-Za-z0-9])(?:[A-Z2-7]{7,}+|[a-z2-7]{7,}+)={0,6}"
    r"(?:[ \n](?:[A-Z2-7]{2,}+={0,6}|[a-z2-7]{8,}+={0,6}))*+"
)
_CAPITALS = re.compile(r"[A-Z2-7](?<=[A-Z2-7]{7})")
_BASE58 = re.compile(r"(?<![A-Za-z0-9])[1-9A-HJ-NP-Za-km-z]{8,200}+(?![A-Za-z0-9])")
_BASE58_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_ADOBE = re.compile(r"<~([!-uz\s]{4,}?)~>")
_SIGNS = frozenset("!#$%&()*+;<=>?@^_`{|}~\"'[]\\")
_TELLING_SIGNS = _SIGNS - frozenset("!?;()\"'")
_PAIRED = re.compile(r"""^[(\[{<"'`](.*)[)\]}>"'`][.,;:]?$""")
_WRAPPING = "`\"'()[]{}<>,.;:*"


def hexadecimal(look: Look) -> Iterator[View]:
    """Hex pairs, run together or apart, with 0x, \\x or separators; four bytes or more of readable text."""
    if not look.has("0123456789") or not _HEX_HINT.search(look.text):
        return
    position = 0
    while start := _HEX_START.search(look.text, position):
        chunks: list[Chunk] = []
        position = start.start()
        while word := _HEX_WORD.match(look.text, position):
            chunks.append((binascii.unhexlify(word[1]), word.start(), word.end()))
            position = word.end()
            while position < len(look.text) and position - word.end() < 4 and look.text[position] in _HEX_GAP:
                position += 1
            if position == len(look.text):
                break
        position = max(position, start.end())
        if sum(len(chunk[0]) for chunk in chunks) < 4:
            continue
        for text, first, last, packed in longest_texts(chunks, least=2):
            if _meant(text, look.text[first:last]):
                yield View(text, first, last, "hex" + packed)


def _meant(text: str, source: str) -> bool:
    """Phone numbers and dates give letters too: short ones must look like a word, and be four bytes long."""
    if len(text.encode("utf-8", "replace")) < 4:
        return False
    if len(text) >= 12 or not text.isascii():
        return True
    if not plausible(text, least=3):
        return False
    return not source.isdigit() or ("".join(text.split()).isalpha() and (len(text) >= 8 or common_pairs(text) >= 0.5))


def base32(look: Look) -> Iterator[View]:
    """RFC 4648 base32 in either case, with or without padding, in one token or in groups."""
    if not look.jagged and not _CAPITALS.search(look.text):
        return
    for match in _BASE32.finditer(look.text):
        whole = match[0]
        for token in dict.fromkeys((whole, whole.split()[0])):
            packed = "".join(token.split()).replace("=", "").upper()
            if len(packed) % 8 in (1, 3, 6):
                continue
            data, unpacked = unpack(base64.b32decode(packed + "=" * (-len(packed) % 8)))
            text = text_of(data)
            if text is not None and (len(packed) > 12 or text.isalpha()):
                yield View(text, match.start(), match.start() + len(token), "base32" + unpacked)
                break


def base58(look: Look) -> Iterator[View]:
    """Base58 in Bitcoin's alphabet, tokens of 8 to 200 characters with a digit or capital inside."""
    for match in _BASE58.finditer(look.text):
        token = match[0]
        if token.islower() or token.istitle() or token.isupper() or token.isdigit():
            continue
        number = 0
        for c in token:
            number = number * 58 + _BASE58_ALPHABET.index(c)
        text = text_of(number.to_bytes((number.bit_length() + 7) // 8, "big"))
        if text is not None and len(text) >= 4:
            yield View(text, match.start(), match.end(), "base58")


def base85(look: Look) -> Iterator[View]:
    """Ascii85 (also between <~ and ~>) and base85, tokens of 8 characters or more that hold signs."""
    if not (look.jagged or look.chars & _TELLING_SIGNS):
        return
    if "<~" in look.text:
        for match in _ADOBE.finditer(look.text):
            yield from _from85("".join(match[1].split()), match.start(), match.end(), short=True)
    position = 0
    for word in look.text.split():
        if len(word) < 8 or (word.isalnum() and (len(word) < 10 or word.isalpha())):
            continue
        position = look.text.index(word, position)
        if "<~" not in word:
            yield from _from85(word, position, position + len(word), short=False)
            for bare in (word.strip("`\"'"), _PAIRED.sub(r"\1", word), word.strip(_WRAPPING)):
                if 8 <= len(bare) < len(word):
                    start = position + word.index(bare)
                    yield from _from85(bare, start, start + len(bare), short=False)
        position += len(word)


def _from85(token: str, start: int, end: int, *, short: bool) -> Iterator[View]:
    if not token.isascii():
        return
    for decode, name in ((base64.a85decode, "ascii85"), (base64.b85decode, "base85")):
        try:
            data, unpacked = unpack(decode(token))
        except ValueError:
            continue
        text = text_of(data)
        if text is not None and (short or len(data) >= 6):
            yield View(text, start, end, name + unpacked)
            return
