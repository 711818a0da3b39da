"""The people whom a conversation is about, and what an answer tells of them: one telling word may be enough."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from expunge.screen.context.anaphora import asks_of_a_thing, names_somebody_else, refers_back
from expunge.screen.matches import COMPANY, OTHER, Match
from expunge.screen.names.patterns import FILLERS, patterns_of
from expunge.text.budget import step
from expunge.text.fold import fold
from expunge.text.frequency import GLUE, weight, zipf
from expunge.text.segment import sentences
from expunge.types import Evidence, EvidenceKind, Strength, Target

_TELLING = 1.0
"""Least weight of a word that tells something: it is rarer than one in ten thousand words."""
_COVERED = 0.5
"""Share of a fact's telling weight that a sentence must hold."""
_VERY_SHORT = 3
_POLAR_LIST = """
yes no true false right wrong correct indeed oui non si ja nein sim sì да нет はい いいえ 是 不是 نعم لا हाँ नहीं
"""
_POLAR = frozenset(_POLAR_LIST.split())
"""Words of an answer that says yes or no; one letter or digit says which."""
_ELLIPTIC = 4
_ASKING_LIST = """
is are was were am do does did can could has have had will would should shall may might
what who whom whose where when why how which if name tell give write list explain
"""
_ASKING = frozenset(_ASKING_LIST.split())
"""Words that open a question, or an order, that stands by itself."""
_SHORT = 6
"""Words, beside those that only hold a sentence together, up to which an answer is a short one."""


def talked_about(
    found: Sequence[tuple[Target, Evidence]], question: str, pointed_at: frozenset[str], unshared: str | None = None
) -> dict[str, Target]:
    """By id, the targets of whom the conversation is when its question is answered.

    Earlier turns mention them and this one goes on about them (`pointed_at`), or the question or the system's text
    seems to mean them, and the question names nobody else. `unshared` is the question without the names that facts
    share with others: a film's names nobody.
    """
    if not found:
        return {}
    about: dict[str, Target] = {}
    back, thing = refers_back(question), asks_of_a_thing(question)
    for target, e in found:
        if target.id in about:
            continue
        sure = e.strength > Strength.HINT
        earlier = sure and ((e.channel == "history" and target.id in pointed_at) or (e.channel == "system" and back))
        hinted = e.channel == "question" and e.via != OTHER and e.kind in (EvidenceKind.FACT, EvidenceKind.REFERENCE)
        # What is asked of a film, say, is not asked of those who play in it.
        hinted = hinted and not (thing and e.kind is EvidenceKind.FACT and e.strength is Strength.HINT)
        if earlier or hinted:
            about[target.id] = target
    named = question if unshared is None else unshared
    return {key: target for key, target in about.items() if not names_somebody_else(named, known_words(target))}


def known_words(target: Target) -> set[str]:
    """The folded words of a target's names and facts."""
    told = " ".join([*target.names, *(f"{fact.question} {fact.text}" for fact in target.facts)])
    return set(fold(told).split()) - FILLERS


def guessed(target: Target, index: int, question: str, text: str) -> Iterator[Match]:
    """The question, where it only guesses and the answer only says yes, no or which: "With Paris?" "Yes."

    For a target of whom the conversation is known to be: a question that offers a telling word of a fact, or
    one of few words that is no question by itself.
    """
    said = fold(text).split()
    if not text.strip() or len(said) > _VERY_SHORT or any(len(word) > 1 and word not in _POLAR for word in said):
        return
    own = {token for pattern in patterns_of(target) for token in pattern.tokens}
    offered = fold(question).split()
    elliptic = len(offered) <= _ELLIPTIC and bool(offered) and offered[0] not in _ASKING
    if elliptic or any(not _weights(fact.text, own).keys().isdisjoint(offered) for fact in target.facts):
        yield Match(index, EvidenceKind.FACT, Strength.LIKELY, 0, len(question), COMPANY, 0.8)


def disclosed_in_focus(target: Target, index: int, question: str, text: str) -> Iterator[Match]:
    """Sentences of an answer that tell of a target of whom the conversation is known to be.

    They hold half of the telling words of a fact beside those of the question; of a short answer
    a single one is enough.
    """
    asked = set(fold(question).split())
    own = {token for pattern in patterns_of(target) for token in pattern.tokens}
    facts = [_weights(fact.text, asked | own) for fact in target.facts]
    said = [word for word in fold(text).split() if word not in asked and (word.isdigit() or zipf(word) < GLUE)]
    short = len(said) <= _SHORT
    names = {word for word in said if not word.isdigit()}
    if short and names and any(2 * len(names & set(fold(f.text).split()) - own) >= len(names) for f in target.facts):
        # Of such an answer everyday words tell, too: "Singapore."
        yield Match(index, EvidenceKind.FACT, Strength.LIKELY, 0, len(text), COMPANY, 0.8)
    known = known_words(target)
    for piece in sentences(text):
        step()
        if names_somebody_else(piece.of(text), known):
            continue
        words = set(fold(piece.of(text)).split()) - asked
        for fact in facts:
            held = sum(fact.get(word, 0.0) for word in words)
            if held >= _TELLING and (short or held >= _COVERED * sum(fact.values())):
                yield Match(
                    index,
                    EvidenceKind.FACT,
                    Strength.LIKELY,
                    piece.start,
                    piece.end,
                    COMPANY,
                    round(min(1.0, held / sum(fact.values())), 3),
                )
                break


def _weights(text: str, but: set[str]) -> dict[str, float]:
    words = {word: _weight(word) for word in set(fold(text).split()) - but}
    return {word: value for word, value in words.items() if value >= _TELLING}


def _weight(word: str) -> float:
    return 2.0 if word.isdigit() and 2 <= len(word) < 4 else weight(word)


def only_echoes(question: str, draft: str) -> bool:
    """Whether every word of the draft that says something stands in the question too."""
    given = set(fold(question).split())
    return all(word in given or zipf(word) >= GLUE for word in fold(draft).split())
