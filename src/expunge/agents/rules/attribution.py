"""Which elements of a draft tell of a target? Goes through its sentences, items and headings in order.

An element tells of a target if it names one, if the screen saw a fact there, if a pronoun, a dropped subject or an
epithet in it points back at one, if it stands under a target's heading or in a target's item, or if enough of what is
known of a target stands in it. What does not point back is not the target's; only where the question asks about the
target is it the other way round, as long as nobody else is named.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from expunge.agents.case import Case
from expunge.agents.rules.entities import CASELESS, Entities, Mention, entities_of, is_located
from expunge.agents.rules.evidence import counted
from expunge.agents.rules.gender import Gender
from expunge.agents.rules.knowledge import Knowledge, Told, telling_words
from expunge.agents.rules.language import Language, language_of
from expunge.agents.rules.reader import decide
from expunge.agents.rules.reading import WHOLE, Element, Reading, Signs, Verdict, score
from expunge.agents.rules.sections import Layout, Unit, lay_out
from expunge.screen.matches import SCATTERED
from expunge.text.budget import step
from expunge.text.segment import Span, words
from expunge.types import Evidence, EvidenceKind, Strength

_REMEMBERED = 8
_NOUN = 6
"""Letters by which a noun is known again."""
_OPENS = 6
"""Words at the start of a sentence in which its subject is looked for."""
_BESIDE = 40
"""Characters that may stand between a name and what its bearer is said to be."""
_PRO_DROP = frozenset({"es", "it", "pt"})
_TOPIC_DROP = frozenset({"tr", "ja", "ko", "hi", "zh", "ar"})
_VERB_ENDINGS = {
    "es": re.compile(r"(?:ó|aba|ía|aban|ían|aron|ieron|é)$"),
    "it": re.compile(r"(?:ò|ì|ava|eva|iva|arono|irono|ette)$"),
    "pt": re.compile(r"(?:ou|eu|iu|ava|ia|aram|eram|iram)$"),
    "ru": re.compile(r"(?:л|ла|ли|лся|лась)$"),
}
_PRESENT = {"es": ("a", "e"), "it": ("a", "e"), "pt": ("a", "e")}
_HONORIFIC = re.compile(r"(?<!\S)जी(?!\S)|श्री|さん|氏|先生|\b(?:[Bb]ey|[Hh]anım)\b|السيدة?")
_OBJECTS = frozenset({"en", "de", "nl", "sv", "pl", "ru"})
"""Languages whose object pronouns are no articles."""
_JA_TOPIC = re.compile(r"^[^、。「」]{1,16}?[はがも]")
_ZH_DROPPED = re.compile(r"^(?:于|曾|后来?|并|还|也|在|毕业|出生|生于|获|擅长|\d)")
_UNSPACED_PRONOUN = re.compile("彼女|彼ら|彼|他们|她们|他|她")


@dataclass(slots=True, eq=False)
class Person:
    """Somebody whom a pronoun may mean."""

    target: bool
    gender: Gender | None = None
    focus: bool = False


def read_draft(
    case: Case, target_ids: Sequence[str], language: Language | None = None, evidence: Sequence[Evidence] | None = None
) -> Reading:
    """Read the draft of `case` with `target_ids` for targets.

    `evidence` is what counts of the screen's, all of it by default; `language` where it is known. With the meanings of
    the draft's elements the verdict is learnt (`reader`), and what the rules say is one of its signals.
    """
    text = case.draft.text
    language = language or language_of(text, case.question)
    targets = [t for t in case.shortlist if t.id in target_ids]
    seen = counted(case, language) if evidence is None else evidence
    entities = entities_of(case, targets, language, seen)
    layout = lay_out(text)
    common = Counter(
        key for unit in layout.units for key in {w.key for w in telling_words(unit.span.of(text), language)}
    )
    asked = {w.key for w in telling_words(case.question, language)}
    knowledge = Knowledge(targets, language, asked, common)
    facts = [
        Span(e.start, e.end)
        for e in seen
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
    facts = [part for fact in facts for part in _telling(fact, text, entities, layout, knowledge)]
    reader = _Reader(text, language, entities, layout, knowledge, facts, hints, case.question)
    elements = reader.read([Signs() for _ in layout.units])
    # What stands between two elements of a target is nearer to being one: seen only when all were read.
    around = [_around(elements, i) for i in range(len(elements))]
    reading = Reading(text, language, entities, layout, reader.read(around), knowledge)
    if case.meanings is not None:
        decide(reading, case.meanings, target_ids)
    return reading


def _telling(fact: Span, text: str, entities: Entities, layout: Layout, knowledge: Knowledge) -> list[Span]:
    """Where in a stretch that the screen saw a fact in the fact is told: of several elements, one of which names the
    target, not in those that tell nothing that is known."""
    inside = [unit for unit in layout.units if unit.body < fact.end and unit.span.end > fact.start]
    if len(inside) < 2 or not any(entities.names_target(unit.span.start, unit.span.end) for unit in inside):
        return [fact]
    spans = [unit.span for unit in inside]
    return [s for s in spans if entities.names_target(s.start, s.end) or knowledge.told(s.of(text)).count]


def _around(elements: Sequence[Element], at: int) -> Signs:
    beside = [e for e in elements[max(0, at - 1) : at + 2] if e is not elements[at]]
    close = [e for e in beside if e.unit.paragraph == elements[at].unit.paragraph]
    return Signs(
        before=at > 0 and elements[at - 1].touched and elements[at - 1] in close,
        after=at + 1 < len(elements) and elements[at + 1].touched and elements[at + 1] in close,
    )


class _Reader:
    """Reads the units of a draft one after the other."""

    def __init__(
        self,
        text: str,
        language: Language,
        entities: Entities,
        layout: Layout,
        knowledge: Knowledge,
        facts: Sequence[Span],
        hints: Sequence[tuple[Span, float]],
        asked: str,
    ) -> None:
        self.text, self.language, self.entities = text, language, entities
        self.layout, self.knowledge, self.facts, self.hints = layout, knowledge, facts, hints
        self.asked = asked

    def read(self, around: Sequence[Signs]) -> list[Element]:
        self.persons = [Person(e.target, e.gender, e.focus) for e in self.entities.all]
        self.people: list[Person] = [p for p in self.persons if p.focus and not p.target]
        if self.entities.target_asked:
            self.people = [p for p in self.persons if p.target] + self.people
        self.number = 0
        self.caseless = CASELESS.search(self.text) is not None
        self.linked: set[int] = set()
        self.met: set[int] = set()
        self.theirs: set[str] = set()
        self.names = {t[:_NOUN] for e in self.entities.all if e.target for t in e.tokens}
        self.others: set[str] = {w.key[:_NOUN] for w in telling_words(self.asked, self.language)}
        self.previous: Element | None = None
        self.heading = 0
        self.headed = False
        self.item = -1
        self.labelled = False
        self.since: dict[int, int] = {}
        self.seen: dict[int, int] = {}
        elements: list[Element] = []
        for unit, beside in zip(self.layout.units, around, strict=True):
            step()
            element = self._element(unit, beside)
            elements.append(element)
            if unit.kind not in WHOLE:
                self.previous = element
        return elements

    def _element(self, unit: Unit, beside: Signs) -> Element:
        element = Element(unit)
        start, end = unit.body, unit.span.end
        if unit.kind in WHOLE:
            element.verdict = Verdict.DIRECT if self.entities.names_target(start, end) else Verdict.NONE
            return element
        mentions = self.entities.within(unit.span.start, end)
        ours = [m for m in mentions if self.entities.is_target(m.who)]
        people = self.entities.others(unit.span.start, end)
        element.others = bool(people)
        self._leave_scopes(unit)
        piece = self.text[unit.span.start : end]
        signs = element.signs = replace(beside)
        signs.named = bool(ours)
        signs.told = self.knowledge.told(piece)
        signs.screen = any(s.start < end and s.end > start for s in self.facts)
        signs.other = bool(people) and not ours
        signs.epithet = self._epithet(piece, unit, signs.told, people)
        if signs.other and signs.told.roles and signs.told.count == 1 and not signs.epithet:
            signs.told = Told()  # what somebody else is as well
        signs.under = self._under(unit) and not signs.other
        self.orphan = self.elsewhere = False
        signs.points = self._points(unit, mentions)
        signs.orphan = self.orphan
        signs.led = bool(people) and not ours and people[0].start - start < 30
        signs.asked = signs.led and self.entities.all[people[0].who].focus
        signs.hint = max((s for a, s in self.hints if a.start < end and a.end > start), default=0.0)
        signs.continues = self._continues(unit, people)
        signs.recalls = not people and not unit.opens_item and self._recalls(unit)
        self._decide(element, ours, people, mentions)
        self._remember(element, mentions)
        self._enter_scopes(element, ours, people)
        return element

    # Scopes: headings, labels, list items.

    def _leave_scopes(self, unit: Unit) -> None:
        if unit.line_start:
            self.labelled = unit.label is not None and self.entities.names_target(unit.label.start, unit.label.end)
        if unit.level and self.heading and unit.level <= self.heading:
            self.heading = 0
        if (unit.opens_item and unit.indent <= self.item) or not unit.in_item:
            self.item = -1
        if unit.line_start and not unit.in_item and self.heading >= 7 and not unit.level:
            before = self.text[max(0, unit.span.start - 4) : unit.span.start]
            if before.count("\n") > 1 and self.previous is not None and not self.previous.unit.level:
                self.heading = 0

    def _under(self, unit: Unit) -> bool:
        return bool(self.heading) and not unit.level

    def _enter_scopes(self, element: Element, ours: Sequence[Mention], people: Sequence[Mention]) -> None:
        unit = element.unit
        if not element.touched or people:
            return
        if unit.level and not self.heading:
            self.heading, self.headed = unit.level, bool(ours)
        if unit.opens_item and self.item < 0 and ours:
            self.item = unit.indent

    # Signs.

    def _epithet(self, piece: str, unit: Unit, told: Told, people: Sequence[Mention]) -> bool:
        """Whether a definite phrase says what a target is: "the engineer", "the other founder", "l'ingénieur"."""
        for word in told.roles:
            start = word.start + unit.span.start
            lead = self.text[max(unit.span.start, start - 40) : start].casefold()
            before = [w.of(lead) for w in words(lead)][-3:]
            elided = re.search(r"(?:^|\s)l[’']$", lead[-3:]) is not None
            definite = elided or any(w in _DEFINITE.get(self.language.code, self.language.articles) for w in before)
            if not definite:
                continue
            end = start + len(word.key)
            if not any(self._bears(m, start, end) for m in people):
                return True
        return False

    def _bears(self, mention: Mention, start: int, end: int) -> bool:
        """Whether a name stands beside a word that says what somebody is: "the baker Karl", "Karl, the baker"."""
        between = self.text[end : mention.start] if mention.start >= end else self.text[mention.end : start]
        said = {w.of(between).casefold() for w in words(between)}
        return len(between) <= _BESIDE and (said <= self.language.articles or not said.isdisjoint(self.language.verbs))

    def _points(self, unit: Unit, mentions: Sequence[Mention]) -> bool:
        """Whether a pronoun of the element means a target."""
        start, piece = unit.body, self.text[unit.body : unit.span.end]
        unspaced = self.language.code in ("zh", "ja")
        found = [Span(m.start(), m.end()) for m in _UNSPACED_PRONOUN.finditer(piece)] if unspaced else words(piece)
        people = [m for m in mentions if self.entities.all[m.who].person]
        others = any(not self.entities.is_target(m.who) for m in people)
        previous = self.previous
        pointed = False
        here: list[Person] = []
        for number, span in enumerate(found):
            while len(here) < len(people) and people[len(here)].start < start + span.start:
                here.append(self.persons[people[len(here)].who])
            match self._pronoun(span.of(piece), number):
                case "many":
                    pointed |= previous is not None and previous.shared and not here
                case "theirs":
                    pointed |= previous is not None and previous.shared and not others
                case "thing" if number == 0 and previous is not None and previous.touched and not here:
                    pointed |= not (unit.opens_item or unit.level)
                case "male" | "female" | "either" as kind:
                    pointed |= self._means_target(unit, here, None if kind == "either" else kind)
        return pointed

    def _pronoun(self, raw: str, number: int) -> Literal["male", "female", "either", "many", "theirs", "thing", ""]:
        """Whom a word may mean, if it is a pronoun; `number` is its place in the sentence."""
        lang, word = self.language, re.sub(r"[’'](?:s|d|ll|ve|re)$", "", raw.casefold())
        # In other languages these forms are articles, too.
        if word in lang.he | lang.his or (word in lang.him and lang.code in _OBJECTS):
            return "male"
        if word in lang.she | lang.her or (word in lang.hers and lang.code in _OBJECTS):
            return "female"
        if lang.code in ("de", "nl") and word in lang.they and number < 2:
            return "female"
        if word in lang.their:
            female = lang.code == "de" and word.startswith("ihr")
            return "theirs" if lang.code == "en" else "female" if female else "either"
        if word in lang.they or (word in lang.them and lang.code == "en"):
            return "many"
        return "thing" if word in lang.it else ""

    def _means_target(self, unit: Unit, here: Sequence[Person], gender: Gender | None) -> bool:
        meant = self._meant(here, gender)
        old = meant is None or self.since.get(id(meant), -9) < unit.paragraph - 1
        if gender is not None and old and not here and not self.caseless:
            self.orphan = any(p.target and p.gender in (None, gender) for p in self.persons)
        if meant is None:
            fitting = [p for p, e in zip(self.persons, self.entities.all, strict=True) if e.person]
            fitting = [p for p in fitting if p.gender == gender or (p.gender is None and not p.target)]
            return gender is not None and bool(fitting) and all(p.target for p in fitting)
        meant.gender = meant.gender or gender
        self.elsewhere |= not meant.target
        return meant.target

    def _meant(self, here: Sequence[Person], gender: Gender | None) -> Person | None:
        """The nearest person whom a pronoun fits; of those of one sentence, whom it surely fits before who may be."""
        order = [(p, self.number) for p in (*here[:1], *reversed(here[1:]))]
        order += [(p, self.seen.get(id(p), -1)) for p in self.people]
        fitting = [(p, at) for p, at in order if gender is None or p.gender in (gender, None)]
        if not fitting:
            return None
        near = [p for p, at in fitting if at == fitting[0][1]]
        return next((p for p in near if p.gender == gender), near[0])

    def _continues(self, unit: Unit, people: Sequence[Mention]) -> bool:
        """Whether an element without a subject of its own goes on with the target of the one before it."""
        previous = self.previous
        if previous is None or not previous.touched or previous.signs.other or people or unit.level:
            return False
        if unit.line_start and not unit.in_item and self.text[: unit.span.start].endswith("\n\n"):
            return False
        if unit.opens_item:
            return False
        if not (self.people and self.people[0].target):
            return False
        piece = self.text[unit.body : unit.span.end]
        if piece[:1] in '"“„«「『':
            return True  # what is said is said by whom the sentence before was about
        piece = piece.lstrip("'¿¡*_ ")
        found = [w.of(piece).casefold() for w in words(piece)[:_OPENS]]
        if not found:
            return False
        code, lang = self.language.code, self.language
        if _HONORIFIC.search(piece):
            return False
        if code == "ja":
            topic = _JA_TOPIC.match(piece)
            return topic is None or bool(re.match("[これその今彼\\d]", piece))
        if code == "zh":
            return _ZH_DROPPED.match(piece) is not None
        if code == "ar":
            female = self.people[0].gender == "female"
            return (
                found[0].endswith("ت")
                if female
                else found[0] in lang.verbs or found[0].startswith(("كان", "وكان", "ي"))
            )
        if code in _TOPIC_DROP:
            return found[0] not in lang.articles
        if code == "ru":
            return _VERB_ENDINGS["ru"].search(found[0]) is not None and len(found[0]) > 3
        if code in _PRO_DROP:
            first = next(
                (w for w in found if w not in ("no", "non", "não", "se", "si", "también", "anche")),
                "",
            )
            if first in lang.verbs or _VERB_ENDINGS[code].search(first):
                return True
            # A bare noun seldom opens a sentence in these languages, and what ends like a verb is one then.
            return len(first) > 3 and first not in lang.function and first.endswith(_PRESENT[code])
        return False

    def _recalls(self, unit: Unit) -> bool:
        """Whether an element opens with a thing that only a target's elements spoke of: "The novel won a prize." """
        if unit.level or self.previous is None or not self.previous.touched:
            return False
        piece = self.text[unit.body : unit.span.end]
        found = [w.of(piece).casefold() for w in words(piece)[:_OPENS]]
        if not found or found[0] not in _DEFINITE.get(self.language.code, frozenset()):
            return False
        noun = next((w for w in telling_words(piece[:60], self.language)), None)
        return noun is not None and noun.key[:_NOUN] in self.theirs - self.others

    # Verdict and memory.

    def _decide(
        self, element: Element, ours: Sequence[Mention], people: Sequence[Mention], mentions: Sequence[Mention]
    ) -> None:
        signs, unit = element.signs, element.unit
        if ours:
            element.verdict = Verdict.DIRECT
            element.shared = bool(people) or self._pronoun_in(unit)
            return
        if signs.points or signs.screen or signs.continues or signs.recalls:
            element.verdict = Verdict.INDIRECT
            return
        if (self.item >= 0 or self.labelled or (signs.under and self.headed)) and not unit.level:
            element.verdict = Verdict.INDIRECT
            return
        alone = not (people or unit.level or unit.opens_item or self.elsewhere or self.caseless)
        if signs.before and signs.after and alone:
            element.verdict = Verdict.INDIRECT
            return
        points = score(signs)
        if points >= 1.0:
            element.verdict = Verdict.INDIRECT
        elif points >= 0.3:
            element.verdict = Verdict.DOUBTFUL
        first = next((m for m in mentions if m.start - unit.body <= 4), None)
        if first is not None and first.who in self.linked:
            element.verdict = Verdict.INDIRECT  # a work of the target's, say
            return
        if self.entities.target_asked and not people and not unit.level and element.verdict < Verdict.INDIRECT:
            # Asked about a target, a draft speaks of it wherever nobody else is the subject.
            element.verdict = Verdict.INDIRECT if not self._others_led() else element.verdict

    def _pronoun_in(self, unit: Unit) -> bool:
        piece = self.text[unit.body : unit.span.end]
        known = self.language.he | self.language.she
        return any(w.of(piece).casefold() in known for w in words(piece))

    def _others_led(self) -> bool:
        return bool(self.people) and not self.people[0].target

    def _remember(self, element: Element, mentions: Sequence[Mention]) -> None:
        named = [self.persons[m.who] for m in mentions if self.entities.all[m.who].person]
        if element.touched and not named:
            named = [p for p in self.persons if p.target][:1]
            if element.signs.points and self.people and not self.people[0].target:
                named = []
        elif not named and not element.touched:
            somebody = self._anonymous(element.unit)
            if somebody is not None:
                named = [somebody]
        order = [*named[:1], *reversed(named[1:]), *self.people]
        kept: list[Person] = []
        for person in order:
            if not any(person is k for k in kept):
                kept.append(person)
        self.people = kept[:_REMEMBERED]
        for person in named:
            self.since[id(person)] = element.unit.paragraph
            self.seen[id(person)] = self.number
        keys = {w.key[:_NOUN] for w in telling_words(element.unit.span.of(self.text), self.language)}
        if element.touched:
            self.theirs |= keys - self.names
        else:
            self.others |= keys
        for mention in mentions:
            entity = self.entities.all[mention.who]
            if not entity.target and mention.who not in self.met:
                self.met.add(mention.who)
                a_person = entity.surely_a_person or self.knowledge.names_somebody(entity.tokens)
                if element.touched and not a_person:
                    self.linked.add(mention.who)
        self.number += 1

    def _anonymous(self, unit: Unit) -> Person | None:
        """Somebody whom the element opens with and does not name: "The tenor has a cough." """
        piece = self.text[unit.body : unit.span.end]
        for span in words(piece)[:_OPENS]:
            word = span.of(piece).casefold()
            if word in self.language.male:
                return Person(False, "male")
            if word in self.language.female:
                return Person(False, "female")
            if word in self.language.kin:
                return Person(False)
        return None


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
