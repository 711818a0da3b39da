"""Whether a text says what a draft says: the model may know a question by heart, whoever is named in it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from expunge.agents.rules.content import content_words
from expunge.agents.rules.language import is_unspaced
from expunge.screen.facts import weight
from expunge.text.normalise import fold
from expunge.types import Message

REPEATED = 0.3
"""Share of what only the draft tells that another text may hold. On every fourth TOFU forget question, asked by name of
a model that knows them all by heart, it kept 59 of 90 answers about a stand-in, with 1 of the 28 leaks among them."""
_NAMED = 3.0
"""The weight of a capitalised word inside a sentence at least: a place, a title, a nationality."""
_WORD = re.compile(r"[^\W_]+(?:[’'][^\W_]+)?")
_OPENS = (".", "!", "?", ":", "\n")


def repeats(messages: Sequence[Message], draft: str, text: str) -> bool:
    """Whether `text` holds more than `REPEATED` of what the draft tells and the conversation does not.

    Words count by how rare they are; everyday words, in which answers to one question are alike, count nothing. Where
    words are not spaced, all pairs of characters count the same.
    """
    told, said = _telling(draft), _telling(text).keys()
    asked = frozenset().union(*(_telling(message.content).keys() for message in messages))
    new = {word: value for word, value in told.items() if word not in asked}
    return sum(value for word, value in new.items() if word in said) > REPEATED * sum(new.values())


def _telling(text: str) -> dict[str, float]:
    """What a text says, by its words, each with its weight."""
    if is_unspaced(text):
        return dict.fromkeys(content_words(text), 1.0)
    found: dict[str, float] = {}
    for match in _WORD.finditer(text):
        before = text[: match.start()].rstrip(" \"'“‘(«¿¡")
        named = match[0][0].isupper() and bool(before) and not before.endswith(_OPENS)
        for word in fold(match[0]).split():
            found[word] = max(found.get(word, 0.0), weight(word), _NAMED if named else 0.0)
    return found
