"""The word lists of the `wordfreq` package in ten bytes a word: as it keeps them, six languages take 70 MB.

A word is kept as its hash, so that of 10^13 words that are in no list one passes for one that is.
"""

from __future__ import annotations

import gzip
import importlib.util
import re
from array import array
from bisect import bisect_left
from functools import cache
from math import log10, prod
from pathlib import Path

import msgpack
import numpy as np

_RUN = re.compile(r"[0-9]{2,}")
_LEADING = (0.009, 0.300, 0.175, 0.124, 0.096, 0.078, 0.066, 0.057, 0.050, 0.045)
_THIS_YEAR, _PLATEAU = 2019, 20
_TOP = 9.0
"""The Zipf frequency of a word that is all there is: 10^9 in 10^9 words."""


class WordList:
    """How common each word of one list is."""

    def __init__(self, path: Path) -> None:
        hashes, places = array("q"), array("H")
        with gzip.open(path, "rb") as file:
            unpacker = msgpack.Unpacker(file, raw=False)
            buckets = unpacker.read_array_header() - 1
            unpacker.skip()  # what it is, in which version
            for place in range(buckets):
                # Words of one bucket are equally common, each bucket a hundredth of a power of ten less than the last.
                words = unpacker.unpack()
                hashes.extend(map(hash, words))
                places.extend([place] * len(words))
        order = np.argsort(np.frombuffer(hashes, dtype=np.int64))
        self._hashes = array("q", np.frombuffer(hashes, dtype=np.int64)[order].tobytes())
        self._places = array("H", np.frombuffer(places, dtype=np.uint16)[order].tobytes())

    def __len__(self) -> int:
        return len(self._hashes)

    def zipf(self, word: str) -> float | None:
        """The Zipf frequency of a word, None if the list does not have it."""
        wanted = hash(word)
        at = bisect_left(self._hashes, wanted)
        if at == len(self._hashes) or self._hashes[at] != wanted:
            return None
        return _TOP - self._places[at] / 100


@cache
def word_list(language: str) -> WordList:
    """The list of a language: the large one of English, since the others take longer to load, else the small one."""
    found = importlib.util.find_spec("wordfreq")
    assert found is not None
    assert found.submodule_search_locations is not None
    size = "large" if language == "en" else "small"
    return WordList(Path(found.submodule_search_locations[0]) / "data" / f"{size}_{language}.msgpack.gz")


def zipf_frequency(word: str, language: str) -> float:
    """The Zipf frequency of a folded token in a language, as `wordfreq` gives it: 0 for what its list does not have."""
    words = word_list(language)
    if word.isascii() and word.isalnum():
        return _of_token(words, word)
    from wordfreq.tokens import lossy_tokenize

    found = [_of_token(words, token) for token in lossy_tokenize(word, language)]
    if not found or not all(found):
        return 0.0
    return round(max(0.0, -log10(sum(10.0**-zipf for zipf in found))), 2)


def commonest(token: str, languages: tuple[str, ...]) -> float:
    """The highest Zipf frequency that a token of ASCII letters and digits has in any of some languages."""
    smashed = _RUN.sub(lambda run: "0" * len(run[0]), token)
    known = max(
        (zipf for language in languages if (zipf := word_list(language).zipf(smashed)) is not None), default=0.0
    )
    return _rounded(known, smashed, token)


def _of_token(words: WordList, token: str) -> float:
    smashed = _RUN.sub(lambda run: "0" * len(run[0]), token)
    return _rounded(words.zipf(smashed) or 0.0, smashed, token)


def _rounded(known: float, smashed: str, token: str) -> float:
    """The frequency of a token by that of its pattern, in which digits are nils; 0 for what no list has."""
    if known and smashed != token:
        known += log10(prod(map(_share, _RUN.findall(token))))
    return round(max(0.0, known), 2)


def _share(digits: str) -> float:
    """The share of a number among those of as many digits, as `wordfreq.numbers` estimates it."""
    benford = _LEADING[int(digits[0])] / 10.0 ** (len(digits) - 1)
    if len(digits) != 4:
        return benford
    year = int(digits)
    past, future = max(0, _THIS_YEAR - year), max(0, year - _THIS_YEAR - _PLATEAU)
    return float(10 ** (-1.9185 - 0.0083 * past - 0.2 * future) + 0.1 * benford)
