"""Puts invented names in the place of targets' names in a conversation, and the typed ones back into an answer."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from expunge.agents.rules.entities import NAME_KINDS
from expunge.screen.names.patterns import FILLERS
from expunge.text.decode.search import uncover
from expunge.text.fold import Token, fold, tokens
from expunge.text.frequency import is_rare
from expunge.text.invented import in_case_of, invented_like, script_of
from expunge.text.segment import Span
from expunge.text.slices import Taken
from expunge.text.transliterate import latin, similarity
from expunge.types import Evidence, EvidenceKind, Message, Target

_ALIKE = 0.7
"""Likeness from which a typed word is a form of a part of the name, and a word of an answer one of a surrogate."""
_SHORTEST_MISSPELT = 5
"""Letters that a word of an answer needs to be taken for a misspelt surrogate."""
_TELLING = 4
"""First letters of a surrogate by which it is recognised whatever follows."""
_UNSPACED = frozenset({"han", "hiragana", "thai"})
_TRIES = 8
_MOST_WORDS = 48
"""Different words of a conversation that are replaced; with more of them, nobody is asked about at all."""
TOLD = ("question", "history", "system")
"""Channels in which names are replaced."""
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class PutBack:
    """An answer with the typed names in it again; `spans` say where."""

    text: str
    spans: tuple[Span, ...]
    garbled: bool = False
    """Whether letters of a word stand before a name that was put back, so that the model did not copy it whole."""


@dataclass(frozen=True, slots=True)
class Surrogates:
    """A conversation about surrogates; `typed` gives for each surrogate what the user typed in its place."""

    messages: tuple[Message, ...]
    typed: Mapping[str, str]
    words: Mapping[str, str] = field(default_factory=dict)
    """The words that were replaced, as they stood, and what they were replaced by."""
    loose: Mapping[str, str] = field(default_factory=dict)
    """The same for parts of the names, folded, that count wherever they begin with a capital."""

    def put_on(self, text: str) -> str:
        """A text with a surrogate wherever a replaced word stands in it, be it a part of a message or around one."""
        if not self.words:
            return text
        places: dict[tuple[int, int], str] = {}
        for token in tokens(text):
            word = text[token.start : token.end]
            surrogate = self.words.get(word)
            if surrogate is None and token.text in self.loose and not word[:1].islower():
                surrogate = in_case_of(word, self.loose[token.text])
            if surrogate is not None and script_of(word) not in _UNSPACED:
                places[token.start, token.end] = surrogate
        text = _with(text, places)
        for word, surrogate in self.words.items():
            if script_of(word) in _UNSPACED or not word.isalnum():
                text = text.replace(word, surrogate)
        return text

    def put_back_in(self, raw: str, named: str) -> Sequence[Span]:
        """Return the spans of the typed names in a text that was read again after they were put back."""
        undone = self.undo(raw)
        if undone.text == named:
            return undone.spans
        # The texts were put together anew; what the model wrote by itself is nobody's typed name.
        own = {token.text for token in tokens(raw)}
        typed = {token.text for word in self.typed.values() for token in tokens(word)} - own
        return [Span(token.start, token.end) for token in tokens(named) if token.text in typed]

    def undo(self, answer: str) -> PutBack:
        """The model's answer with the typed word wherever it wrote a surrogate, inflected, joined up or misspelt."""
        pieces: list[str] = []
        spans: list[Span] = []
        at = length = 0
        garbled = False
        for start, end, word in self.places(answer):
            garbled = garbled or (start > at and _has_case(answer[start - 1]))
            length += start - at
            pieces += [answer[at:start], word]
            spans.append(Span(length, length + len(word)))
            at, length = end, length + len(word)
        return PutBack("".join([*pieces, answer[at:]]), tuple(spans), garbled)

    def places(self, answer: str) -> list[tuple[int, int, str]]:
        """Return the spans of surrogates in an answer, each with the name that was typed in its place."""
        found = []
        for start, end, surrogate in self._surrogates_in(answer):
            typed = self.typed[surrogate]
            found.append(
                (start, end, typed if answer[start:end] == surrogate else in_case_of(answer[start:end], typed))
            )
        return found

    def shows(self, text: str) -> bool:
        """Whether a surrogate can be read in a text: as it is, backwards or encoded."""
        readings = [_squashed(view) for view in (text, *(uncovered.text for uncovered in uncover(text, wide=True)))]
        hidden = [name for surrogate in self.typed if len(name := _squashed(surrogate)) >= _SHORTEST_MISSPELT]
        return any(name in reading or name[::-1] in reading for name in hidden for reading in readings)

    def _surrogates_in(self, answer: str) -> list[tuple[int, int, str]]:
        """Return the spans of surrogates in order, each with the surrogate."""
        surrogates = sorted(self.typed, key=len, reverse=True)
        exact = re.compile("|".join(f"({re.escape(surrogate)})" for surrogate in surrogates), re.IGNORECASE)
        found = [(m.start(), m.end(), surrogates[(m.lastindex or 1) - 1]) for m in exact.finditer(answer)]
        taken = Taken((start, end) for start, end, _ in found)
        for word in _WORD.finditer(answer):
            if len(word[0]) >= _SHORTEST_MISSPELT and not taken.touches(word.start(), word.end()):
                surrogate = self._misspelt(word[0])
                if surrogate is not None:
                    found.append((word.start(), word.end(), surrogate))
        return sorted(found)

    def _misspelt(self, word: str) -> str | None:
        """The surrogate that a word resembles or begins like: small models garble names that they never saw."""
        if not is_rare(fold(word)):
            return None  # "Never" is no slip of "Novmer"
        score, surrogate = max((_likeness(word, name), name) for name in self.typed)
        return surrogate if score >= _ALIKE and word[0].isupper() >= surrogate[0].isupper() else None


