"""The words of a text that say something, in a form that can be compared."""

from __future__ import annotations

import re
from collections.abc import Iterable

from expunge.agents.rules.language import Language, language_of
from expunge.text.segment import words
from expunge.types import Target

_UNSPACED_RUN = re.compile("[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]+")


def is_unspaced_run(word: str) -> bool:
    """Whether a word is, or holds, a run of a script without spaces between words."""
    return _UNSPACED_RUN.search(word) is not None


def content_words(text: str, language: Language | None = None) -> frozenset[str]:
    """The content words of `text`, case-folded and cut to their first six letters; pairs of characters
    where words are not spaced."""
    lang = language or language_of(text)
    found: set[str] = set()
    for span in words(text):
        word = span.of(text).casefold()
        if _UNSPACED_RUN.search(word):
            for run in _UNSPACED_RUN.findall(word):
                found.update(run[i : i + 2] for i in range(max(1, len(run) - 1)) if run[i : i + 2] not in lang.stop)
            found.update(re.findall(r"\d+", word))
            continue
        word = re.sub(r"[’']s$", "", word)
        if word in lang.function or (len(word) < 2 and not word.isdigit()):
            continue
        found.add(word if any(c.isdigit() for c in word) else word[:6])
    return frozenset(found)


def fact_words(targets: Iterable[Target], question: str) -> list[frozenset[str]]:
    """For each fact of the targets, the words that tell it: not their names, and not the question's."""
    asked = content_words(question)
    found: list[frozenset[str]] = []
    for target in targets:
        named = frozenset().union(*(content_words(n) for n in target.names))
        for fact in target.facts:
            posed = content_words(fact.question) if fact.question else frozenset()
            told = content_words(fact.text) - named - asked - posed
            if told:
                found.append(told)
    return found
