"""How a name sounds, roughly: a key that misspellings and transliterations of a name share.

Consonant classes in order, vowels dropped. Coarse on purpose: the key only proposes candidates, which
`similarity` then measures.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from anyascii import anyascii
from rapidfuzz.distance import DamerauLevenshtein, JaroWinkler

_DIGRAPHS = (
    ("chr", "kr"), ("shch", "S"), ("tch", "S"), ("sch", "S"), ("zh", "S"), ("ch", "S"), ("sh", "S"), ("ph", "f"),
    ("th", "t"), ("kh", ""), ("gh", ""), ("dh", "d"), ("bh", "b"), ("dj", "S"), ("dzh", "S"), ("ck", "k"), ("qu", "k"),
    ("x", "ks"), ("ts", "s"), ("tz", "s"), ("dz", "s"), ("ll", "l"), ("wh", ""),
)  # fmt: skip
_CLASSES = str.maketrans({
    "b": "p", "p": "p", "f": "f", "v": "", "w": "", "c": "k", "k": "k", "q": "k", "g": "k",
    "s": "s", "z": "s", "j": "S", "d": "t", "t": "t", "l": "l", "r": "l", "m": "n", "n": "n",
    "a": "", "e": "", "i": "", "o": "", "u": "", "y": "", "h": "",
})  # fmt: skip
_SOFT_C = re.compile("c(?=[eiy])")
_NOT_LETTERS = re.compile(r"[^a-z]+")
_REPEATS = re.compile(r"(.)\1+")


@lru_cache(maxsize=200_000)
def latin(token: str) -> str:
    """A folded token in plain Latin letters (by `anyascii` where it is in another script)."""
    if token.isascii():
        return token
    # Folded kana stand apart from their marks, and anyascii knows them together.
    return _NOT_LETTERS.sub("", anyascii(unicodedata.normalize("NFC", token)).lower())


@lru_cache(maxsize=200_000)
def sound(token: str) -> str:
    """The sound key of a folded token; empty where it has no consonant to go by."""
    letters = _NOT_LETTERS.sub("", latin(token))
    if not letters:
        return ""
    first = letters[0]
    if first == "x":
        letters = "s" + letters[1:]
    for digraph, code in _DIGRAPHS:
        letters = letters.replace(digraph, code)
    letters = _SOFT_C.sub("s", letters)
    key = _REPEATS.sub(r"\1", letters.translate(_CLASSES).lower())
    if not key:
        return first if first not in "aeiouyhw" else ""
    return key


def similarity(a: str, b: str) -> float:
    """How alike two tokens in Latin letters are written, 0..1; a swap of neighbours counts as one change."""
    if a == b:
        return 1.0
    longest = max(len(a), len(b))
    if not longest:
        return 0.0
    edits = 1.0 - DamerauLevenshtein.distance(a, b) / longest
    return float(max(edits, (edits + JaroWinkler.similarity(a, b)) / 2))
