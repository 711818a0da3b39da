"""The words and syllables of a text as numbers, for a small linear model that knows them in many languages."""

from __future__ import annotations

import re
from itertools import pairwise
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from expunge.text.fold import fold

SIZE = 4_096
"""Numbers that the words of all languages are spread over."""
_READ = 400
"""Characters of a text that are looked at."""
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]+")
_AFFIX = 3


def worded(text: str) -> NDArray[np.float32]:
    """A text by its words, how these begin and end, and the pairs of characters of scripts without spaces.

    A vector of length one and `SIZE` numbers.
    """
    folded = fold(text[:_READ])
    vector: NDArray[np.float32] = np.zeros(SIZE, dtype=np.float32)
    for word in _UNSPACED.sub(" ", folded).split():
        said = "0" * len(word) if word.isdigit() else word
        _count(vector, said)
        if len(said) > _AFFIX + 1:
            _count(vector, f"{said[:_AFFIX]}-")
            _count(vector, f"-{said[-_AFFIX:]}")
    for run in _UNSPACED.findall(folded):
        for character in run:
            _count(vector, character)
        for one, two in pairwise(run):
            _count(vector, one + two)
    np.sqrt(vector, out=vector)
    length = float(np.linalg.norm(vector))
    return vector / length if length else vector


def _count(vector: NDArray[np.float32], part: str) -> None:
    vector[crc32(part.encode("utf-8", "replace")) % SIZE] += 1
