"""The knowledge of targets, as words that can be looked for in a draft."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import fsum

from expunge.agents.rules.content import is_unspaced_run
from expunge.agents.rules.language import Language, language_of
from expunge.agents.rules.names import full_names
from expunge.text.budget import step
from expunge.text.frequency import zipf
from expunge.text.segment import Span, words
from expunge.types import Target

_ROOT = 4
"""Letters that two forms of a word share at least."""
_STEM = 6
"""Letters by which words are counted."""
_LEAST, _MOST = 0.3, 4.0
_EVERYDAY = 6.0
"""Zipf frequency from which a word tells next to nothing."""
_ELIDED = re.compile(r"^(?:[ldjmtsnc]|qu|dell|all|nell|dall|sull|un)[’']", re.IGNORECASE)
_POSSESSIVE = re.compile(r"[’']s?$")
_PREFIXED = re.compile("^(?:وال|بال|لل|ال|و)(?=\\w{3})")
"""Arabic particles that are written as one with the word after them."""
_OF_REST = 0.5
"""Share of a fact, without the names of others in it, from which these names are told of the target."""
_BESIDE_NAMES = 2.0
"""Weight of anything else that is known from which they are, too."""


@dataclass(frozen=True, slots=True)
class Word(Span):
    """A word of a text, case-folded, or a pair of characters where words are not spaced."""

    key: str


def telling_words(text: str, language: Language) -> Iterator[Word]:
    """The words of `text` that say something, in order."""
    for span in words(text):
        raw = span.of(text)
        if is_unspaced_run(raw):
            for at in range(len(raw) - 1):
                pair = raw[at : at + 2]
                if pair not in language.stop and not all("\u3040" <= c <= "\u309f" for c in pair):
                    yield Word(span.start + at, span.start + at + 2, pair)
            continue
        elided = _ELIDED.match(raw)
        start = span.start + (elided.end() if elided else 0)
        for part in re.finditer(r"[^\-‐·]+", text[start : span.end]):
            key = _PREFIXED.sub("", _POSSESSIVE.sub("", part[0].casefold()))
            if key in language.function or (len(key) < 2 and not key.isdigit()):
                continue
            if key in language.verbs and zipf(key) >= _EVERYDAY:
                continue  # "is", "had"
            yield Word(start + part.start(), start + part.end(), key)


def same_word(one: str, other: str) -> bool:
    """Whether two words are forms of one: equal, or alike but for what they end in."""
    if one == other:
        return True
    if one[:_ROOT] != other[:_ROOT] or one.isdigit() or other.isdigit():
        return False
    shared = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    least = min(len(one), len(other))
    if shared >= max(5, 0.7 * least):
        return True
    return shared >= _ROOT and max(len(one), len(other)) - shared <= 2


def _same_noun(role: str, word: str) -> bool:
    """Whether two nouns are one, declined perhaps, and both in the singular."""
    if role == word:
        return True
    shared = next((i for i, (a, b) in enumerate(zip(role, word, strict=False)) if a != b), min(len(role), len(word)))
    return shared >= len(role) - 2 and len(word) - shared <= 2 and not (word.endswith("s") and not role.endswith("s"))


@lru_cache(maxsize=20_000)
def weight_of(key: str) -> float:
    """Return how much a word tells: 0.3 of an everyday one, 4 of one that hardly anybody uses."""
    if key.isdigit():
        return 1.0 if len(key) < 3 else 2.5
    if is_unspaced_run(key):
        return 1.5
    return min(_MOST, max(_LEAST, _EVERYDAY - zipf(key)))


@dataclass(frozen=True, slots=True)
class Told:
    """The amount of what is known that a piece of text tells.

    `share` is the greatest share of one fact's weight that is there, `weight` what is there of that fact in `count`
    words, `union` what is there of all facts together, `coined` of that what is in words that hardly any text has;
    `roles` are the places of words that say what a target is.
    """

    share: float = 0.0
    weight: float = 0.0
    union: float = 0.0
    count: int = 0
    fact: int = -1
    coined: float = 0.0
    roles: tuple[Word, ...] = ()


class Knowledge:
    """The facts and roles of targets. `common` are the words that the draft has in many places: they tell less.

    Whom a fact names beside its target is somebody of their own: their name tells of the target only where more of
    what is known stands with it.
    """

    def __init__(
        self, targets: Iterable[Target], language: Language, asked: Iterable[str], common: Mapping[str, int]
    ) -> None:
        self._language = language
        self._facts: list[dict[str, float]] = []
        self._told_of: list[tuple[str, set[str]]] = []
        """For each fact its text, and the words of the names of its target."""
        self._names: dict[int, frozenset[str]] = {}
        """The words of a fact that are names of others, for those that were asked about."""
        self._by_root: dict[str, list[tuple[int, str]]] = {}
        self._roles: dict[str, list[str]] = {}
        self._asked = frozenset(key[:_STEM] for key in asked)
        self._common = Counter[str]()
        self.texts: list[str] = []
        """What is known, as it was given."""
        for key, places in common.items():
            self._common[key[:_STEM]] = max(self._common[key[:_STEM]], places)
        for target in targets:
            named = {w.key for name in target.names for w in telling_words(name, language)}
            texts = [f"{fact.question} {fact.text}" for fact in target.facts]
            self.texts += [*texts, target.description]
            for text in [*texts, *re.split(r"[,;(]|、", target.description)]:
                self._add(text, named)
            for role in roles_of(target, language):
                self._roles.setdefault(role[:_ROOT], []).append(role)

    def _add(self, text: str, named: set[str]) -> None:
        fact = {w.key: self._weight(w.key) for w in telling_words(text, self._language) if w.key not in named}
        if sum(fact.values()) < 1.0:
            return
        number = len(self._facts)
        self._facts.append(fact)
        self._told_of.append((text, named))
        for key in fact:
            self._by_root.setdefault(key[:_ROOT], []).append((number, key))

    def _weight(self, key: str) -> float:
        weight = weight_of(key)
        places = max(1, self._common[key[:_STEM]])
        if key[:_STEM] in self._asked:
            weight *= 0.25
        return weight / (1.0 + 0.4 * max(0, places - 1))

    def matches(self, key: str) -> list[tuple[int, str]]:
        """The facts, by number, in which a word is found in one of its forms."""
        return [(number, known) for number, known in self._by_root.get(key[:_ROOT], ()) if same_word(known, key)]

    def is_role(self, key: str) -> bool:
        """Whether a word says what a target is: "the engineer"."""
        return any(_same_noun(role, key) for role in self._roles.get(key[:_ROOT], ()))

    def told(self, text: str) -> Told:
        """Return how much of it a text tells."""
        held, roles = self._held(text)
        # Sums that are rounded once are the same in whatever order a set gives its words.
        for number in self._merely_named(held):
            held[number] -= self._names_in(number)
        union: dict[str, float] = {}
        for number, keys in held.items():
            for known in keys:
                union[known] = max(union.get(known, 0.0), self._facts[number][known])
        coined = fsum(value for key, value in union.items() if weight_of(key) >= _MOST)
        best = Told(roles=tuple(roles), union=fsum(union.values()), coined=coined)
        for number, keys in held.items():
            fact = self._facts[number]
            weight = fsum(fact[key] for key in keys)
            share = weight / max(4.0, fsum(fact.values()))
            if share * min(weight, 6.0) > best.share * min(best.weight, 6.0):
                best = Told(share, weight, best.union, len(keys), number, coined, best.roles)
        return best

    def merely_names(self, text: str) -> bool:
        """Whether a text holds the name of somebody whom a fact names, and no more of what is known."""
        held, roles = self._held(text)
        merely = self._merely_named(held)
        return bool(merely) and not roles and all(number in merely or not self._names_in(number) for number in held)

    def names_somebody(self, tokens: Collection[str]) -> bool:
        """Whether a fact names somebody so, beside its target."""
        return any(set(tokens) <= self._names_in(number) for number in range(len(self._facts)))

    def _names_in(self, number: int) -> frozenset[str]:
        """The words of a fact that are names of others. It may be told in another language than the draft."""
        if number not in self._names:
            text, named = self._told_of[number]
            names = full_names(text, language_of(text))
            self._names[number] = frozenset(w.key for n in names for w in telling_words(n, self._language)) - named
        return self._names[number]

    def _held(self, text: str) -> tuple[dict[int, set[str]], list[Word]]:
        """The words of each fact that a text holds, and the words that say what a target is."""
        held: dict[int, set[str]] = {}
        roles: list[Word] = []
        for word in telling_words(text, self._language):
            step()
            for number, known in self.matches(word.key):
                held.setdefault(number, set()).add(known)
            if self.is_role(word.key):
                roles.append(word)
        return held, roles

    def _merely_named(self, held: Mapping[int, set[str]]) -> frozenset[int]:
        """The facts of which a text holds little more than the names of others."""
        beside: dict[str, float] = {}
        for number, keys in held.items():
            for key in keys - self._names_in(number):
                beside[key] = max(beside.get(key, 0.0), self._facts[number][key])
        if fsum(beside.values()) >= _BESIDE_NAMES:
            return frozenset()
        found: set[int] = set()
        for number, keys in held.items():
            fact, names = self._facts[number], self._names_in(number)
            rest = fsum(weight for key, weight in fact.items() if key not in names)
            said = fsum(fact[key] for key in keys - names)
            if keys & names and (said < _OF_REST * rest or not said):
                found.add(number)
        return frozenset(found)


_IS = {
    "en": r"(?:is|was|became|as|be)\s+(?:an?|the)\s+",
    "de": r"(?:ist|war|wurde|als)\s+(?:(?:ein|der|die|das)\w*\s+)?",
    "fr": r"(?:est|était|fut|devint|comme|a été)\s+(?:(?:une?|la|le|les)\s+|l[’'])?",
    "es": r"(?:es|era|fue|como|ha sido)\s+(?:(?:una?|el|la)\s+)?",
    "it": r"(?:è|era|fu|come|è stat[oa])\s+(?:(?:una?|un|il|la|lo)\s+|l[’'])?",
    "pt": r"(?:é|era|foi|como)\s+(?:(?:uma?|o|a)\s+)?",
    "ru": r"(?:—|–|был|была|является)\s+",
    "nl": r"(?:is|was|werd)\s+(?:een|de|het)\s+",
}
_LAST_HEAD = frozenset({"en", "de", "nl", "sv", "tr", "hi", "zh", "ja", "ko"})
_AFTER_HEAD = re.compile(
    r"\s(?:of|at|in|from|for|to|who|on|and|with|behind|until|by|des|der|im|in|am|aus|bei|von|und|de|del|d[’']|du|des|à|en|et|y|e|di|della|do|da|"
    r"dell[’']|della|al|в|на|из|и|с|от|по|till|son|para|por)(?:\s|(?<=’)|(?<='))"
)


def roles_of(target: Target, language: Language) -> list[str]:
    """Return the nouns for what a target is said to be, by its description and by facts such as "She is a weaver." """
    phrases = re.split(r"[,;(]|、|،|\b(?:and|und|et|y|e|и|ve)\b", target.description)
    is_a = _IS.get(language.code, _IS["en"])
    for fact in target.facts:
        phrases += [fact.text[m.end() : m.end() + 60] for m in re.finditer(rf"\s{is_a}", fact.text)]
    found: list[str] = []
    for phrase in phrases:
        cut = _AFTER_HEAD.search(phrase + " ")
        head = [w.key for w in telling_words(phrase[: cut.start()] if cut else phrase, language) if not w.key.isdigit()]
        head = [key for key in head if len(key) > 2 and not key.endswith("ly")]
        if head:
            found.append(head[-1] if language.code in _LAST_HEAD else head[0])
            if language.code not in _LAST_HEAD and len(head) > 1:
                found.append(head[1])
    own = {w.key for name in target.names for w in telling_words(name, language)}
    return [key for key in dict.fromkeys(found) if key not in own]