def put_surrogates(
    messages: Sequence[Message], evidence: Sequence[Evidence], targets: Mapping[str, Target], attempt: int = 0
) -> Surrogates | None:
    """The conversation with surrogates for the names of `targets` (by id), wherever the evidence sees them.

    A target's surrogate depends on nothing but its id, the word replaced and `attempt`. None if a name cannot be
    replaced where it stands: it is in code, say, or runs into other words.
    """
    seen = [e for e in evidence if e.target_id in targets and e.channel in TOLD]
    named = [e for e in seen if e.kind in NAME_KINDS and e.kind is not EvidenceKind.DECODED]
    # A name in quotes or brackets may look as if it were put together from pieces; it can be replaced as it stands.
    plain = {(e.target_id, e.message, at) for e in named if _is_whole(e, messages, targets) for at in (e.start, e.end)}
    coded = [e for e in seen if e.kind is EvidenceKind.DECODED]
    if not named or not all(
        any((e.target_id, e.message, at) in plain for at in range(e.start, e.end + 1)) for e in coded
    ):
        return None
    cast = _Cast(messages, attempt)
    # What the user typed last is what he sees again; of two sightings of one place the longer one tells more.
    for e in sorted(named, key=lambda e: (-e.message, e.start - e.end)):
        if not cast.replace(e, targets[e.target_id]):
            return None
    made = cast.result()
    return made if len(made.words) + len(made.loose) <= _MOST_WORDS else None


def _is_whole(evidence: Evidence, messages: Sequence[Message], targets: Mapping[str, Target]) -> bool:
    """Whether a sighting is of a whole name, in plain letters."""
    seen = fold(messages[evidence.message].content[evidence.start : evidence.end])
    return any(seen == fold(name) for name in targets[evidence.target_id].names)


