"""Retrieved text: what system prompts, tools, documents and pasted texts tell of a target and of others."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice

from expunge.screen.context.anaphora import (
    asks_for_attributes,
    drops_its_subject,
    genders,
    introduces_somebody,
    names_a_person,
    names_somebody_else,
    of_a_document,
    own_words,
    owned_within,
    persons_named,
    refers_back,
    refers_within,
    speaks_of_somebody,
)
from expunge.screen.context.called import called
from expunge.screen.context.focus import known_words
from expunge.screen.matches import Marked, Passage
from expunge.text.budget import step
from expunge.text.fold import fold
from expunge.text.frequency import GLUE, zipf
from expunge.text.segment import sentences
from expunge.types import DRAFT_CHANNELS, Fact, Message, Strength, Target

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
        """Return the places of the others that a sentence lists in a row, with a sign before each but the first."""
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


@dataclass(frozen=True, slots=True)
class _Naming:
    """A target that a system prompt, a tool or a document surely names: in which message, and where its names start."""

    message: int
    target: Target
    starts: tuple[int, ...]


def _namings(marked: Sequence[Marked]) -> list[_Naming]:
    starts: dict[tuple[int, str], tuple[Target, set[int]]] = {}
    for target, e in marked:
        if e.channel == "system" and e.strength > Strength.HINT:
            starts.setdefault((e.message, target.id), (target, set()))[1].add(e.start)
    return [_Naming(message, target, tuple(sorted(at))) for (message, _), (target, at) in starts.items()]


def document_facts(marked: Sequence[Marked], messages: Sequence[Message]) -> list[Target]:
    """The targets that the system prompt, a tool or a document tells about, with what it tells as their facts.

    Of each passage only the words count that the message does not say of others, too.
    """
    documents: dict[int, Document] = {}
    facts: dict[str, tuple[Target, list[Fact]]] = {}
    for naming in _namings(marked):
        step()
        if naming.message not in documents:
            documents[naming.message] = Document(messages[naming.message].content)
        document = documents[naming.message]
        places = document.about(naming.starts)
        own, known = document.only_in(places), known_words(naming.target)
        _, told = facts.setdefault(naming.target.id, (naming.target, []))
        for place in places:
            said = document.words_about(place, naming.starts, known)
            if words := " ".join(word for word in said if word in own)[:2_000]:
                told.append(Fact(words))
    return [replace(target, facts=tuple(told)) for target, told in facts.values()]


_LONGEST = 400
"""Characters that a question beside a text has at most."""
_STEM = 5
_STRANGE = 4
"""One telling word of so many may be the answer's own, beside those of the pasted text."""
_MARKED = re.compile(
    r"^[ \t>*#_]*(?:(?:user |my |the )?(?:question|query|q)|frage|pregunta|domanda|pergunta|vraag|fråga|pytanie|вопрос"
    r"|питання|soru|问题|問題|質問|질문|سؤال|प्रश्न)[ \t*_]*[:：]",
    re.IGNORECASE | re.MULTILINE,
)
_MARK_ENDS = re.compile(r"\n[ \t]*\n|\n[^\n:：]{1,20}[:：]")
_PARAGRAPHS = re.compile(r"\n[ \t]*\n\s*|\n(?=</?[A-Za-z][\w-]*>)|(?<=>)\n")
_ADDRESSED_LIST = """
tell answer write give say explain describe list name show please you your yours i me my who whom whose what where
when why how which sag sage schreib nenne wer wo wann was dis donne ecris qui ou quand di dime escribe quien donde
cuando chi dove quando скажи напиши кто где когда
"""
_ADDRESSED = frozenset(fold(_ADDRESSED_LIST).split())
"""Words with which a sentence speaks to whoever answers, when it opens with one."""


