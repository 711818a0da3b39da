"""Whether a text says what a draft says: the model may know a question by heart, whoever is named in it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from expunge.agents.rules.content import content_words
from expunge.agents.rules.language import is_unspaced, language_of
from expunge.text.fold import fold
from expunge.text.frequency import weight
from expunge.types import Message

REPEATED = 0.3
"""Share of what only the draft tells that another text may hold. On every fourth TOFU forget question, asked by name of
a model that knows them all by heart, it kept 58 of 90 answers about a stand-in, with 1 of the 28 leaks among them."""
_HALF = 0.5
"""The same for plain content words, which catches short answers in common words ("male")."""
_NAMED = 3.0
"""The weight of a capitalised word inside a sentence at least: a place, a title, a nationality."""
_WORD = re.compile(r"[^\W_]+(?:[’'][^\W_]+)?")
_BEFORE = 12
"""Characters before a word in which the end of a sentence is looked for."""
_OPENS = (".", "!", "?", ":", "\n")


def repeats(messages: Sequence[Message], draft: str, text: str) -> bool:
    """Whether `text` holds more than `REPEATED` of what the draft tells and the conversation does not.

    Words count by how rare they are, since in everyday words the answers to one question are alike; but more than
    half of the draft's content words are too much in any case.
    """
    conversation = [message.content for message in messages]
    language = language_of(draft, " ".join(conversation))
    plain = content_words(draft, language) - language.telling
    plain = plain.difference(*(content_words(part, language) for part in conversation))
    if len(plain & content_words(text, language)) > _HALF * len(plain):
        return True
    if is_unspaced(draft):
        return False
    asked = frozenset().union(*(_telling(part).keys() for part in conversation))
    told = {word: value for word, value in _telling(draft).items() if word not in asked}
    said = _telling(text).keys()
    return sum(value for word, value in told.items() if word in said) > REPEATED * sum(told.values())


_RARE = 2.5
"""The weight from which a word that is no name is told by few."""


def repeats_rarities(messages: Sequence[Message], draft: str, text: str) -> bool:
    """Whether `text` holds a rare word, a name inside a sentence or a long number that the draft holds, too, and that
    the conversation does not."""
    asked = frozenset().union(*(_telling(message.content).keys() for message in messages))
    rare = {word for word, value in _telling(draft).items() if value >= _RARE and word not in asked}
    return not rare.isdisjoint(_telling(text))


def _telling(text: str) -> dict[str, float]:
    """The words of a text, folded, each with its weight."""
    found: dict[str, float] = {}
    for match in _WORD.finditer(text):
        before = text[max(0, match.start() - _BEFORE) : match.start()].rstrip(" \"'“‘(«¿¡")
        named = match[0][0].isupper() and bool(before) and not before.endswith(_OPENS)
        for word in fold(match[0]).split():
            found[word] = max(found.get(word, 0.0), weight(word), _NAMED if named else 0.0)
    return found
