"""Where one text of an answer meets the next: a name may be cut in two there, for whoever puts them together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

_WORDS = 2
"""Words on either side: enough for names of four parts, too few to make one text answer for what the other says."""
_LONGEST = 60


def seams(texts: Sequence[str]) -> Iterator[str]:
    """The end of each text with the beginning of the next."""
    told = [text for text in texts if text.strip()]
    for left, right in pairwise(told):
        end = " ".join(left[-_LONGEST * _WORDS :].split()[-_WORDS:])
        start = " ".join(right[: _LONGEST * _WORDS].split()[:_WORDS])
        # A word may itself be cut.
        yield f"{end}{start}"
        yield f"{end} {start}"
