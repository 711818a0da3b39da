"""Characters written as numbers: binary, octal, decimal codes, and places in the alphabet."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from expunge.text.decode.look import Look, common_pairs
from expunge.text.decode.plausible import Chunk, longest_texts, plausible
from expunge.text.view import View

_LIST = re.compile(r"[0-9](?<![0-9A-Za-z.,][0-9])[0-9]{0,9}+(?:[^\w]{1,6}+(?:0[box])?[0-9]{1,10}+(?![0-9A-Za-z])){2,}+")
_NUMBER = re.compile(r"[0-9]++")
_BITS = re.compile(
    r"[01](?<![0-9A-Za-z].)[01]{6,7}(?:[\s,;:|/_\-.>'\"+]{1,4}+(?:0b)?[01]{7,8}+){2,}(?![0-9A-Za-z])|"
    r"(?:0b[01]{7,8}+[\s,;:|/_\-.>'\"+]{0,4}+){3,}+"
)
_ALL_BITS = re.compile(r"(?<![0-9A-Za-z])[01]{8}(?:\s?[01]{8}){2,}(?![0-9A-Za-z])")
_SEVEN_BITS = re.compile(r"[01]{7}")
_OCTET = re.compile(r"[01]{7,8}")
_PAIRED = re.compile(r"(?<![0-9])(?:[01][0-9]|2[0-6]){5,60}+(?![0-9])")
_MOST = 20_000
_FAR = 0x800  # no list of ages, years or the like reaches it; ascending codes beyond are letters
_YEARS = range(1792, 2101)  # letters of little used scripts have these codes
_BREAK = b"\x01"  # never part of a text, so it ends a stretch


def binary(look: Look) -> Iterator[View]:
    """Groups of eight (or seven) bits, apart or run together."""
    if "0" not in look.chars or "1" not in look.chars or not _SEVEN_BITS.search(look.text):
        return
    seen: list[tuple[int, int]] = []
    for pattern in (_ALL_BITS, _BITS):
        for match in pattern.finditer(look.text):
            if any(start <= match.start() < end for start, end in seen):
                continue
            chunks: list[Chunk] = [
                (bytes((int(octet[0], 2),)), match.start() + octet.start(), match.start() + octet.end())
                for octet in _OCTET.finditer(match[0])
            ]
            for text, start, end, packed in longest_texts(chunks):
                seen.append((match.start(), match.end()))
                yield View(text, start, end, "binary" + packed)


def codes(look: Look, *, wide: bool = False) -> Iterator[View]:
    """Lists of decimal or octal character codes, and of places in the alphabet (A1Z26)."""
    if not look.has("0123456789"):
        return
    for match in _LIST.finditer(look.text):
        tokens = [(m[0], match.start() + m.start(), match.start() + m.end()) for m in _NUMBER.finditer(match[0])]
        tokens = tokens[:_MOST]
        views = [*_decimal(tokens), *_octal(tokens)] if len(tokens) >= 3 else []
        yield from views
        if not views:
            yield from _alphabet_places(look.text, tokens)
    if wide:
        for match in _PAIRED.finditer(look.text):
            digits = match[0]
            places = [int(digits[i : i + 2]) for i in range(0, len(digits) - 1, 2)]
            if all(1 <= place <= 26 for place in places):
                letters = "".join(chr(96 + place) for place in places)
                yield View(letters, match.start(), match.end(), "a1z26", weak=True)


Number = tuple[str, int, int]


def _decimal(tokens: list[Number]) -> Iterator[View]:
    values = [int(token[0]) for token in tokens]
    if sum(1 for v in values if v >= 32) < 3:
        return
    if max(values) < _FAR and _monotonic(values):
        return
    if max(values) > 127:
        yield from _code_points(tokens, values)
    if max(values) > 255:
        return
    chunks: list[Chunk] = [(bytes((v,)), start, end) for v, (_, start, end) in zip(values, tokens, strict=True)]
    for text, start, end, packed in longest_texts(chunks):
        solid = len(text) >= 4 and (not text.isupper() or len(text) >= 8) and common_pairs(text) >= 0.3
        yield View(text, start, end, "decimal" + packed, weak=not solid and text.isascii())


def _code_points(tokens: list[Number], values: list[int]) -> Iterator[View]:
    start = 0
    while start < len(values):
        end = start
        while end < len(values) and (32 <= values[end] < 0xD800 or 0xE000 <= values[end] < 0x110000):
            end += 1
        chosen = values[start:end]
        if len(chosen) >= 3 and not any(v in _YEARS for v in chosen) and any(v % 10 for v in chosen):
            text = "".join(map(chr, chosen))
            foreign = [c for c in text if c > "\x7f"]
            latin = sum(c < "\u0250" for c in foreign)
            if plausible(text) and sum(map(str.isalpha, text)) >= 0.5 * len(text) and latin * 3 < len(text):
                yield View(text, tokens[start][1], tokens[end - 1][2], "decimal")
        start = end + 1


def _octal(tokens: list[Number]) -> Iterator[View]:
    chunks: list[Chunk] = []
    for digits, start, end in tokens:
        fits = 2 <= len(digits) <= 4 and not digits.strip("01234567")
        value = int(digits, 8) if fits else 0
        chunks.append((bytes((value,)) if 0 < value < 256 else _BREAK, start, end))
    if sum(1 for chunk in chunks if chunk[0] != _BREAK) >= 3 and not _monotonic([chunk[0][0] for chunk in chunks]):
        for text, start, end, packed in longest_texts(chunks):
            if 2 * len(text.encode()) < len(tokens):
                continue
            solid = len(text) >= 4 and (not text.isupper() or len(text) >= 8) and common_pairs(text) >= 0.3
            yield View(text, start, end, "octal" + packed, weak=not solid and text.isascii())


def _alphabet_places(text: str, tokens: list[Number]) -> Iterator[View]:
    start = 0
    while start < len(tokens):
        end = start
        while end < len(tokens) and len(tokens[end][0]) <= 2 and 1 <= int(tokens[end][0]) <= 26:
            end += 1
        if end - start >= 4:
            yield _places(text, tokens[start:end])
        start = end + 1


def _places(text: str, tokens: list[Number]) -> View:
    values = [int(token[0]) for token in tokens]
    gaps = [text[a[2] : b[1]] for a, b in pairwise(tokens)]
    letters = "".join(chr(96 + v) for v in values)
    spelled = spread(list(letters), gaps)
    # Lists of small numbers are common; a word written so is long, disordered, and of common letter pairs.
    even = len(set(gaps)) <= 3 and not {"/", ":"} & set(gaps)
    solid = (
        len(values) >= 5
        and even
        and max(values) > 12
        and len(set(values)) * 2 > len(values)
        and common_pairs(letters) >= 0.6
        and not _monotonic(values)
    )
    return View(spelled, tokens[0][1], tokens[-1][2], "a1z26", weak=not solid)


def _monotonic(values: list[int]) -> bool:
    steps = [b - a for a, b in pairwise(values)]
    return bool(steps) and (all(step >= 0 for step in steps) or all(step <= 0 for step in steps))


def spread(units: list[str], gaps: list[str]) -> str:
    """Join units without space over the commonest gap between them, and with a space over any other."""
    if not gaps:
        return "".join(units)
    usual = Counter(gaps).most_common(1)[0][0]
    out = [units[0]]
    for gap, unit in zip(gaps, units[1:], strict=True):
        out.append(unit if gap == usual else " " + unit)
    return "".join(out)
