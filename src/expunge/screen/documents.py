"""What a system prompt, a tool or a document tells of a target, so that an answer that repeats it is known."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import cached_property

from expunge.screen.company import known_words
from expunge.screen.reference import names_a_person, names_somebody_else, persons_named, speaks_of_somebody
from expunge.screen.settling import Marked
from expunge.text.budget import step
from expunge.text.fold import fold
from expunge.text.segment import sentences
from expunge.types import Fact, Message, Strength, Target

_LISTED = 2
"""Others from whom a sentence is a list of people."""


class Document:
    """A text that tells of people, sentence by sentence."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._sentences = sentences(text)

    def __len__(self) -> int:
        return len(self._sentences)

    def sentence(self, place: int) -> str:
        """One of its sentences."""
        return self._sentences[place].of(self.text)

    def words_about(self, place: int, starts: Sequence[int], known: set[str]) -> list[str]:
        """The folded words of a sentence; where it lists several people, of the entry that tells of one.

        The entry begins at one of `starts` (in order), if any is in the sentence, and ends where somebody is named who
        is not known by one of the words `known`.
        """
        piece = self._sentences[place]
        here = starts[bisect_left(starts, piece.start) : bisect_left(starts, piece.end)]
        others = self._listed(place, known) if here else []
        if len(others) < _LISTED:
            return self._folded[place]
        entries: dict[int, int] = {}
        for start in here:
            entries.setdefault(bisect_right(others, start), start)
        ends = [*others, piece.end]
        return fold(" ".join(self.text[start : ends[entry]] for entry, start in entries.items())).split()

    def _listed(self, place: int, known: set[str]) -> list[int]:
        """Where a sentence names others who stand in a row, with a sign before each but the first."""
        piece = self._sentences[place]
        found: list[int] = []
        at = piece.start
        for name in persons_named(piece.of(self.text)):
            at = self.text.index(name, at)
            before = self.text[max(piece.start, at - 2) : at].rstrip()
            if names_somebody_else(name, known) and (not before or not before[-1].isalnum()):
                found.append(at)
            at += len(name)
        return found

    def about(self, starts: Collection[int]) -> list[int]:
        """The sentences in which any of these characters stand, each with those after it that go on about the same."""
        found: list[int] = []
        for start in sorted(starts):
            place = bisect_right(self._starts, start) - 1
            while place >= 0 and (not found or place > found[-1]):
                found.append(place)
                place += 1
                if place >= len(self._sentences) or not self._goes_on(place):
                    break
        return found

    def only_in(self, places: Sequence[int]) -> set[str]:
        """The words that stand in no sentence but these."""
        within = Counter(word for place in places for word in self._folded[place])
        return {word for word, count in within.items() if self._counts[word] <= count}

    @cached_property
    def _starts(self) -> list[int]:
        return [piece.start for piece in self._sentences]

    @cached_property
    def _folded(self) -> list[list[str]]:
        return [fold(piece.of(self.text)).split() for piece in self._sentences]

    @cached_property
    def _counts(self) -> Counter[str]:
        return Counter(word for words in self._folded for word in words)

    @cached_property
    def _continuing(self) -> list[bool]:
        pieces = (piece.of(self.text) for piece in self._sentences)
        return [speaks_of_somebody(piece) and not names_a_person(piece) for piece in pieces]

    def _goes_on(self, place: int) -> bool:
        return self._continuing[place]


def told_in_documents(found: Sequence[Marked], messages: Sequence[Message]) -> list[Target]:
    """Targets that the system prompt, a tool or a document tells about, with what it tells as their facts.

    Of each passage only the words count that the message does not say of others, too.
    """
    starts: dict[tuple[int, str], tuple[Target, set[int]]] = {}
    for target, evidence in found:
        if evidence.channel == "system" and evidence.strength > Strength.HINT:
            starts.setdefault((evidence.message, target.id), (target, set()))[1].add(evidence.start)
    documents: dict[int, Document] = {}
    told: dict[str, tuple[Target, list[Fact]]] = {}
    for (number, _), (target, at) in starts.items():
        step()
        if number not in documents:
            documents[number] = Document(messages[number].content)
        document = documents[number]
        places = document.about(at)
        own = document.only_in(places)
        known, sought = known_words(target), sorted(at)
        for place in places:
            words = " ".join(word for word in document.words_about(place, sought, known) if word in own)[:2_000]
            told.setdefault(target.id, (target, []))[1].extend([Fact(words)] if words else [])
    return [replace(target, facts=tuple(facts)) for target, facts in told.values()]
