"""Whom a pronoun means of whom not the user told but a system prompt, a tool or a document."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from expunge.screen.antecedents import (
    asks_for_attributes,
    drops_its_subject,
    genders,
    introduces_somebody,
    own_words,
    owned_within,
)
from expunge.screen.called import called
from expunge.screen.company import known_words
from expunge.screen.documents import Document
from expunge.screen.reference import (
    names_a_person,
    names_somebody_else,
    of_a_document,
    persons_named,
    refers_back,
    refers_within,
    speaks_of_somebody,
)
from expunge.screen.settling import Marked
from expunge.text.fold import fold
from expunge.text.frequency import GLUE, zipf
from expunge.types import Message, Strength, Target

_STEM = 5
_ASKS_WHO = re.compile(r"\s*(?:who|wer|qui|qu[ié]n|quién|chi|quem|wie|кто)\b", re.IGNORECASE)
_MOST_NAMES = 200
"""Names in one message that are weighed against the targets'; where there are more, the targets have the benefit."""
_AT_A_PLACE = re.compile(r"\b(?:in|at|near|around|visit|visiting|visited)\s+(?:the\s+)?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Stretch:
    """What was said from one turn of the user to the next: by the user, by the model, and by tools and documents."""

    user: int
    others: range


def told_by_others(found: Sequence[Marked], messages: Sequence[Message], question: str, draft: str) -> list[Target]:
    """The targets that a question means by a pronoun since a system prompt, a tool or a document told of them last.

    A tool may be asked after the question: then its answer may say "she" where the question said "record 17". Of
    several people the one is meant who is told of in the words of the question, or of the turns around; whom the user
    named since, or brings in ("my wife"), is meant before all of them.
    """
    told: dict[int, dict[str, Target]] = {}
    starts: dict[tuple[int, str], set[int]] = {}
    for target, e in found:
        if e.channel == "system" and e.strength > Strength.HINT:
            told.setdefault(e.message, {})[target.id] = target
            starts.setdefault((e.message, target.id), set()).add(e.start)
    if not told:
        return []
    asked = own_words(question)
    worked_on, question = asked != question, asked
    by_call = list(called(found, messages, question))
    leans = speaks_of_somebody(question) or (refers_back(question) and of_a_document(question))
    leans = leans or ((drops_its_subject(question) or asks_for_attributes(question)) and not names_a_person(question))
    for stretch in _stretches(messages):
        last = stretch.others.stop == len(messages)
        if not last and _names_somebody(_answer(messages, stretch)):
            return []
        here = [index for index in stretch.others if index in told]
        if named := [target for index, target in by_call if index in here]:
            return list({target.id: target for target in named}.values())
        if here and worked_on and not leans:
            return []
        if here:
            speaker = question if leans else draft if last and genders(draft) and not names_a_person(draft) else ""
            if not speaker:
                return []
            user = "" if stretch.user < 0 else messages[stretch.user].content
            scene = _Scene(messages, stretch, user, question, draft, speaker, told, starts)
            return [] if (not last or not leans) and scene.user_named_another() else scene.meant()
        if any(names_a_person(messages[i].content) for i in stretch.others if messages[i].role == "tool"):
            return []
        if not last and stretch.user >= 0:
            said = messages[stretch.user].content
            if _names_somebody(said) or introduces_somebody(said):
                return []
    return []


class _Scene:
    """The people of whom a stretch tells, and which of them a pronoun means."""

    def __init__(
        self,
        messages: Sequence[Message],
        stretch: _Stretch,
        user: str,
        question: str,
        draft: str,
        speaker: str,
        told: dict[int, dict[str, Target]],
        starts: dict[tuple[int, str], set[int]],
    ) -> None:
        self._speaker, self._draft, self._user, self._question = speaker, draft, user, question
        self._told, self._starts = told, starts
        turns = [messages[i].content for i in stretch.others if messages[i].role == "assistant"]
        self._context = _stems(" ".join([question, user, *turns]))
        self._answered = _stems(draft)
        texts = [i for i in stretch.others if i in told or messages[i].role == "tool"]
        self._documents = {i: Document(messages[i].content) for i in texts}
        self._known = {t.id: known_words(t) for i in stretch.others for t in told.get(i, {}).values()}
        known = set().union(*self._known.values())
        named = dict.fromkeys(name for document in self._documents.values() for name in _persons(document))
        self._others = [name for name in islice(named, _MOST_NAMES) if names_somebody_else(name, known)]

    def user_named_another(self) -> bool:
        """Whether the user's turn itself named one of the others of whom is told."""
        said = set(fold(self._user).split())
        return any(said.issuperset(words) for name in self._others if (words := _telling(name)))

    def meant(self) -> list[Target]:
        """The targets that the pronoun means."""
        found: dict[str, Target] = {}
        last = max(self._told.keys() & self._documents.keys())
        theirs = [self._weight(part, ()) for index in self._documents for part in self._of_others(index)]
        others_last = any(index > last and names_a_person(d.text) for index, d in self._documents.items())
        for index in self._documents:
            for target in self._told.get(index, {}).values():
                passages = self._passages(index, target)
                if not self._may_be(target, passages):
                    continue
                mine = max((self._weight(passage, self._known[target.id]) for passage in passages), default=(0, 0))
                best = max(theirs, default=(-1, -1))
                if mine == best and (others_last or any(map(self._is_answered, self._others))):
                    continue
                if mine >= best:
                    found[target.id] = target
        return list(found.values())

    def _may_be(self, target: Target, passages: Sequence[str]) -> bool:
        if _ASKS_WHO.match(self._question) and names_somebody_else(self._draft, self._known[target.id]):
            return False  # the answer is somebody else, and so is the pronoun
        known = self._known[target.id].union(*(fold(passage).split() for passage in passages))
        if refers_within(self._speaker, known) or owned_within(self._speaker, known):
            return False
        said, told = genders(self._speaker), genders(" ".join(passages))
        return not said or not told or not said.isdisjoint(told)

    def _passages(self, index: int, target: Target) -> list[str]:
        document = self._documents[index]
        return [document.sentence(place) for place in document.about(self._starts[index, target.id])]

    def _of_others(self, index: int) -> Iterator[str]:
        """Sentences that tell of somebody, and of no target."""
        document = self._documents[index]
        taken = {place for t in self._told.get(index, {}) for place in document.about(self._starts[index, t])}
        about = False
        for place in range(len(document)):
            sentence = document.sentence(place)
            about = place not in taken and (names_a_person(sentence) or (about and speaks_of_somebody(sentence)))
            if about:
                yield sentence

    def _weight(self, passage: str, names: Collection[str]) -> tuple[int, int]:
        """How many telling words a passage shares with what was asked; then with the answer."""
        told = _stems(passage, names)
        return len(told & self._context), len(told & self._answered)

    def _is_answered(self, name: str) -> bool:
        words = _telling(name)
        return bool(words) and words[-1] in fold(self._draft).split()


def _stretches(messages: Sequence[Message]) -> Iterator[_Stretch]:
    """From the last to the first."""
    end = len(messages)
    for user in (i for i in range(len(messages) - 1, -1, -1) if messages[i].role == "user"):
        yield _Stretch(user, range(user + 1, end))
        end = user
    yield _Stretch(-1, range(end))


def _answer(messages: Sequence[Message], stretch: _Stretch) -> str:
    """What the model said at the end of a stretch."""
    return next((messages[i].content for i in reversed(stretch.others) if messages[i].role == "assistant"), "")


def _names_somebody(text: str) -> bool:
    """Whether a text names a person: two capitalised words, that are no place where somebody is."""
    at = 0
    for name in persons_named(text):
        at = text.index(name, at)
        if _AT_A_PLACE.search(text, max(0, at - 20), at) is None:
            return True
        at += len(name)
    return False


def _persons(document: Document) -> Iterator[str]:
    yield from persons_named(document.text)


def _telling(name: str) -> list[str]:
    return [word for word in fold(name).split() if zipf(word) < GLUE]


def _stems(text: str, but: Collection[str] = ()) -> frozenset[str]:
    return frozenset(word[:_STEM] for word in fold(text).split() if zipf(word) < GLUE and word not in but)
