"""How a whole text is cut when it is streamed, and where one text of an answer meets the next."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

_PIECE = re.compile(r"\s*(?:[぀-ヿ㐀-鿿가-힯]{1,2}|['’]?[^\W_぀-ヿ㐀-鿿가-힯]{1,10}|[^\w\s]{1,3}|_+)|\s+\Z")
"""Much as tokenizers do: a space with its word, long words in parts, punctuation by itself, Han and kana by twos."""
_WORDS = 2
"""Words on either side: enough for names of four parts, too few to make one text answer for what the other says."""
_LONGEST = 60


def word_pieces(text: str) -> list[str]:
    """The text in pieces like a model's own, by itself alone, so that the cut tells nothing of a draft."""
    return _PIECE.findall(text)


def boundaries(texts: Sequence[str]) -> Iterator[str]:
    """The end of each text with the beginning of the next."""
    told = [text for text in texts if text.strip()]
    for left, right in pairwise(told):
        end = " ".join(left[-_LONGEST * _WORDS :].split()[-_WORDS:])
        start = " ".join(right[: _LONGEST * _WORDS].split()[:_WORDS])
        # A word may itself be cut.
        yield f"{end}{start}"
        yield f"{end} {start}"
