"""Whom a question calls by one name, or by what a document says that they are: "Hazel", "the painter"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from expunge.screen.company import known_words
from expunge.screen.partial import parts_in_company
from expunge.screen.people.parts import alternatives, stands_alone
from expunge.screen.reference import names_somebody_else, persons_named, says_who
from expunge.screen.settling import Marked
from expunge.screen.sightings import Reading
from expunge.text.fold import fold
from expunge.text.frequency import GLUE, zipf
from expunge.types import Message, Strength, Target

_STEM = 5
_SHORTEST = 4
_REACH = 60
"""Characters beside a name in which it may stand what its bearer is."""
_ARTICLES = "the|a|an|our|der|die|das|dem|den|des|ein|eine|einer|le|la|les|l'|l’|un|une|el|il|lo|una|uma|o|de|het|een"
_AFTER = re.compile(
    r"[*_`\"”»'’)]{0,3}[ \t]*(?:[,(–—:;|\t-]|\b(?:is|was|ist|war|est|es|è|é|was)\b)[ \t]*"
    rf"(?:(?:{_ARTICLES})[ \t]*)?(?P<said>[^\W\d_]+(?:[ -][^\W\d_]+)?)"
)
_BEFORE = re.compile(r"(?P<said>[^\W\d_]+)[ \t]*(?P<sign>[:=|\t,–—-]|\b(?:is|was|ist|war|est|es|è)\b)?[ \t*_`\"“«'‘]*$")
_TITLE = re.compile(rf"(?<!\w)(?:{alternatives('title', 'civil')})\.?[ \t]+(?=\w)")
_ARTICLE_BEFORE = re.compile(r"\b(?:the|an?)[ \t]+$", re.IGNORECASE)
"""What stands before a name that is used as a word: "the Miller column"."""
_DEFINITE = re.compile(
    r"\b(?:the|this|that|our|der|die|das|dem|den|des|dieser|diese|le|la|les|el|il|lo|o|de|het)[ \t]+"
    r"(?P<one>[^\W\d_]+)(?:[ -](?P<two>[^\W\d_]+))?|\bl['’](?P<elided>[^\W\d_]+)",
    re.IGNORECASE,
)


def called(found: Iterable[Marked], messages: Sequence[Message], question: str) -> Iterator[tuple[int, Target]]:
    """The targets of whom a system prompt, a tool or a document tells and whom a question calls so, with where.

    By one part of the name, where nobody else of whom is told bears it; or by a word that stands beside the name there
    as what they are, and not beside another's.
    """
    reading: Reading | None = None
    parts: dict[str, set[str]] = {}
    roles = _roles_asked(question)
    others: dict[int, list[str]] = {}
    for target, e in found:
        if e.channel != "system" or e.strength <= Strength.HINT:
            continue
        text = messages[e.message].content
        if target.id not in parts:
            # A title is no name of somebody else's.
            reading = reading or Reading(_TITLE.sub(lambda m: m[0].lower(), question))
            sightings = parts_in_company(target, 0, reading)
            spans = [
                (s.start, s.end)
                for s in sightings
                if stands_alone(reading.source, (s.start, s.end)) and not _ARTICLE_BEFORE.search(question[: s.start])
            ]
            parts[target.id] = {fold(question[start:end]) for start, end in spans}
        beside = _beside(text, e.start, e.end) & roles
        if not parts[target.id] and not beside:
            continue
        if e.message not in others:
            others[e.message] = persons_named(text)
        known = known_words(target)
        strangers = [name for name in others[e.message] if not _is(name, target)]
        by_part = {part for part in parts[target.id] if not any(part in fold(name).split() for name in strangers)}
        if by_part or (beside and not _of_others(text, strangers, known, beside)):
            yield e.message, target


def _is(name: str, target: Target) -> bool:
    """Whether a name that a text holds is the target's own, perhaps with a word before it."""
    words = set(fold(name).split())
    return any(set(fold(own).split()) <= words for own in target.names)


def _of_others(text: str, names: Sequence[str], known: set[str], roles: set[str]) -> bool:
    """Whether one of these words stands beside the name of another, too."""
    at = 0
    for name in names:
        at = text.index(name, at)
        if names_somebody_else(name, known) and _beside(text, at, at + len(name)) & roles:
            return True
        at += len(name)
    return False


def _beside(text: str, start: int, end: int) -> set[str]:
    """How the words begin that stand beside a name as what its bearer is."""
    words: list[str] = []
    if (after := _AFTER.match(text, end, end + _REACH)) is not None:
        words += fold(after["said"]).split()
    if (before := _BEFORE.search(text[max(0, start - _REACH) : start])) is not None:
        words += fold(before["said"]).split()
    return {word[:_STEM] for word in words if _is_telling(word)}


def _roles_asked(question: str) -> set[str]:
    words: list[str] = []
    for m in _DEFINITE.finditer(question):
        for kind in ("one", "two", "elided"):
            if m[kind] and not says_who(question, m.end(kind)):
                words += fold(m[kind]).split()
    if not question.isascii():
        words += fold(question).split()  # many languages have no articles
    return {word[:_STEM] for word in words if _is_telling(word)}


def _is_telling(word: str) -> bool:
    return (len(word) >= _SHORTEST or not word.isascii()) and zipf(word) < GLUE
