"""Bytes written as text: base64, hexadecimal, base32, base58, ascii85 and base85.

Base64 may stand in one token, be wrapped, cut into groups or written word by word, URL-safe and without padding.
"""

from __future__ import annotations

import binascii
import re
from base64 import a85decode, b32decode, b85decode
from codecs import getincrementaldecoder
from collections.abc import Iterator
from functools import lru_cache

from expunge.text.budget import step
from expunge.text.decode.look import Look, common_pairs
from expunge.text.decode.plausible import Chunk, longest_texts, plausible, printable, text_of, unpack
from expunge.text.view import View

_TOKEN = re.compile(r"[A-Za-z0-9+/_-]++={0,2}")
_ODD = re.compile(r"[a-z0-9][A-Z]|[A-Z]{2}[a-z]|[A-Za-z][0-9]")
_SIGNS = "+/_-"
_ONLY_SIGNS = re.compile(r"[+/_-]{1,3}")
_GAP = re.compile(r"[\s>|*#\"'`,+\\/_-]{1,12}+")
_URL_SAFE = str.maketrans("-_", "+/")
_PACKED = ("H4sI", "eJ", "eN", "eA", "eF")
_LONGEST_RUN = 2_000
_LEAST = 8
_AHEAD = 2
_QUAD = 4
"""Letters that hold whole bytes."""
_RETRIED = 4

Token = tuple[str, int, int, bool]


def base64(look: Look) -> Iterator[View]:
    """Base64 of readable text, of UTF-16, and of gzip or zlib data that holds readable text."""
    if not look.jagged:
        return
    tokens = [
        (token, m.start(), m.end(), token[-1] == "=" or _ODD.search(token) is not None)
        for m in _TOKEN.finditer(look.text)
        if (token := m[0])[0] not in _SIGNS or not _ONLY_SIGNS.fullmatch(token)
    ]
    odd = [token[3] for token in tokens]
    index = end = 0
    while True:
        step()
        try:
            # Code begins at most so far before a token that looks like code.
            index = max(index, odd.index(True, index) - _AHEAD)
        except ValueError:
            return
        if index >= end:
            end = _run_end(look.text, tokens, odd, index)
        limit = min(end, index + _LONGEST_RUN)
        stop, views = _joined(tokens, index, limit)
        yield from views
        if odd[index]:
            words_stop, words = _word_by_word(tokens, index, limit)
            if words and (words_stop > stop or not views):
                yield from words
                stop = words_stop
        index = max(stop, index + 1)


def _run_end(text: str, tokens: list[Token], odd: list[bool], index: int) -> int:
    """The index after the last token that stands together with one.

    Only space, quoting or string signs stand between, and some token close by looks encoded.
    """
    while index < len(tokens) - 1 and True in odd[max(0, index - 2) : index + 4]:
        start, stop = tokens[index][2], tokens[index + 1][1]
        if start < stop and not (stop == start + 1 and text[start] == " ") and not _GAP.fullmatch(text, start, stop):
            break
        index += 1
    return index + 1


def _joined(tokens: list[Token], first: int, limit: int) -> tuple[int, list[View]]:
    """One message cut into pieces at any places: the longest readable join of tokens from `first` on."""
    packed = tokens[first][0].startswith(_PACKED)
    if not packed and not _opens_readably(tokens, first, limit):
        return first, []
    decoder = getincrementaldecoder("utf-8")()
    raw, stop, done = "", first, 0
    for index in range(first, limit):
        piece = tokens[index][0].rstrip("=").translate(_URL_SAFE)
        raw += piece
        whole = len(raw) // 4 * 4
        if not packed:
            try:
                read = decoder.decode(binascii.a2b_base64(raw[done:whole]))
            except (UnicodeDecodeError, binascii.Error):
                break
            if not printable(read):
                break
            done = whole
        stop = index + 1
        if tokens[index][0].endswith("="):
            break
    views: list[View] = []
    found = first
    for end in range(stop, max(first, stop - _RETRIED), -1):
        view = _decoded_join(tokens[first:end])
        if view is not None:
            views.append(view)
            found = max(found, end)
            # A word of the prose that follows can decode too, so go on to where the code surely ends.
            if tokens[end - 1][3]:
                break
    # What began printable for long and is no text is not tried again from each of its tokens.
    return (found, views) if views else (max(first, stop - _RETRIED), [])


def _opens_readably(tokens: list[Token], first: int, limit: int) -> bool:
    """Whether the first bytes of tokens read in a row may begin a text; ordinary prose soon fails this."""
    head, index = tokens[first][0], first + 1
    while len(head) < _QUAD and index < limit:
        head += tokens[index][0]
        index += 1
    head = head[:_QUAD]
    # Padding ends a message.
    return "=" in head or (len(head) == _QUAD and _is_readable(head.translate(_URL_SAFE)))


@lru_cache(maxsize=50_000)
def _is_readable(quad: str) -> bool:
    try:
        return printable(getincrementaldecoder("utf-8")().decode(binascii.a2b_base64(quad)))
    except (UnicodeDecodeError, binascii.Error):
        return False


def _decoded_join(tokens: list[Token]) -> View | None:
    joined = "".join(token[0].rstrip("=") for token in tokens)
    if len(joined) < _LEAST or not any(token[3] for token in tokens):
        return None
    data = decoded(joined)
    if data is None:
        return None
    data, unpacked = unpack(data)
    text = text_of(data)
    return None if text is None else View(text, tokens[0][1], tokens[-1][2], "base64" + unpacked)


def _word_by_word(tokens: list[Token], first: int, limit: int) -> tuple[int, list[View]]:
    """Every word encoded on its own."""
    words: list[str] = []
    for index in range(first, limit):
        token = tokens[index][0]
        data = decoded(token.rstrip("="), canonical=True)
        text = None if data is None else text_of(data, least=1)
        if text is None:
            break
        words.append(text)
    enough = len(words) > 1 or (words and len(tokens[first][0]) >= 6 and len(words[0]) >= 3)
    if not enough or sum(map(len, words)) < 4:
        return first, []
    end = first + len(words)
    # What was cut within a word is one without the space.
    texts = dict.fromkeys((" ".join(words), "".join(words)))
    return end, [View(text, tokens[first][1], tokens[end - 1][2], "base64") for text in texts]


def decoded(token: str, *, canonical: bool = False) -> bytes | None:
    """The bytes of base64 without padding, or None; `canonical` also wants the unused last bits to be nil."""
    if len(token) % 4 == 1:
        return None
    token = token.translate(_URL_SAFE)
    try:
        data = binascii.a2b_base64(token + "=" * (-len(token) % 4))
    except (binascii.Error, ValueError):
        return None
    if canonical and binascii.b2a_base64(data, newline=False).rstrip(b"=") != token.encode("ascii"):
        return None
    return data


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
_BASE85_SIGNS = frozenset("!#$%&()*+;<=>?@^_`{|}~\"'[]\\")
_TELLING_SIGNS = _BASE85_SIGNS - frozenset("!?;()\"'")
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
            data, unpacked = unpack(b32decode(packed + "=" * (-len(packed) % 8)))
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
    for decode, name in ((a85decode, "ascii85"), (b85decode, "base85")):
        try:
            data, unpacked = unpack(decode(token))
        except ValueError:
            continue
        text = text_of(data)
        if text is not None and (short or len(data) >= 6):
            yield View(text, start, end, name + unpacked)
            return
