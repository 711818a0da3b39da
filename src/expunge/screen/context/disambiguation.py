"""Somebody else of the same name, told apart by what the target is known to be.

Only the draft's own words can clear a name: a question that calls the target a footballer proves nothing.
And only a name that many people may have can be another's: a rare one points at the target whatever is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import dropwhile, pairwise
from types import MappingProxyType

from expunge.screen.context.anaphora import names_somebody_else, persons_named
from expunge.screen.context.focus import known_words
from expunge.screen.matches import (
    COINED,
    OTHER,
    PAIR,
    PHRASE,
    SCATTERED,
    SEVERAL,
    VAGUE,
    WORDS,
    Marked,
    Match,
    TokenizedText,
    evidence_of,
)
from expunge.screen.names.partial import belongs_to_another, parts_in_company
from expunge.screen.names.patterns import FILLERS, patterns_of
from expunge.text.budget import step
from expunge.text.fold import fold
from expunge.text.frequency import GLUE, RARE, zipf, zipf_among
from expunge.types import DRAFT_CHANNELS, Evidence, EvidenceKind, Strength, Target

_AFTER = re.compile(
    r"^(?:,\s*|\s+(?:is|was|became|est|était|ist|war|es|era|fue|è|é|foi)\s+|\s*\(\s*)"
    r"(?:an?|the|une?|ein(?:e)?|der|die|el|la|le|un|una|um|uma|il|o)\s+([^.;()\n]{3,100})",
    re.IGNORECASE,
)
"""What a person is said to be: "NAME, a potter of Leeds", "NAME was a potter"."""
_BEFORE = re.compile(r"\b(?:the|an?)\s+((?:[a-z-]+\s+){1,4})$", re.IGNORECASE)
"""Or before the name: "the potter NAME"."""
_IS = re.compile(
    r"\b(?:is|was|est|était|ist|war|es|era|è|é)\s+(?:an?|the|une?|ein(?:e)?|un|una|um|uma)\s", re.IGNORECASE
)
_AND = re.compile(r"\s+(?:and|und|et)\s+")
_TELLS = 5.0
"""Zipf frequency under which a word says something of a person."""
_OPENS = 5.4
"""Zipf frequency from which a capitalised word opens a sentence and is no name; the commonest name, John, has 5.38."""
_NEAR = 240
"""Characters beside a name in which it is said what the person is."""
_YEAR = re.compile(r"(?<!\d)(?:1\d{3}|20\d{2})(?!\d)")
_BORN = re.compile(
    r"[^.!?\n]{0,30}\b(?:born|geboren|née?|naci[óod]\w*|nat[oa]|nasce\w*|nascid[oa]|родил\w*|urodzi\w*|född|født|syntyi)\b"
    r"[^.!?\n\d]{0,60}(?:\d{1,2}\.?[^.!?\n\d]{1,20})?\b(1\d{3}|20\d\d)\b",
    re.IGNORECASE,
)
"""What tells when somebody was born, after the name."""
_OLDEST = 110
_LIFE = re.compile(r"[^\n.;()]{0,40}?[(,]\s*\D{0,4}((?:1\d|20)\d\d)\s*[-–—]\s*\D{0,4}((?:1\d|20)\d\d)(?!\d)")
"""The years of birth and death after a name."""
_BESIDE = 40
"""Characters before a name within which a year dates whoever is named."""
_LIFETIME = 40
"""Years beyond all that is known of a target from which another time is told."""
_STEM = 5
_LEAST = 2
_NAMING = frozenset({EvidenceKind.NAME, EvidenceKind.ALIAS, EvidenceKind.PARTIAL_NAME})
_PERSON = r"[A-ZÀ-ÞА-Я][\w'’-]{1,60}+(?: (?:[a-z]{2,3} )?[A-ZÀ-ÞА-Я][\w'’.-]{1,60}){1,8}"
_CREDITED = re.compile(
    rf"(?:^|[.!?]\s+)({_PERSON}),? (?:is|was|wrote|has|had|who|an?|the)\b"
    rf"|\b(?:by|author|writer|von|par|por|di|de|autor|auteur|autore)\s+(?:is |was )?({_PERSON})"
)


def is_somebody_else(target: Target, evidence: Sequence[Evidence], question: str, draft: str) -> bool:
    """Whether the evidence of a target is of another person of its name.

    It is if the name is common, what the target is was told at registration (by its description, or by a
    fact of the form "… is a …"), the draft says what the person is in at least two telling words, and
    neither these nor any other telling word of question and draft fit what is known of the target.
    """
    given = [fact for fact in target.facts if not fact.elicited]
    says_what = bool(target.description) or any(_IS.search(fact.text) for fact in given)
    if not says_what or any(e.kind not in _NAMING for e in evidence):
        return False
    own = {token for pattern in patterns_of(target) for token in pattern.tokens}
    if any(zipf(token) < RARE for token in own):
        return False
    described: set[str] = set()
    for e in evidence:
        if e.channel in DRAFT_CHANNELS and e.kind is not EvidenceKind.PARTIAL_NAME:
            step()
            after, before = draft[e.end : e.end + _NEAR], draft[max(0, e.start - _NEAR) : e.start]
            for found in (_AFTER.search(after), _BEFORE.search(before)):
                described |= _stems(found.group(1)) if found else set()
    known = _stems(" ".join([target.description, *(f"{fact.question} {fact.text}" for fact in target.facts)]))
    described -= {word[:_STEM] for word in own}
    said = (_stems(question) | _stems(draft)) - {word[:_STEM] for word in own}
    return len(described) >= _LEAST and not described & known and not said & known


def has_another_life(target: Target, evidence: Sequence[Evidence], draft: str) -> bool:
    """Whether a draft gives a bearer of the name the dates of a life in which nothing known of the target fell.

    "Honorine Tissier (1868-1952)" is not who was sentenced in 1847, be the name a rare one; nor "John Marsh", who
    "was born in 1868": if no other bearer is dated otherwise, and neither a fact nor a telling word of one is seen
    beside the name.
    """
    known = [int(y) for y in _YEAR.findall(" ".join([target.description, *(fact.text for fact in target.facts)]))]
    if not known or any(e.kind not in _NAMING | {EvidenceKind.SPELLING, EvidenceKind.FACT} for e in evidence):
        return False
    facts = [e for e in evidence if e.channel in DRAFT_CHANNELS and e.kind is EvidenceKind.FACT]
    common = all(zipf(word) >= RARE for word in _own(target))
    lives: list[tuple[int, int]] = []
    beside: set[str] = set()
    for e in evidence:
        if e.channel in DRAFT_CHANNELS and e.kind in (EvidenceKind.NAME, EvidenceKind.ALIAS):
            step()
            after = draft[e.end : e.end + _NEAR]
            beside |= _stems(after)
            if any(fact.start < e.end + _NEAR and fact.end > e.start for fact in facts):
                return False
            if (life := _LIFE.match(after)) is not None:
                lives.append((int(life[1]), int(life[2])))
            elif common and (born := _BORN.match(after)) is not None:
                lives.append((int(born[1]), int(born[1]) + _OLDEST))
    told = _stems(" ".join(fact.text for fact in target.facts)) - {word[:_STEM] for word in _own(target)}
    outside = all(all(not birth <= year <= death for year in known) for birth, death in lives)
    return bool(lives) and outside and len(beside & told) < _LEAST


def is_of_another_time(target: Target, evidence: Sequence[Evidence], draft: str) -> bool:
    """Whether a draft dates each bearer of a common name to another time than all that is known of the target.

    That is too little to clear the name, since a draft may be wrong, and too much to be certain of it.
    """
    known = [int(y) for y in _YEAR.findall(" ".join([target.description, *(fact.text for fact in target.facts)]))]
    own = {token for pattern in patterns_of(target) for token in pattern.tokens}
    if not known or any(zipf(token) < RARE for token in own):
        return False
    told: set[int] = set()
    for e in evidence:
        if e.channel == "draft" and e.kind in (EvidenceKind.NAME, EvidenceKind.ALIAS):
            step()
            told.update(int(year) for year in _YEAR.findall(draft[max(0, e.start - _BESIDE) : e.end + _NEAR]))
    return bool(told) and all(not min(known) - _LIFETIME <= year <= max(known) + _LIFETIME for year in told)


def is_told_of_another(target: Target, text: str) -> bool:
    """Whether a text names a person, and none that is the target or known from its facts.

    People of one trade or town have much the same said of them, so that the likeness of such a text to a fact
    is no evidence. A name that shares a word with the target's is a namesake's or an unknown relative's unless
    the facts hold its words side by side; a name that shares none is known if they hold more than half of its words.
    """
    own = _own(target)
    words = fold(text).split()
    persons = (one for both in dict.fromkeys(persons_named(text)) for one in _AND.split(both))
    names = [name for person in persons if (name := _bare(person, words))]
    if any(len(own.intersection(name)) > 1 or own.issuperset(name) for name in names):
        return False
    told = fold("\n".join(f"{fact.question} {fact.text}" for fact in target.facts)).split()
    sharing = [name for name in names if not own.isdisjoint(name)]
    if sharing:
        beside = set(pairwise(told))
        return any(beside.isdisjoint(pairwise(name)) for name in sharing)
    return bool(names) and all(2 * sum(word in told for word in name) <= len(name) for name in names)


def bears(target: Target, text: str) -> bool:
    """Whether any word of the target's names stands in a text."""
    return not _own(target).isdisjoint(fold(text).split())


