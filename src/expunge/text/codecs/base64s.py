"""Base64, in one token, wrapped, cut into groups, or word by word; also URL-safe and without padding."""

from __future__ import annotations

import binascii
import re
from codecs import getincrementaldecoder
from collections.abc import Iterator

from expunge.text.codecs.look import Look
from expunge.text.codecs.plausible import text_of, unpack
from expunge.text.view import View

_TOKEN = re.compile(r"[A-Za-z0-9+/_-]++={0,2}")
_ODD = re.compile(r"[a-z0-9][A-Z]|[A-Z]{2}[a-z]|[A-Za-z][0-9]")
_GAP = re.compile(r"[\s>|*#\"'`,+\\]{1,12}+")
_URL_SAFE = str.maketrans("-_", "+/")
_SPACES = str.maketrans("", "", "\t\n\r \0")
_PACKED = ("H4sI", "eJ", "eN", "eA", "eF")
_LONGEST_RUN = 2_000
_LEAST = 8
_RETRIED = 4

Token = tuple[str, int, int, bool]


def base64(look: Look) -> Iterator[View]:
    """Base64 of readable text, of UTF-16, and of gzip or zlib data that holds readable text."""
    if not look.jagged:
        return
    tokens = [
        (m[0], m.start(), m.end(), bool(_ODD.search(m[0]) or m[0][-1] == "=")) for m in _TOKEN.finditer(look.text)
    ]
    runs = _runs(look.text, tokens)
    index = 0
    while index < len(tokens):
        near = any(token[3] for token in tokens[index : index + 3])
        stop, view = _joined(tokens, index, runs[index]) if near else (index, None)
        if view is None and tokens[index][3]:
            words_stop, view = _word_by_word(tokens, index, runs[index])
            stop = words_stop if view is not None else stop
        if view is not None:
            yield view
        index = max(stop, index + 1)


def _runs(text: str, tokens: list[Token]) -> list[int]:
    """For each token, the index after the last one that stands together with it.

    Only space, quoting or string signs stand between, and one of each three tokens looks encoded.
    """
    runs = [len(tokens)] * len(tokens)
    for index in range(len(tokens) - 2, -1, -1):
        gap = text[tokens[index][2] : tokens[index + 1][1]]
        together = not gap or _GAP.fullmatch(gap)
        if not together or not any(token[3] for token in tokens[index + 1 : index + 4]):
            runs[index] = index + 1
        else:
            runs[index] = min(runs[index + 1], index + _LONGEST_RUN)
    return runs


def _joined(tokens: list[Token], first: int, limit: int) -> tuple[int, View | None]:
    """One message cut into pieces at any places: the longest readable join of tokens from `first` on."""
    packed = tokens[first][0].startswith(_PACKED)
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
            if not read.translate(_SPACES).isprintable():
                break
            done = whole
        stop = index + 1
        if tokens[index][0].endswith("="):
            break
    for end in range(stop, max(first, stop - _RETRIED), -1):
        joined = "".join(token[0].rstrip("=") for token in tokens[first:end])
        if len(joined) < _LEAST or not any(token[3] for token in tokens[first:end]):
            continue
        data = decoded(joined)
        if data is None:
            continue
        data, unpacked = unpack(data)
        text = text_of(data)
        if text is not None:
            return end, View(text, tokens[first][1], tokens[end - 1][2], "base64" + unpacked)
    # What began printable for long and is no text is not tried again from each of its tokens.
    return max(first, stop - _RETRIED), None


def _word_by_word(tokens: list[Token], first: int, limit: int) -> tuple[int, View | None]:
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
        return first, None
    end = first + len(words)
    return end, View(" ".join(words), tokens[first][1], tokens[end - 1][2], "base64")


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
