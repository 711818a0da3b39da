"""Tells whether a text says what a draft says: a model may know a question by heart, whoever is named in it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from expunge.agents.rules.content import content_words
from expunge.agents.rules.language import is_unspaced, language_of
from expunge.text.fold import fold
from expunge.text.frequency import weight

REPEATED = 0.3
"""Share of what only the draft tells that another text may hold. On every fourth TOFU forget question, asked by name of
a model that knows them all by heart, it kept 58 of 90 answers about a stand-in, with 1 of the 28 leaks among them."""
_HALF = 0.5
"""The same for plain content words, which catches short answers in common words ("male")."""
_ALL = 0.8
"""The same for a draft of which no word singles anybody out."""
_RARE = 2.5
"""The weight from which a word that is no name is told by few."""
_NAMED = 3.0
"""The weight of a capitalised word inside a sentence at least: a place, a title, a nationality."""
_WORD = re.compile(r"[^\W_]+(?:[’'][^\W_]+)?")
_BEFORE = 12
"""Characters before a word in which the end of a sentence is looked for."""
_OPENS = (".", "!", "?", ":", "\n")


def repeats(known: Sequence[str], draft: str, text: str) -> bool:
    """Return whether `text` holds too much of what the draft tells beyond the `known` texts.

    Words count by how rare they are, since in everyday words the answers to one question are alike: more than
    `REPEATED` of them is too much, and so is more than half of the draft's content words in any case. Where no word of
    the draft singles anybody out, it is such as a model says of anybody, and only nearly all of it is too much.
    """
    language = language_of(draft, " ".join(known))
    plain = content_words(draft, language) - language.telling
    plain = plain.difference(*(content_words(part, language) for part in known))
    common = plain & content_words(text, language)
    beyond = _beyond(known, draft)
    if not is_unspaced(draft) and not any(value >= _RARE for value in beyond.values()):
        return len(common) > _ALL * len(plain)
    if len(common) > _HALF * len(plain):
        return True
    if is_unspaced(draft):
        return False
    said = _telling(text).keys()
    return sum(value for word, value in beyond.items() if word in said) > REPEATED * sum(beyond.values())


def repeats_rarities(known: Sequence[str], draft: str, text: str) -> bool:
    """Return whether `text` holds a rare word, a name inside a sentence or a long number of the draft that is in none
    of the `known` texts."""
    rare = {word for word, value in _beyond(known, draft).items() if value >= _RARE}
    return not rare.isdisjoint(_telling(text))


def repeats_anything(known: Sequence[str], draft: str, text: str) -> bool:
    """Return whether `text` holds any content word, name or number of the draft that no `known` text has."""
    language = language_of(draft, " ".join(known))
    beyond = content_words(draft, language) - language.telling
    beyond = beyond.difference(*(content_words(part, language) for part in known))
    return not beyond.isdisjoint(content_words(text, language)) or repeats_rarities(known, draft, text)


def _beyond(known: Sequence[str], draft: str) -> dict[str, float]:
    """Return the words that only the draft tells, each with its weight."""
    asked = frozenset().union(*(_telling(part).keys() for part in known))
    return {word: value for word, value in _telling(draft).items() if word not in asked}


def _telling(text: str) -> dict[str, float]:
    """The words of a text, folded, each with its weight."""
    found: dict[str, float] = {}
    for match in _WORD.finditer(text):
        before = text[max(0, match.start() - _BEFORE) : match.start()].rstrip(" \"'“‘(«¿¡")
        named = match[0][0].isupper() and bool(before) and not before.endswith(_OPENS)
        for word in fold(match[0]).split():
            found[word] = max(found.get(word, 0.0), weight(word), _NAMED if named else 0.0)
    return found