def _own(target: Target) -> set[str]:
    return {token for pattern in patterns_of(target) for token in pattern.tokens} - FILLERS


def _bare(person: str, words: Sequence[str]) -> list[str]:
    """The words of a name without titles, initials, and what may open a sentence before it ("Has Berit Holloway …")."""
    name = [w for w in fold(person).split() if len(w) > 1 and w not in FILLERS]
    return list(dropwhile(lambda w: zipf_among(w, words) >= _OPENS, name))


def _stems(text: str) -> set[str]:
    return {word[:_STEM] for word in fold(text).split() if len(word) > 3 and zipf(word) < _TELLS}


def credited_to_another(target: Target, draft: str, *, shared: bool) -> bool:
    """Whether a draft says of somebody else that the work is theirs: titles are given more than once.

    Of a `shared` phrase it is enough that the draft names somebody else.
    """
    known = {word for word in known_words(target) if zipf(word) < GLUE}
    if shared and names_somebody_else(draft, known):
        return True
    people = dict.fromkeys(match[1] or match[2] for match in _CREDITED.finditer(draft))
    return any(names_somebody_else(person, known) for person in people)


class Asked:
    """A question, and of whom it speaks: worked out once, however many sightings are weighed after it."""

    def __init__(self, text: str = "") -> None:
        self.text = text
        self._latin: bool | None = None
        self._of_another: dict[str, bool] = {}

    @property
    def latin(self) -> bool:
        """Whether it is in Latin letters."""
        if self._latin is None:
            self._latin = _is_latin(self.text)
        return self._latin

    def of_another(self, target: Target) -> bool:
        """Whether it is about somebody else than this target."""
        if target.id not in self._of_another:
            self._of_another[target.id] = is_told_of_another(target, self.text)
        return self._of_another[target.id]


