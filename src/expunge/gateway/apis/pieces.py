"""How a whole text is cut when it is streamed."""

from __future__ import annotations

import re

_PIECE = re.compile(r"\s*(?:[぀-ヿ㐀-鿿가-힯]{1,2}|['’]?[^\W_぀-ヿ㐀-鿿가-힯]{1,10}|[^\w\s]{1,3}|_+)|\s+\Z")
"""Much as tokenizers do: a space with its word, long words in parts, punctuation by itself, Han and kana by twos."""


def pieces(text: str) -> list[str]:
    """The text in pieces like a model's own, by itself alone, so that the cut tells nothing of a draft."""
    return _PIECE.findall(text)