class _Cast:
    """The surrogates of one conversation while they are given out."""

    def __init__(self, messages: Sequence[Message], attempt: int) -> None:
        self._messages = messages
        self._attempt = attempt
        self._told = fold(" ".join(message.content for message in messages))
        self._typed: dict[str, str] = {}
        self._surrogates: dict[tuple[str, str], str] = {}
        self._places: dict[int, dict[tuple[int, int], str]] = {}
        self._words: dict[str, str] = {}
        self._taken: dict[int, Taken] = {}

    def replace(self, evidence: Evidence, target: Target) -> bool:
        """Put a surrogate where one sighting is; whether that can be done."""
        text = self._messages[evidence.message].content
        place = _place(text, evidence, target)
        if place is None:
            return False
        inside = tokens(place.of(text))
        words = [t for t in inside if len(t.text) > 1 and t.text not in FILLERS]
        if not words:  # "O. F." or "O r l a": the whole is replaced
            words = [Token(fold(place.of(text)), 0, place.end - place.start)]
        own = sorted({part for name in target.names for part in fold(name).split()})
        for word in words:
            start, end = place.start + word.start, place.start + word.end
            key = max(own, key=lambda part: similarity(latin(word.text), latin(part)))
            if similarity(latin(word.text), latin(key)) < _ALIKE:
                key = word.text
            if not self._put(evidence.message, Span(start, end), target, key):
                return False
        return True

    def _put(self, message: int, place: Span, target: Target, key: str) -> bool:
        taken = self._taken.setdefault(message, Taken())
        if taken.touches(place.start, place.end):
            return True
        word = place.of(self._messages[message].content)
        surrogate = self._surrogates.get((target.id, key)) or self._invent(word, target, key)
        if surrogate is None or script_of(surrogate) != script_of(word):
            return False
        self._surrogates[target.id, key] = surrogate
        self._typed.setdefault(surrogate, word)
        stood = in_case_of(word, surrogate)
        taken.add(place.start, place.end)
        self._places.setdefault(message, {})[place.start, place.end] = stood
        self._words.setdefault(word, stood)
        return True

    def _invent(self, word: str, target: Target, key: str) -> str | None:
        """A word that is no word, that the conversation does not hold, and that nobody else here is called by."""
        for number in range(_TRIES):
            invented = invented_like(word, "\0".join((target.id, key, str(self._attempt), str(number))))
            if invented is None:
                return None
            folded = fold(invented)
            fresh = folded not in self._told and all(folded not in fold(s) for s in self._surrogates.values())
            if fresh and is_rare(folded):
                return invented
        return None

    def result(self) -> Surrogates:
        """The conversation with everything replaced, loose parts of the names in earlier turns too."""
        loose = {key: surrogate for (_, key), surrogate in self._surrogates.items()}
        changed_messages = []
        for index, message in enumerate(self._messages):
            places = dict(self._places.get(index, {}))
            if message.role in ("user", "assistant"):
                taken = Taken(places)
                for token in tokens(message.content) if loose else ():
                    if token.text not in loose:
                        continue
                    word = message.content[token.start : token.end]
                    free = not taken.touches(token.start, token.end)
                    if free and not word[:1].islower() and script_of(word) not in _UNSPACED:
                        places[token.start, token.end] = in_case_of(word, loose[token.text])
            changed_messages.append(replace(message, content=_with(message.content, places)))
        return Surrogates(tuple(changed_messages), self._typed, self._words, loose)


def _with(text: str, places: Mapping[tuple[int, int], str]) -> str:
    pieces: list[str] = []
    at = 0
    for (start, end), word in sorted(places.items()):
        pieces += [text[at:start], word]
        at = end
    return "".join([*pieces, text[at:]])


def _squashed(text: str) -> str:
    return fold(text).replace(" ", "")


def _likeness(word: str, surrogate: str) -> float:
    a, b = latin(fold(word)), latin(fold(surrogate))
    return 1.0 if a[:_TELLING] == b[:_TELLING] and len(b) > _TELLING else similarity(a, b)


def _has_case(char: str) -> bool:
    return char.lower() != char.upper()


def _place(text: str, evidence: Evidence, target: Target) -> Span | None:
    """Return the exact span of the name: in a script without spaces a sighting covers the words around it, too."""
    seen = text[evidence.start : evidence.end]
    if not any(script_of(char) in _UNSPACED for char in seen):
        return Span(evidence.start, evidence.end)
    for name in sorted(target.names, key=len, reverse=True):
        at = seen.find(name)
        if at >= 0:
            return Span(evidence.start + at, evidence.start + at + len(name))
    return None