def in_doubt(target: Target, sighting: Match, text: str, question: Asked) -> Match:
    """A likeness in meaning, made a hint where the sentence, or the question before it, is about somebody else.

    People of the same trade have much the same said of them.
    """
    if sighting.kind is not EvidenceKind.FACT or sighting.via in (WORDS, PHRASE, COINED, SEVERAL, SCATTERED):
        return sighting
    piece = text[sighting.start : sighting.end]
    step()
    if question.latin and _is_latin(piece):
        other = is_told_of_another(target, piece) or (not bears(target, piece) and question.of_another(target))
    else:
        # Names in other scripts are known by how they sound; the question counts where it was weighed, too.
        said = f"{question.text}\n{piece}" if sighting.via else piece
        other = names_somebody_else(said, known_words(target))
    return replace(sighting, strength=Strength.HINT, via=OTHER) if other else sighting


def confirmed(completed: Sequence[Marked], question: TokenizedText, number: int) -> Iterator[Marked]:
    """Yield the matches that question and draft support together.

    A mere hint becomes likely if the question, message `number`, holds a part of the target's name, which is yielded
    with it."""
    for target, e in completed:
        parts: list[Match] = []
        if e.via == PAIR and e.strength is Strength.HINT:
            parts = list(parts_in_company(target, 0, question))
        yield target, replace(e, strength=Strength.LIKELY) if parts else e
        for part in parts:
            yield target, evidence_of(target, part, "question", number)


