"""Long texts in blocks: the screen compares a hundred sentences or so of a text by meaning, and no more."""

from __future__ import annotations

from collections.abc import Iterator

from expunge.text.segment import sentences

SHORT = 2_000
"""Characters up to which a text is one block."""
_LONGEST = 8_000
_MOST_SENTENCES = 100


def blocks(text: str) -> Iterator[str]:
    """The text in pieces that end between sentences; joined, they are the text."""
    if len(text) <= SHORT:
        yield text
        return
    start, count = 0, 0
    for sentence in sentences(text):
        if sentence.start > start and (count >= _MOST_SENTENCES or sentence.end - start > _LONGEST):
            yield text[start : sentence.start]
            start, count = sentence.start, 0
        count += 1
    yield text[start:]
