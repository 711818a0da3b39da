"""Whom a group of questions is about, where the data does not say: TOFU as its authors publish it has no names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

_WORD = re.compile(r"[^\W_]+(?:[-'’.][^\W_]+)*\.?")
_POSSESSIVE = re.compile(r"['’]s?$")
_INITIAL = re.compile(r"[^\W\d_]\.|Jr\.|Dr\.")
_LONGEST = 6
"""Words of the longest name that is looked for."""
_NEARLY_AS_OFTEN = 0.6
"""A longer run of words is the name if it stands in this share of the texts of the most frequent one. Chosen on
every second author of TOFU (98 of 100 right); on the others 96 of 100 are right, on those to forget 20 of 20."""


def name_in(texts: Iterable[str]) -> str:
    """The longest run of two or more capitalised words that most of `texts` share; empty if there is none."""
    counts: Counter[tuple[str, ...]] = Counter()
    for text in texts:
        counts.update({part for run in _capitalised(text) for part in _parts(run)})
    if not counts:
        return ""
    enough = _NEARLY_AS_OFTEN * max(counts.values())
    frequent = [(len(words), count, words) for words, count in counts.items() if count >= enough]
    return " ".join(max(frequent)[2])


def _parts(run: list[str]) -> Iterator[tuple[str, ...]]:
    for start in range(len(run)):
        for end in range(start + 2, min(start + _LONGEST, len(run)) + 1):
            yield tuple(run[start:end])


def _capitalised(text: str) -> Iterator[list[str]]:
    """Runs of capitalised words with nothing but space between them; a possessive or a full stop ends one."""
    run: list[str] = []
    after = 0
    for found in _WORD.finditer(text):
        token = found.group()
        if text[after : found.start()].strip() or not token[0].isupper():
            yield run
            run = []
        after = found.end()
        if token[0].isupper():
            word = token if _INITIAL.fullmatch(token) else _POSSESSIVE.sub("", token).rstrip(".")
            run.append(word)
            if word != token:
                yield run
                run = []
    yield run