def quoted_on_the_side(found: Sequence[Marked], texts: Sequence[Passage], messages: Sequence[Message]) -> list[Marked]:
    """The evidence, that of targets whom a pasted text names on the side counted as a document's.

    So it is where the question beside the text names somebody else, or nobody, and where the answer says only what the
    text says outside the sentences about the target. Of earlier turns it is so where their question names somebody
    else.
    """
    asked = {n for channel, n, _ in texts if channel == "question"}
    said = [text for channel, _, text in texts if channel in DRAFT_CHANNELS]
    by_message: dict[tuple[int, str], list[Marked]] = {}
    for target, e in found:
        if e.channel in ("question", "history") and e.message >= 0 and messages[e.message].role == "user":
            by_message.setdefault((e.message, target.id), []).append((target, e))
    aside: set[tuple[int, str]] = set()
    pages: dict[int, _Page | None] = {}
    for (number, ref), marked in by_message.items():
        if number not in pages:
            pages[number] = _Page.of(messages[number].content)
        page = pages[number]
        spans = [(e.start, e.end) for _, e in marked]
        if page is None or (number in asked and not said):
            continue
        if page.only_quotes(marked[0][0], spans, said if number in asked else None):
            aside.add((number, ref))
    if not aside:
        return list(found)
    return [(t, replace(e, channel="system") if (e.message, t.id) in aside else e) for t, e in found]


class _Page:
    """A message that holds a short question and a longer text."""

    def __init__(self, text: str, start: int, end: int) -> None:
        self._asked = text[start:end]
        self._start, self._end = start, end
        self._document = Document(text[:start] + " " * (end - start) + text[end:])

    @classmethod
    def of(cls, text: str) -> _Page | None:
        span = _asked_in(text)
        return None if span is None else cls(text, *span)

    def only_quotes(self, target: Target, spans: Sequence[tuple[int, int]], said: Sequence[str] | None) -> bool:
        """Whether the text tells of a target on the side; `said` is the answer, None where it is not at hand."""
        if any(start < self._end and end > self._start for start, end in spans):
            return False
        known = known_words(target)
        names_another = names_somebody_else(self._asked, known)
        if not names_another and (said is None or speaks_of_somebody(self._asked)):
            return False
        places = set(self._document.about({start for start, _ in spans}))
        if any(self._addresses(place) for place in places):
            return False
        if said is None:
            return True
        elsewhere = _stems(" ".join(self._elsewhere(places)))
        of_the_target = _stems(" ".join(map(self._document.sentence, places))) - elsewhere
        if not names_another and not of_the_target.isdisjoint(_stems(self._asked)):
            return False  # "Where was the head of design born?"
        told = _stems(" ".join(said))
        strange = told - elsewhere - _stems(self._asked)
        return len(strange) * _STRANGE <= len(told) and (bool(told) or names_another)

    def _addresses(self, place: int) -> bool:
        sentence = self._document.sentence(place)
        first = next(iter(fold(sentence).split()), "")
        return first in _ADDRESSED or sentence.rstrip().endswith(("?", "？", "؟"))

    def _elsewhere(self, places: Collection[int]) -> Iterator[str]:
        yield from (self._document.sentence(p) for p in range(len(self._document)) if p not in places)


def _asked_in(text: str) -> tuple[int, int] | None:
    """Return the span of the question in a message that also holds a longer text."""
    marks = list(_MARKED.finditer(text)) if ":" in text or "：" in text else ()
    if marks:
        start = marks[-1].end()
        stop = _MARK_ENDS.search(text, start)
        end = stop.start() if stop else len(text)
        return (start, end) if _is_short(text, start, end) else None
    if "\n" not in text:
        return None
    breaks = [m.span() for m in _PARAGRAPHS.finditer(text.rstrip())]
    if not breaks:
        return None
    last = (breaks[-1][1], len(text))
    if _is_short(text, *last) and _asks(text[slice(*last)]):
        return last
    first = (0, breaks[0][0])
    return first if _is_short(text, *first) and _asks(text[slice(*first)]) else None


def _is_short(text: str, start: int, end: int) -> bool:
    return bool(text[start:end].strip()) and end - start <= min(_LONGEST, len(text) - (end - start))


def _asks(paragraph: str) -> bool:
    said = paragraph.strip()
    first = next(iter(fold(said).split()), "")
    return said.endswith(("?", "？", "؟", ":")) or first in _ADDRESSED


def _stems(text: str) -> frozenset[str]:
    return frozenset(word[:_STEM] for word in fold(text).split() if word.isdigit() or zipf(word) < GLUE)


