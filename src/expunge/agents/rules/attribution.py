"""The verdict on each element of a draft: its sentences, items and headings are read in order.

An element tells of a target if it names one, if the screen saw a fact there, if a pronoun, a dropped subject or an
epithet in it points back at one, if it stands under a target's heading or in a target's item, or if enough of what is
known of a target stands in it. What does not point back is not the target's; only where the question asks about the
target is it the other way round, as long as nobody else is named.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from expunge.agents.case import Case
from expunge.agents.rules.entities import Entities, Mention, entities_of, is_located
from expunge.agents.rules.evidence import counted
from expunge.agents.rules.knowledge import Knowledge, Told, telling_words
from expunge.agents.rules.language import Language, language_of
from expunge.agents.rules.names import CASELESS
from expunge.agents.rules.pointing import People, Person, Pointed, anonymous, lacks_subject, pronoun, pronouns
from expunge.agents.rules.reader import decide
from expunge.agents.rules.reading import WHOLE, Element, Reading, Signs, Verdict, score
from expunge.agents.rules.sections import BOLD, Layout, Unit, lay_out
from expunge.screen.matches import SCATTERED
from expunge.text.budget import step
from expunge.text.segment import Span, words
from expunge.types import Evidence, EvidenceKind, Strength

_NOUN = 6
"""Letters by which a noun is known again."""
_BESIDE = 40
"""Characters that may stand between a name and what its bearer is said to be."""
_LED = 30
"""Characters at the start of an element in which the person that it is about is named."""
_DEFINITE = {
    "en": frozenset(["the", "our", "its", "their", "his", "her", "this", "that", "same", "other", "former"]),
    "de": frozenset(["der", "die", "das", "dem", "den", "des", "sein", "seine", "ihr", "ihre", "unser", "unsere"]),
    "fr": frozenset(["le", "la", "les", "du", "au", "des", "son", "sa", "leur", "notre", "cet", "cette", "ce"]),
    "es": frozenset(["el", "la", "los", "las", "del", "al", "su", "nuestro", "nuestra"]),
    "it": frozenset(
        [
            "il",
            "lo",
            "la",
            "i",
            "gli",
            "le",
            "del",
            "dello",
            "della",
            "al",
            "allo",
            "alla",
            "dal",
            "dalla",
            "suo",
            "sua",
        ]
    ),
    "pt": frozenset(["o", "a", "os", "as", "do", "da", "ao", "à", "seu", "sua", "nosso", "nossa"]),
    "ru": frozenset(),
    "nl": frozenset(["de", "het"]),
}


@dataclass(frozen=True, slots=True)
class _Draft:
    """All that a draft is read with. `facts` and `hints` are places where the screen saw facts, surely or perhaps."""

    text: str
    language: Language
    entities: Entities
    layout: Layout
    knowledge: Knowledge
    facts: Sequence[Span]
    hints: Sequence[tuple[Span, float]]
    question: str


def read_draft(
    case: Case, target_ids: Sequence[str], language: Language | None = None, evidence: Sequence[Evidence] | None = None
) -> Reading:
    """Read the draft of `case` with `target_ids` for targets.

    `evidence` is what counts of the screen's, all of it by default; `language` where it is known. With the meanings of
    the draft's elements the verdict is learnt (`reader`), and what the rules say is one of its signals.
    """
    language = language or language_of(case.draft.text, case.question)
    seen = counted(case, language) if evidence is None else evidence
    draft = _draft_of(case, target_ids, language, seen)
    elements = _Reader(draft).read([_Beside()] * len(draft.layout.units))
    # What stands between two elements of a target is nearer to being one: seen only when all were read.
    elements = _Reader(draft).read([_beside(elements, at) for at in range(len(elements))])
    reading = Reading(draft.text, language, draft.entities, draft.layout, elements, draft.knowledge)
    if case.meanings is not None:
        decide(reading, case.meanings, target_ids)
    return reading


def _draft_of(case: Case, target_ids: Sequence[str], language: Language, evidence: Sequence[Evidence]) -> _Draft:
    text = case.draft.text
    targets = [t for t in case.shortlist if t.id in target_ids]
    entities = entities_of(case, targets, language, evidence)
    layout = lay_out(text)
    common = Counter(
        key for unit in layout.units for key in {w.key for w in telling_words(unit.span.of(text), language)}
    )
    asked = {w.key for w in telling_words(case.question, language)}
    knowledge = Knowledge(targets, language, asked, common)
    facts = [
        Span(e.start, e.end)
        for e in evidence
        if is_located(e, text)
        if e.channel == "draft" and e.kind in (EvidenceKind.FACT, EvidenceKind.TOPIC) and e.target_id in target_ids
        if e.strength > Strength.HINT
    ]
    hints = [
        (Span(e.start, e.end), e.score)
        for e in case.evidence
        if e.channel == "draft" and e.kind is EvidenceKind.FACT and e.target_id in target_ids and is_located(e, text)
        if e.via != SCATTERED  # a reason to read the draft, and no sign of any of its sentences
    ]
    told = [part for fact in facts for part in _telling(fact, text, entities, layout, knowledge)]
    return _Draft(text, language, entities, layout, knowledge, told, hints, case.question)


def _telling(fact: Span, text: str, entities: Entities, layout: Layout, knowledge: Knowledge) -> list[Span]:
    """The parts of a stretch with a fact, seen by the screen, that tell it: of several elements, one of which names the
    target, not in those that tell nothing that is known."""
    inside = [unit for unit in layout.units if unit.body < fact.end and unit.span.end > fact.start]
    if len(inside) < 2 or not any(entities.names_target(unit.span.start, unit.span.end) for unit in inside):
        return [fact]
    spans = [unit.span for unit in inside]
    return [s for s in spans if entities.names_target(s.start, s.end) or knowledge.told(s.of(text)).count]


@dataclass(frozen=True, slots=True)
class _Beside:
    """Whether the element before one and the element after it, in the same paragraph, tell of a target."""

    before: bool = False
    after: bool = False


def _beside(elements: Sequence[Element], at: int) -> _Beside:
    def tells(beside: int) -> bool:
        if not 0 <= beside < len(elements):
            return False
        return elements[beside].touched and elements[beside].unit.paragraph == elements[at].unit.paragraph

    return _Beside(tells(at - 1), tells(at + 1))


class _Scopes:
    """The reach of a target's heading, label and list item. It is told of each unit as it is read."""

    def __init__(self, draft: _Draft) -> None:
        self._draft = draft
        self._heading = 0
        self._named = False
        """Whether the heading names a target."""
        self._item = -1
        self._labelled = False

    def leave(self, unit: Unit, previous: Element | None) -> None:
        """Leave the scopes that end before a unit; `previous` is the sentence or heading that was read before it."""
        if unit.line_start:
            label = unit.label
            self._labelled = label is not None and self._draft.entities.names_target(label.start, label.end)
        if (unit.opens_item and unit.indent <= self._item) or not unit.in_item:
            self._item = -1
        if unit.level:
            ended = unit.level <= self._heading
        else:
            ended = self._heading >= BOLD and self._is_apart(unit) and previous is not None and not previous.unit.level
        if ended:
            self._heading = 0

    def enter(self, element: Element) -> None:
        """Enter the scopes that a unit opens if it tells of a target and of nobody else."""
        unit = element.unit
        if not element.touched or element.others:
            return
        if unit.level and not self._heading:
            self._heading, self._named = unit.level, element.signs.named
        if unit.opens_item and self._item < 0 and element.signs.named:
            self._item = unit.indent

    def has_above(self, unit: Unit) -> bool:
        """Whether a unit stands under a heading that tells of a target."""
        return bool(self._heading) and not unit.level

    def hold(self, unit: Unit, *, under: bool) -> bool:
        """Whether a unit is a target's by where it stands; `under` says that its heading counts."""
        return not unit.level and (self._item >= 0 or self._labelled or (under and self._named))

    def _is_apart(self, unit: Unit) -> bool:
        """Whether a unit opens a line of running text after a blank line."""
        before = self._draft.text[max(0, unit.span.start - 4) : unit.span.start]
        return unit.line_start and not unit.in_item and before.count("\n") > 1


