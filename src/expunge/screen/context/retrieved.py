"""What system prompts, tools, documents and pasted texts tell of a target, and who else they tell of."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
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
    """Where the question stands in a message that holds a longer text, too."""
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
        self._context = _content_stems(" ".join([question, user, *turns]))
        self._answered = _content_stems(draft)
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
        told = _content_stems(passage, names)
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


def _content_stems(text: str, but: Collection[str] = ()) -> frozenset[str]:
    return frozenset(word[:_CONTENT_STEM] for word in fold(text).split() if zipf(word) < GLUE and word not in but)