_CONTENT_STEM = 5
_ASKS_WHO = re.compile(r"\s*(?:who|wer|qui|qu[ié]n|quién|chi|quem|wie|кто)\b", re.IGNORECASE)
_MOST_NAMES = 200
"""Names in one message that are weighed against the targets'; where there are more, the targets have the benefit."""
_AT_A_PLACE = re.compile(r"\b(?:in|at|near|around|visit|visiting|visited)\s+(?:the\s+)?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Stretch:
    """The messages from one turn of the user to the next: the user's, the model's, and those of tools and documents.

    `user` is the number of the turn, -1 before the first; `others` are the numbers of the messages that followed it.
    """

    messages: Sequence[Message]
    user: int
    others: range

    @property
    def last(self) -> bool:
        """Whether the conversation ends with it."""
        return self.others.stop == len(self.messages)

    @property
    def asked(self) -> str:
        """Return what the user said."""
        return "" if self.user < 0 else self.messages[self.user].content

    @property
    def answer(self) -> str:
        """Return what the model said last."""
        return next(iter(self.said_by("assistant", reversed(self.others))), "")

    def said_by(self, role: str, numbers: Iterable[int] | None = None) -> Iterator[str]:
        """Yield what one role said after the user, in order or in the order of `numbers`."""
        for number in self.others if numbers is None else numbers:
            if self.messages[number].role == role:
                yield self.messages[number].content

    @property
    def names_others(self) -> bool:
        """Whether a tool names a person in it, or the user, unless in the question itself, names or brings in one."""
        if any(map(names_a_person, self.said_by("tool"))):
            return True
        return not self.last and (_names_somebody(self.asked) or introduces_somebody(self.asked))


def _stretches(messages: Sequence[Message]) -> Iterator[_Stretch]:
    """From the last to the first."""
    end = len(messages)
    for user in (i for i in range(len(messages) - 1, -1, -1) if messages[i].role == "user"):
        yield _Stretch(messages, user, range(user + 1, end))
        end = user
    yield _Stretch(messages, -1, range(end))


@dataclass(frozen=True, slots=True)
class _Question:
    """A question with its draft, and how it stands to what was said before it.

    `text` are the user's own words; `with_text` says that the user gave a text with them to work on. `leans` says that
    they mean somebody, or something that a document tells, without saying whom.
    """

    text: str
    draft: str
    with_text: bool
    leans: bool

    @classmethod
    def of(cls, question: str, draft: str) -> _Question:
        text = own_words(question)
        leans = (
            speaks_of_somebody(text)
            or (refers_back(text) and of_a_document(text))
            or ((drops_its_subject(text) or asks_for_attributes(text)) and not names_a_person(text))
        )
        return cls(text, draft, text != question, leans)

    def with_pronoun(self, *, answered: bool) -> str:
        """The text whose pronoun means somebody: the question or, where it leans on nobody and is `answered` by the
        draft right after it, a draft that names nobody; "" where there is none."""
        if self.leans:
            return self.text
        return self.draft if answered and genders(self.draft) and not names_a_person(self.draft) else ""


def antecedents_in_documents(
    marked: Sequence[Marked], messages: Sequence[Message], question: str, draft: str
) -> list[Target]:
    """The targets that a question means by a pronoun since a system prompt, a tool or a document told of them last.

    A tool may be asked after the question: then its answer may say "she" where the question said "record 17". Of
    several people the one is meant who is told of in the words of the question, or of the turns around; whom the user
    named since, or brings in ("my wife"), is meant before all of them.
    """
    namings = _namings(marked)
    if not namings:
        return []
    asked = _Question.of(question, draft)
    by_call = list(called(marked, messages, asked.text))
    for stretch in _stretches(messages):
        if not stretch.last and _names_somebody(stretch.answer):
            return []
        here = [naming for naming in namings if naming.message in stretch.others]
        if here:
            named = {target.id: target for number, target in by_call if number in stretch.others}
            return list(named.values()) or _antecedents(stretch, here, asked)
        if stretch.names_others:
            return []
    return []


def _antecedents(stretch: _Stretch, namings: Sequence[_Naming], asked: _Question) -> list[Target]:
    """The targets of whom a stretch tells and that the question means by a pronoun."""
    if asked.with_text and not asked.leans:
        return []
    pronoun = asked.with_pronoun(answered=stretch.last)
    if not pronoun:
        return []
    people = _People(stretch, namings, asked, pronoun)
    if not (stretch.last and asked.leans) and people.user_named_another():
        return []
    return people.meant()


class _People:
    """The people of whom a stretch tells, and which of them a pronoun means."""

    def __init__(self, stretch: _Stretch, namings: Sequence[_Naming], asked: _Question, pronoun: str) -> None:
        self._stretch, self._asked, self._pronoun = stretch, asked, pronoun
        self._namings: dict[int, list[_Naming]] = {}
        for naming in namings:
            self._namings.setdefault(naming.message, []).append(naming)
        self._context = _content_stems(" ".join([asked.text, stretch.asked, *stretch.said_by("assistant")]))
        self._answered = _content_stems(asked.draft)
        messages = stretch.messages
        texts = [i for i in stretch.others if i in self._namings or messages[i].role == "tool"]
        self._documents = {i: Document(messages[i].content) for i in texts}
        self._known = {naming.target.id: known_words(naming.target) for naming in namings}
        known = set().union(*self._known.values())
        named = dict.fromkeys(name for document in self._documents.values() for name in persons_named(document.text))
        self._others = [name for name in islice(named, _MOST_NAMES) if names_somebody_else(name, known)]

    def user_named_another(self) -> bool:
        """Whether the user's turn itself named one of the others of whom is told."""
        said = set(fold(self._stretch.asked).split())
        return any(said.issuperset(words) for name in self._others if (words := _telling(name)))

    def meant(self) -> list[Target]:
        """The targets that the pronoun means: those of whom is told in the words of question and answer as much as of
        anybody else."""
        meant: dict[str, Target] = {}
        others = [self._weight(sentence, ()) for index in self._documents for sentence in self._of_others(index)]
        most = max(others, default=(-1, -1))
        for naming in (naming for index in self._documents for naming in self._namings.get(index, ())):
            target, passages = naming.target, self._passages(naming)
            if not self._may_be(target, passages):
                continue
            weight = max((self._weight(passage, self._known[target.id]) for passage in passages), default=(0, 0))
            if weight > most or (weight == most and not self._may_be_another()):
                meant[target.id] = target
        return list(meant.values())

    def _may_be_another(self) -> bool:
        """Whether somebody else is named after the last target, or is the answer."""
        last = max(self._namings)
        later = any(index > last and names_a_person(document.text) for index, document in self._documents.items())
        return later or any(map(self._is_answered, self._others))

    def _may_be(self, target: Target, passages: Sequence[str]) -> bool:
        if _ASKS_WHO.match(self._asked.text) and names_somebody_else(self._asked.draft, self._known[target.id]):
            return False  # the answer is somebody else, and so is the pronoun
        known = self._known[target.id].union(*(fold(passage).split() for passage in passages))
        if refers_within(self._pronoun, known) or owned_within(self._pronoun, known):
            return False
        said, told = genders(self._pronoun), genders(" ".join(passages))
        return not said or not told or not said.isdisjoint(told)

    def _passages(self, naming: _Naming) -> list[str]:
        document = self._documents[naming.message]
        return [document.sentence(place) for place in document.about(naming.starts)]

    def _of_others(self, index: int) -> Iterator[str]:
        """Sentences that tell of somebody, and of no target."""
        document = self._documents[index]
        of_targets = {place for naming in self._namings.get(index, ()) for place in document.about(naming.starts)}
        about = False
        for place in range(len(document)):
            sentence = document.sentence(place)
            about = place not in of_targets and (names_a_person(sentence) or (about and speaks_of_somebody(sentence)))
            if about:
                yield sentence

    def _weight(self, passage: str, names: Collection[str]) -> tuple[int, int]:
        """Return how many telling words a passage shares with the question, and with the answer."""
        stems = _content_stems(passage, names)
        return len(stems & self._context), len(stems & self._answered)

    def _is_answered(self, name: str) -> bool:
        words = _telling(name)
        return bool(words) and words[-1] in fold(self._asked.draft).split()


def _names_somebody(text: str) -> bool:
    """Whether a text names a person: two capitalised words, that are no place where somebody is."""
    at = 0
    for name in persons_named(text):
        at = text.index(name, at)
        if _AT_A_PLACE.search(text, max(0, at - 20), at) is None:
            return True
        at += len(name)
    return False


def _telling(name: str) -> list[str]:
    return [word for word in fold(name).split() if zipf(word) < GLUE]


def _content_stems(text: str, but: Collection[str] = ()) -> frozenset[str]:
    return frozenset(word[:_CONTENT_STEM] for word in fold(text).split() if zipf(word) < GLUE and word not in but)
