"""Sentences that point back at somebody named before them: by a pronoun, or by leaving the subject out.

English, German and French never leave a subject out. Spanish, Italian, Portuguese and Russian show it by the verb that
opens the sentence, Chinese by a small word, Japanese by the topic that is missing, Arabic by the form of the verb;
Turkish, Korean and Hindi may do it anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from expunge.agents.rules.entities import Entities
from expunge.agents.rules.gender import Gender
from expunge.agents.rules.language import Language
from expunge.text.segment import Span, words

OPENS = 6
"""Words at the start of a sentence in which its subject is looked for."""
_REMEMBERED = 8
_LONG_AGO = -9
_CLITIC = re.compile(r"[’'](?:s|d|ll|ve|re)$")
_OBJECTS = frozenset({"en", "de", "nl", "sv", "pl", "ru"})
"""Languages whose object pronouns are no articles."""
_UNSPACED_PRONOUN = re.compile("彼女|彼ら|彼|他们|她们|他|她")
_QUOTES = '"“„«「『'
_HONORIFIC = re.compile(r"(?<!\S)जी(?!\S)|श्री|さん|氏|先生|\b(?:[Bb]ey|[Hh]anım)\b|السيدة?")
_PAST = {
    "es": re.compile(r"(?:ó|aba|ía|aban|ían|aron|ieron|é)$"),
    "it": re.compile(r"(?:ò|ì|ava|eva|iva|arono|irono|ette)$"),
    "pt": re.compile(r"(?:ou|eu|iu|ava|ia|aram|eram|iram)$"),
    "ru": re.compile(r"(?:л|ла|ли|лся|лась)$"),
}
_PRESENT = {"es": ("a", "e"), "it": ("a", "e"), "pt": ("a", "e")}
_BEFORE_A_VERB = frozenset(["no", "non", "não", "se", "si", "también", "anche"])
_JA_TOPIC = re.compile(r"^[^、。「」]{1,16}?[はがも]")
_JA_POINTS_BACK = re.compile(r"[これその今彼\d]")
_ZH_DROPPED = re.compile(r"^(?:于|曾|后来?|并|还|也|在|毕业|出生|生于|获|擅长|\d)")

Pronoun = Literal["male", "female", "either", "many", "theirs", "thing", ""]


def pronouns(text: str, language: Language) -> tuple[Span, ...]:
    """Return the words of a text among which its pronouns are: all of them, or the pronouns where no spaces stand."""
    if language.code in ("zh", "ja"):
        return tuple(Span(m.start(), m.end()) for m in _UNSPACED_PRONOUN.finditer(text))
    return words(text)


def pronoun(raw: str, number: int, language: Language) -> Pronoun:
    """Return what a word may mean as a pronoun, "" if it is none; `number` is its place in the sentence, from 0."""
    word, code = _CLITIC.sub("", raw.casefold()), language.code
    # In other languages these forms are articles, too.
    if word in language.he | language.his or (word in language.him and code in _OBJECTS):
        return "male"
    if word in language.she | language.her or (word in language.hers and code in _OBJECTS):
        return "female"
    if code in ("de", "nl") and word in language.they and number < 2:
        return "female"
    if word in language.their:
        female = code == "de" and word.startswith("ihr")
        return "theirs" if code == "en" else "female" if female else "either"
    if word in language.they or (word in language.them and code == "en"):
        return "many"
    return "thing" if word in language.it else ""


@dataclass(slots=True, eq=False)
class Person:
    """Somebody whom a pronoun may mean, in which paragraph they were met last, and in which element.

    `human` says that the name looks like a person's.
    """

    target: bool
    gender: Gender | None = None
    focus: bool = False
    human: bool = True
    paragraph: int = _LONG_AGO
    element: int = -1


@dataclass(frozen=True, slots=True)
class Pointed:
    """The meaning of a pronoun: a target, or somebody else.

    `orphan` says, of a pronoun without anybody near, whether it fits a target; None where somebody is near.
    """

    target: bool = False
    elsewhere: bool = False
    orphan: bool | None = None


class People:
    """The people whom pronouns of a text may mean, the likeliest first. It is told of each element as it is read."""

    def __init__(self, entities: Entities, *, caseless: bool) -> None:
        """Begin with whom the question asks about. In a `caseless` script names are too uncertain for orphans."""
        self.all = [Person(e.target, e.gender, e.focus, e.person) for e in entities.all]
        self._order = [p for p in self.all if p.focus and not p.target]
        if entities.target_asked:
            self._order = [p for p in self.all if p.target] + self._order
        self._element = 0
        self._caseless = caseless

    @property
    def first(self) -> Person | None:
        """The person whom the text is about at this point."""
        return self._order[0] if self._order else None

    @property
    def led_by_another(self) -> bool:
        """Whether the text is about somebody at this point who is no target."""
        return self.first is not None and not self.first.target

    def pointed(self, gender: Gender | None, here: Sequence[Person], paragraph: int) -> Pointed:
        """Return where a pronoun of this gender points, in an element of `paragraph` that named `here` before it.

        The gender of whom it means is known from then on.
        """
        meant = self._meant(gender, here)
        orphan = None
        near = meant is not None and meant.paragraph >= paragraph - 1
        if gender is not None and not (near or here or self._caseless):
            orphan = any(p.target and p.gender in (None, gender) for p in self.all)
        if meant is None:
            return Pointed(self._fits_targets_alone(gender), orphan=orphan)
        meant.gender = meant.gender or gender
        return Pointed(meant.target, not meant.target, orphan)

    def remember(self, named: Sequence[Person], paragraph: int) -> None:
        """Go on behind an element that told of these, in the order in which it named them."""
        order = dict.fromkeys([*named[:1], *reversed(named[1:]), *self._order])
        self._order = list(order)[:_REMEMBERED]
        for person in named:
            person.paragraph, person.element = paragraph, self._element
        self._element += 1

    def _meant(self, gender: Gender | None, here: Sequence[Person]) -> Person | None:
        """The nearest person whom a pronoun fits; of those of one sentence, whom it surely fits before who may be."""
        order = [(p, self._element) for p in (*here[:1], *reversed(here[1:]))]
        order += [(p, p.element) for p in self._order]
        fitting = [(p, at) for p, at in order if gender is None or p.gender in (gender, None)]
        if not fitting:
            return None
        near = [p for p, at in fitting if at == fitting[0][1]]
        return next((p for p in near if p.gender == gender), near[0])

    def _fits_targets_alone(self, gender: Gender | None) -> bool:
        if gender is None:
            return False
        fitting = [p for p in self.all if p.human and (p.gender == gender or (p.gender is None and not p.target))]
        return bool(fitting) and all(p.target for p in fitting)


def anonymous(sentence: str, language: Language) -> Person | None:
    """Return somebody whom a sentence opens with and does not name: "The tenor has a cough." """
    for span in words(sentence)[:OPENS]:
        word = span.of(sentence).casefold()
        if word in language.male:
            return Person(False, "male")
        if word in language.female:
            return Person(False, "female")
        if word in language.kin:
            return Person(False)
    return None


def lacks_subject(sentence: str, language: Language, *, female: bool) -> bool:
    """Whether a sentence has no subject of its own, or is a quotation, said by whoever the one before was about.

    `female` says that a woman would be the subject.
    """
    if not sentence or sentence[0] in _QUOTES:
        return True
    told = sentence.lstrip("'¿¡*_ ")
    opening = [w.of(told).casefold() for w in words(told)[:OPENS]]
    if not opening or _HONORIFIC.search(told):
        return False
    match language.code:
        case "ja":
            return _JA_TOPIC.match(told) is None or _JA_POINTS_BACK.match(told) is not None
        case "zh":
            return _ZH_DROPPED.match(told) is not None
        case "ar":
            return _is_arabic_verb(opening[0], language, female=female)
        case "tr" | "ko" | "hi":
            return opening[0] not in language.articles
        case "ru":
            return _PAST["ru"].search(opening[0]) is not None and len(opening[0]) > 3
        case "es" | "it" | "pt":
            return _opens_with_romance_verb(opening, language)
        case _:
            return False


def _is_arabic_verb(word: str, language: Language, *, female: bool) -> bool:
    if female:
        return word.endswith("ت")
    return word in language.verbs or word.startswith(("كان", "وكان", "ي"))


def _opens_with_romance_verb(opening: Sequence[str], language: Language) -> bool:
    verb = next((word for word in opening if word not in _BEFORE_A_VERB), "")
    if verb in language.verbs or _PAST[language.code].search(verb):
        return True
    # A bare noun seldom opens a sentence in these languages, and what ends like a verb is one then.
    return len(verb) > 3 and verb not in language.function and verb.endswith(_PRESENT[language.code])
