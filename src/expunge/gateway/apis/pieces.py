"""How a whole text is cut when it is streamed."""

from __future__ import annotations

import re

_PIECE = re.compile(r"\s*\S{1,12}|\s+\Z")


def pieces(text: str) -> list[str]:
    """The text word by word, longer words in parts: by itself alone, so that the cut tells nothing of a draft."""
    return _PIECE.findall(text)
