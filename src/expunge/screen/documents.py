"""What a system prompt, a tool or a document tells of a target, so that an answer that repeats it is known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import cached_property

from expunge.screen.reference import names_a_person, speaks_of_somebody
from expunge.screen.settling import Marked
from expunge.text.normalise import fold
from expunge.text.segment import sentences
from expunge.types import Fact, Message, Strength, Target


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

    def words(self, place: int) -> list[str]:
        """The folded words of a sentence."""
        return self._folded[place]

    def about(self, starts: Collection[int]) -> list[int]:
        """The sentences in which any of these characters stand, each with those after it that go on about the same."""
        sought = sorted(starts)
        found: list[int] = []
        at, about = 0, False
        for place, piece in enumerate(self._sentences):
            here = False
            while at < len(sought) and sought[at] < piece.end:
                at, here = at + 1, True
            about = here or (about and self._goes_on(place))
            if about:
                found.append(place)
        return found

    def told_elsewhere(self, places: Collection[int]) -> set[str]:
        """Words that stand in any sentence but these."""
        within = Counter(word for place in places for word in self._folded[place])
        return {word for word, count in self._counts.items() if count > within[word]}

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
        if number not in documents:
            documents[number] = Document(messages[number].content)
        document = documents[number]
        places = document.about(at)
        others = document.told_elsewhere(places)
        for place in places:
            words = " ".join(word for word in document.words(place) if word not in others)[:2_000]
            told.setdefault(target.id, (target, []))[1].extend([Fact(words)] if words else [])
    return [replace(target, facts=tuple(facts)) for target, facts in told.values()]