class _Nouns:
    """The nouns that only a target's elements spoke of, by which one is known again: "The novel won a prize." """

    def __init__(self, draft: _Draft) -> None:
        self._language = draft.language
        self._names = {token[:_NOUN] for e in draft.entities.all if e.target for token in e.tokens}
        self._theirs: set[str] = set()
        self._others = self._nouns(draft.question)

    def learn(self, text: str, *, touched: bool) -> None:
        """Learn the nouns of an element, a target's or another's."""
        if touched:
            self._theirs |= self._nouns(text) - self._names
        else:
            self._others |= self._nouns(text)

    def opens(self, sentence: str) -> bool:
        """Whether a sentence opens with one of them, after a word that says that it is known."""
        first = [w.of(sentence).casefold() for w in words(sentence)[:1]]
        if _DEFINITE.get(self._language.code, frozenset()).isdisjoint(first):
            return False
        noun = next(iter(telling_words(sentence[:60], self._language)), None)
        return noun is not None and noun.key[:_NOUN] in self._theirs and noun.key[:_NOUN] not in self._others

    def _nouns(self, text: str) -> set[str]:
        return {w.key[:_NOUN] for w in telling_words(text, self._language)}


@dataclass(frozen=True, slots=True)
class _Names:
    """The names in an element: all of them, those of targets, and those of other people, in order."""

    all: Sequence[Mention]
    ours: Sequence[Mention]
    others: Sequence[Mention]