def _is_latin(text: str) -> bool:
    return all(c < "\u0250" for c in text if c.isalpha())


_IN_COMPANY = 0.92
"""Likeness to a fact from which a draft tells it, where the conversation is about its target already."""


def weigh_namesakes(found: list[Marked], question: str, draft: str) -> list[Marked]:
    """The sightings, those of somebody else's name turned into one kind of hint."""
    by_target: dict[str, list[Marked]] = {}
    for target, evidence in found:
        by_target.setdefault(target.id, []).append((target, evidence))
    kept: list[Marked] = []
    readings: tuple[TokenizedText, TokenizedText] | None = None
    for marked in by_target.values():
        step()
        target = marked[0][0]
        here = [e for _, e in marked if e.channel in ("question", *DRAFT_CHANNELS)]
        if here and all(e.kind is EvidenceKind.PARTIAL_NAME and e.channel == "question" for e in here):
            readings = readings or (TokenizedText(question), TokenizedText(draft))
            if belongs_to_another(target, *readings):
                marked = [(t, e) for t, e in marked if e.channel not in ("question", *DRAFT_CHANNELS)]
        elif here and has_another_life(target, here, draft):
            kept += [(t, e) for t, e in marked if e.kind is EvidenceKind.FACT]
            marked = [(t, replace(e, strength=Strength.HINT)) for t, e in marked if e.kind is EvidenceKind.NAME]
        elif here and is_somebody_else(target, here, question, draft):
            marked = [(t, replace(e, strength=Strength.HINT)) for t, e in marked if e.kind is EvidenceKind.NAME]
        elif here and is_of_another_time(target, here, draft):
            # Likely is enough for rules; a model that looks at the name in its place may find a namesake.
            marked = [(t, _less_sure(e) if e.channel == "draft" else e) for t, e in marked]
        phrases = [e for e in here if e.via == PHRASE]
        if phrases and credited_to_another(target, draft, shared=all(e.score < 1.0 for e in phrases)):
            marked = [(t, replace(e, strength=Strength.HINT, via=OTHER) if e.via == PHRASE else e) for t, e in marked]
        kept += marked
    return kept


def _less_sure(e: Evidence) -> Evidence:
    return replace(e, strength=min(e.strength, Strength.LIKELY))


def settled(found: Sequence[Marked], about: Mapping[str, Target] = MappingProxyType({})) -> tuple[Evidence, ...]:
    """Each sighting once; hints of a fact in question and draft, or of whom the conversation is about, made likely."""
    best: dict[tuple[object, ...], Evidence] = {}
    for _, evidence in found:
        key = (evidence.target_id, evidence.kind, evidence.channel, evidence.message, evidence.start, evidence.end)
        if key not in best or (evidence.strength, evidence.score) > (best[key].strength, best[key].score):
            best[key] = evidence
    facts = [e for e in best.values() if e.kind is EvidenceKind.FACT and e.via not in VAGUE]
    facts_asked = {e.target_id for e in facts if e.channel == "question"}
    facts_told = {e.target_id for e in facts if e.channel in DRAFT_CHANNELS}
    both = facts_asked & facts_told

    def likely(e: Evidence) -> bool:
        if e.kind is not EvidenceKind.FACT or e.strength is not Strength.HINT or e.via == OTHER:
            return False
        company = e.target_id in about and e.channel in DRAFT_CHANNELS and e.score >= _IN_COMPANY
        return e.target_id in both or company

    return tuple(replace(e, strength=Strength.LIKELY) if likely(e) else e for e in best.values())
