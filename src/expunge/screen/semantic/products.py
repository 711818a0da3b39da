"""Products of a few vectors with many, which libraries for linear algebra are made for neither end of.

To multiply two or three rows by ten thousand takes them several times as long as one row after the other, since they
first copy the ten thousand; and a number of rows that is no multiple of four takes longer than the next that is one.
"""

from __future__ import annotations

import numpy as np

from expunge.screen.semantic.embeddings import Vectors

_TOGETHER = 4
"""Rows that are multiplied together."""


def products(few: Vectors, many: Vectors) -> Vectors:
    """`few @ many.T`: for each of a few vectors its product with each of many."""
    count = len(few)
    if 0 < count < _TOGETHER:
        return np.stack([many @ one for one in few])
    if count % _TOGETHER:
        filled = np.zeros((_TOGETHER - count % _TOGETHER, few.shape[1]), dtype=few.dtype)
        few = np.concatenate([few, filled])
    found: Vectors = few @ many.T
    return found[:count]