class _Reader:
    """Reads the units of a draft once, one after the other."""

    def __init__(self, draft: _Draft) -> None:
        self._draft = draft
        self._caseless = CASELESS.search(draft.text) is not None
        self._people = People(draft.entities, caseless=self._caseless)
        self._scopes = _Scopes(draft)
        self._nouns = _Nouns(draft)
        self._met: set[int] = set()
        self._linked: set[int] = set()
        """Works and the like that a target's elements were the first to name."""
        self._previous: Element | None = None

    def read(self, beside: Sequence[_Beside]) -> list[Element]:
        elements: list[Element] = []
        for unit, around in zip(self._draft.layout.units, beside, strict=True):
            step()
            if unit.kind in WHOLE:
                named = self._draft.entities.names_target(unit.body, unit.span.end)
                elements.append(Element(unit, Verdict.DIRECT if named else Verdict.NONE))
                continue
            self._previous = self._element(unit, around)
            elements.append(self._previous)
        return elements

    def _element(self, unit: Unit, beside: _Beside) -> Element:
        names = self._names(unit)
        self._scopes.leave(unit, self._previous)
        pointed = list(self._pointed(unit, names))
        signs = self._signs(unit, beside, names, pointed)
        verdict = self._verdict(unit, signs, names, elsewhere=any(p.elsewhere for p in pointed))
        shared = bool(names.ours) and (bool(names.others) or self._has_pronoun(unit))
        element = Element(unit, verdict, signs, others=bool(names.others), shared=shared)
        self._remember(element, names)
        self._scopes.enter(element)
        return element

    def _names(self, unit: Unit) -> _Names:
        entities, start, end = self._draft.entities, unit.span.start, unit.span.end
        mentions = entities.within(start, end)
        return _Names(mentions, [m for m in mentions if entities.is_target(m.who)], entities.others(start, end))

    # Signs.

    def _signs(self, unit: Unit, beside: _Beside, names: _Names, pointed: Sequence[Pointed]) -> Signs:
        draft, end = self._draft, unit.span.end
        told = draft.knowledge.told(unit.span.of(draft.text))
        epithet = self._epithet(unit, told, names.others)
        other = bool(names.others) and not names.ours
        led = other and names.others[0].start - unit.body < _LED
        if other and told.roles and told.count == 1 and not epithet:
            told = Told()  # what somebody else is as well
        return Signs(
            named=bool(names.ours),
            screen=any(s.start < end and s.end > unit.body for s in draft.facts),
            points=any(p.target for p in pointed),
            continues=not names.others and self._continues(unit),
            recalls=not names.others and self._recalls(unit),
            epithet=epithet,
            other=other,
            led=led,
            asked=led and draft.entities.all[names.others[0].who].focus,
            # Of several pronouns without anybody near, the last tells.
            orphan=next((p.orphan for p in reversed(pointed) if p.orphan is not None), False),
            hint=max((score for s, score in draft.hints if s.start < end and s.end > unit.body), default=0.0),
            told=told,
            before=beside.before,
            after=beside.after,
            under=self._scopes.has_above(unit) and not other,
        )

    def _epithet(self, unit: Unit, told: Told, people: Sequence[Mention]) -> bool:
        """Whether a definite phrase says what a target is: "the engineer", "the other founder", "l'ingénieur"."""
        for word in told.roles:
            start = word.start + unit.span.start
            lead = self._draft.text[max(unit.span.start, start - 40) : start].casefold()
            before = [w.of(lead) for w in words(lead)][-3:]
            elided = re.search(r"(?:^|\s)l[’']$", lead[-3:]) is not None
            definite = elided or any(
                w in _DEFINITE.get(self._draft.language.code, self._draft.language.articles) for w in before
            )
            if not definite:
                continue
            end = start + len(word.key)
            if not any(self._bears(m, start, end) for m in people):
                return True
        return False

    def _bears(self, mention: Mention, start: int, end: int) -> bool:
        """Whether a name stands beside a word that says what somebody is: "the baker Karl", "Karl, the baker"."""
        between = (
            self._draft.text[end : mention.start] if mention.start >= end else self._draft.text[mention.end : start]
        )
        said = {w.of(between).casefold() for w in words(between)}
        return len(between) <= _BESIDE and (
            said <= self._draft.language.articles or not said.isdisjoint(self._draft.language.verbs)
        )

    def _pointed(self, unit: Unit, names: _Names) -> Iterator[Pointed]:
        """Yield where each pronoun of the element points, in order."""
        draft, previous = self._draft, self._previous
        piece = draft.text[unit.body : unit.span.end]
        people = [m for m in names.all if draft.entities.all[m.who].person]
        shared = previous is not None and previous.shared
        here: list[Person] = []
        for number, span in enumerate(pronouns(piece, draft.language)):
            while len(here) < len(people) and people[len(here)].start < unit.body + span.start:
                here.append(self._people.all[people[len(here)].who])
            match pronoun(span.of(piece), number, draft.language):
                case "many":
                    yield Pointed(shared and not here)
                case "theirs":
                    yield Pointed(shared and not names.others)
                case "thing" if number == 0 and previous is not None and previous.touched and not here:
                    yield Pointed(not (unit.opens_item or unit.level))
                case "male" | "female" | "either" as kind:
                    yield self._people.pointed(None if kind == "either" else kind, here, unit.paragraph)

    def _continues(self, unit: Unit) -> bool:
        """Whether an element without a subject of its own goes on with the target of the one before it."""
        text, previous, first = self._draft.text, self._previous, self._people.first
        if previous is None or not previous.touched or previous.signs.other or unit.level or unit.opens_item:
            return False
        if unit.line_start and not unit.in_item and text[: unit.span.start].endswith("\n\n"):
            return False
        if first is None or not first.target:
            return False
        return lacks_subject(text[unit.body : unit.span.end], self._draft.language, female=first.gender == "female")

    def _recalls(self, unit: Unit) -> bool:
        """Whether an element opens with a thing that only a target's elements spoke of."""
        if unit.level or unit.opens_item or self._previous is None or not self._previous.touched:
            return False
        return self._nouns.opens(self._draft.text[unit.body : unit.span.end])

    # Verdict and memory.

    def _verdict(self, unit: Unit, signs: Signs, names: _Names, *, elsewhere: bool) -> Verdict:
        if signs.named:
            return Verdict.DIRECT
        alone = not (names.others or unit.level or unit.opens_item or elsewhere or self._caseless)
        points = score(signs)
        if (
            (signs.points or signs.screen or signs.continues or signs.recalls)
            or self._scopes.hold(unit, under=signs.under)
            or (signs.before and signs.after and alone)
            or points >= 1.0
            or self._opens_with_linked(unit, names)
            or self._is_about_whom_was_asked(unit, names)
        ):
            return Verdict.INDIRECT
        return Verdict.DOUBTFUL if points >= 0.3 else Verdict.NONE

    def _opens_with_linked(self, unit: Unit, names: _Names) -> bool:
        """Whether an element opens with the name of a work of the target's, say."""
        first = next((m for m in names.all if m.start - unit.body <= 4), None)
        return first is not None and first.who in self._linked

    def _is_about_whom_was_asked(self, unit: Unit, names: _Names) -> bool:
        """Whether a draft that was asked about a target speaks of it: so it does where nobody else is the subject."""
        asked = self._draft.entities.target_asked
        return asked and not (names.others or unit.level or self._people.led_by_another)

    def _has_pronoun(self, unit: Unit) -> bool:
        piece = self._draft.text[unit.body : unit.span.end]
        known = self._draft.language.he | self._draft.language.she
        return any(w.of(piece).casefold() in known for w in words(piece))

    def _remember(self, element: Element, names: _Names) -> None:
        self._people.remember(self._told_of(element, names), element.unit.paragraph)
        self._nouns.learn(element.unit.span.of(self._draft.text), touched=element.touched)
        met = {m.who for m in names.all if not self._draft.entities.is_target(m.who)} - self._met
        if element.touched:
            self._linked |= {who for who in met if not self._is_surely_a_person(who)}
        self._met |= met

    def _told_of(self, element: Element, names: _Names) -> list[Person]:
        """Return the people that an element names, or else the target that it tells of, or somebody without a name."""
        named = [self._people.all[m.who] for m in names.all if self._draft.entities.all[m.who].person]
        if named:
            return named
        if not element.touched:
            unit = element.unit
            somebody = anonymous(self._draft.text[unit.body : unit.span.end], self._draft.language)
            return [] if somebody is None else [somebody]
        if element.signs.points and self._people.led_by_another:
            return []
        return [p for p in self._people.all if p.target][:1]

    def _is_surely_a_person(self, who: int) -> bool:
        entity = self._draft.entities.all[who]
        return entity.surely_a_person or self._draft.knowledge.names_somebody(entity.tokens)
