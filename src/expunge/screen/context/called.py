"""People whom a question calls by one name, or by what a document says that they are: "Hazel", "the painter"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from expunge.screen.context.anaphora import (
    names_a_person,
    names_somebody_else,
    persons_named,
    says_who,
    speaks_of_somebody,
)
from expunge.screen.context.disambiguation import bears
from expunge.screen.context.focus import known_words
from expunge.screen.matches import OTHER, VAGUE, Marked, TokenizedText
from expunge.screen.names.partial import FIRST_NAME, SURNAME, parts_in_company
from expunge.screen.names.people.parts import alternatives, stands_alone
from expunge.text.fold import fold
from expunge.text.frequency import GLUE, zipf
from expunge.types import DRAFT_CHANNELS, Evidence, EvidenceKind, Message, Strength, Target

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
    reading: TokenizedText | None = None
    parts: dict[str, set[str]] = {}
    roles = _roles_asked(question)
    others: dict[int, list[str]] = {}
    for target, e in found:
        if e.channel != "system" or e.strength <= Strength.HINT:
            continue
        text = messages[e.message].content
        if target.id not in parts:
            # A title is no name of somebody else's.
            reading = reading or TokenizedText(_TITLE.sub(lambda m: m[0].lower(), question))
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
    """Return the beginnings of the words beside a name that say what its bearer is."""
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


_FEW_BEAR_IT = 3.7
"""Zipf frequency under which a last name is that of a few: Kissinger, not Kelly."""
_NO_PERSON_BEFORE = re.compile(
    r"\b(?:an?|the|einen?|eine[mrs]?|der|die|das|dem|den|des|une?|l[ae]s?|el|los|una|il|lo)\s+$", re.I
)
_AUXILIARY_BEFORE = re.compile(
    r"\b(?:is|was|are|were|has|had|have|did|does|do|can|could|would|will|should|may|might|ist|war|hat|hatte|wurde|est|fut"
    r"|fue|fu|è|foi)\s+$",
    re.IGNORECASE,
)
_GOES_ON = re.compile(
    r"['’]s?\b|\s*(?:[^\w\s]|$)|\s+(?:[^\W\d_]+ed|(?:was|were)(?! (?:an?|the)\b)|has|had|have|did|does|do|can"
    r"|could|would|will|and|or|who|whose|at|in|on|to|from|for|with|by|as|of|when|while|during|before|after|until|since|because"
    r"|if|that|so|but|then|also|ever|never|first|once|later|not|became|began|bought|brought|built|came|chose|drew"
    r"|fell|felt|found|fought|gave|got|grew|held|kept|knew|laid|led|left|lost|made|met|paid|put|ran|rose|said|sang|sat|saw|set|sold|spent|spoke|stood|swore"
    r"|taught|thought|threw|told|took|went|won|wore|wrote|plays?|says?|works?|lives?|makes?|gets?|goes|wins?|hat|wurde"
    r"|und|a|et|fut|y|fue|fu|e|foi|nel|à|en|im)\b"
)
"""What follows the name of somebody who does something: no thing that is called so, as in "the Turing machine"."""


def surnames(found: Sequence[Marked], question: str) -> list[Marked]:
    """The sightings; those of a mere last name in a question likely where the question is like a fact, else left out.

    Many have the name of Marx; who asks what Marx wrote with Engels means one of them. A name that few bear is likely
    the target's wherever the question speaks of somebody so called.
    """
    if not any(e.via == SURNAME for _, e in found):
        return list(found)
    fitting = {
        target.id
        for target, e in found
        if e.kind is EvidenceKind.FACT and e.channel == "question" and e.via != OTHER and e.via not in VAGUE
    }
    return [
        (target, replace(e, strength=Strength.LIKELY) if e.via == SURNAME else e)
        for target, e in found
        if e.via != SURNAME or target.id in fitting or _is_somebody(question, e)
    ]


def _is_somebody(question: str, e: Evidence) -> bool:
    """Whether a question speaks of somebody by a last name that few bear."""
    before, after = question[max(0, e.start - 20) : e.start], question[e.end : e.end + 20]
    if zipf(fold(question[e.start : e.end])) >= _FEW_BEAR_IT or _NO_PERSON_BEFORE.search(before) or "_" in before[-2:]:
        return False  # "___ Harmon" asks which of them
    return _AUXILIARY_BEFORE.search(before) is not None or _GOES_ON.match(after) is not None


_QUOTED = re.compile(r"[\"“«][^\"“”«»]*+[\"”»]|(?<!\w)['‘][^'‘’]*+['’](?!\w)")


def first_names(found: Sequence[Marked], messages: Sequence[Message], question: str) -> list[Marked]:
    """The sightings; those of a mere first name likely where the draft alone comes up with it, else left out.

    Who asks about "her" without naming anybody, and is told of "Evangeline", was understood to mean somebody known.
    """
    if not any(e.via == FIRST_NAME for _, e in found):
        return list(found)
    said = " ".join(message.content for message in messages)
    meant = speaks_of_somebody(question) and not names_a_person(_QUOTED.sub(" ", said))
    borne: dict[str, bool] = {}
    kept: list[Marked] = []
    for target, e in found:
        if e.via != FIRST_NAME:
            kept.append((target, e))
        elif meant and e.channel in DRAFT_CHANNELS:
            if target.id not in borne:
                borne[target.id] = bears(target, said)
            if not borne[target.id]:
                kept.append((target, replace(e, strength=Strength.LIKELY)))
    return kept
