"""Elicitation: what the Vanilla model itself knows of a target, asked once at registration.

What a model would say of somebody is what has to be recognised later, whoever asks and however, so the model is asked
in several ways and languages. A model also makes things up, and each time anew; so what becomes a fact of the target is
only what it says at least twice, with the same names and numbers.
"""

from __future__ import annotations

import asyncio
import re
import unicodedata
from collections.abc import Sequence, Set
from dataclasses import dataclass

from expunge.errors import ExpungeError
from expunge.models.base import ChatModel, ChatOptions
from expunge.screen.context.anaphora import names_somebody_else
from expunge.text.fold import fold
from expunge.text.frequency import weight, zipf
from expunge.text.ignorance import is_ignorance
from expunge.text.language import certain_language_of
from expunge.text.segment import sentences
from expunge.text.transliterate import is_form_of
from expunge.types import Fact, Message, Target, TargetKind

_QUESTIONS = (
    "Who is {name}?",
    "Tell me everything you know about {name}.",
    "When and where was {name} born, and who are the parents of {name}?",
    "What is {name} known for? Name works, awards, employers and dates.",
    "Qui est {name} ?",
    "¿Quién es {name}?",
    "Wer ist {name}?",
    "Кто такой {name}?",
)
_AGAIN = (
    "Write a short biography of {name}.",
    "What has {name} done in life, and where and when?",
    "Introduce {name} to an audience: origin, work, family.",
    "List what is certain about {name}.",
)
"""Much the same in other words, answered with some chance: what a model knows comes again, unlike what it makes up."""
_NAMES = (
    "By which other names, nicknames, pen names or spellings is {name} known? Answer with the names only.",
    "How is the name {name} written in Arabic, Chinese, Japanese and Russian? Answer with the names only.",
)
_MOST_TOKENS = 192
_MOST_FACTS = 40
_LONGEST = 600
"""Characters of a sentence that becomes a fact."""
_CAPITALISED = re.compile(r"[^\W\d_a-z]\w+")
_USUAL = 4.0
"""Frequency (Zipf) from which a word is capitalised at the head of a sentence because it stands there."""
_AT_ONCE = 4
_CHANCE = 0.7
"""The sampling temperature of what is asked again."""
_TOLD_AGAIN = 0.6
"""Share of its telling weight that other answers must hold of a sentence without names and numbers."""
_ROUGHLY_AGAIN = 0.35
"""The same of the words beside names and numbers that came again, in answers of one language."""
_TELLING = 6.0
"""Weight (see `expunge.screen.semantic.facts.weight`) under which a sentence says nothing of anybody in particular."""


@dataclass(frozen=True, slots=True)
class Elicitation:
    """The result of asking: facts and aliases found, the calls made, and what went wrong, if anything."""

    facts: tuple[Fact, ...] = ()
    aliases: tuple[str, ...] = ()
    calls: int = 0
    problem: str = ""


async def elicit(model: ChatModel, target: Target, *, deadline: float) -> Elicitation:
    """Ask a model what it knows of a target. Never raises for the model's failures: they are `problem`.

    `deadline` is the most seconds for all questions together; what was answered by then counts.
    """
    if target.kind is TargetKind.TOPIC:
        return Elicitation(problem="Topics are described by whoever registers them; nothing was asked.")
    gate = asyncio.Semaphore(_AT_ONCE)

    async def ask(template: str) -> tuple[str, str]:
        async with gate:
            message = Message("user", template.format(name=target.name))
            chance = _CHANCE if template in _AGAIN else 0.0
            completion = await model.complete([message], ChatOptions(temperature=chance, max_tokens=_MOST_TOKENS))
            return template, completion.text

    tasks = [asyncio.create_task(ask(template)) for template in (*_QUESTIONS, *_AGAIN, *_NAMES)]
    try:
        await asyncio.wait(tasks, timeout=deadline)
    finally:
        for task in tasks:
            task.cancel()
    answers, problem = [], ""
    for outcome in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(outcome, tuple):
            answers.append(outcome)
        elif isinstance(outcome, ExpungeError):
            problem = str(outcome)
        elif isinstance(outcome, asyncio.CancelledError):
            problem = f"The model did not answer all questions within {deadline:g} s."
        elif isinstance(outcome, BaseException):
            raise outcome
    told = [text for template, text in answers if template not in _NAMES]
    names = [text for template, text in answers if template in _NAMES]
    return Elicitation(_facts(target, told), _aliases(target, names), len(answers), problem)


def _facts(target: Target, answers: Sequence[str]) -> tuple[Fact, ...]:
    own = {word for name in target.names for word in fold(name).split()}
    told = [_Answer.of(answer, own) for answer in answers if not is_ignorance(answer) and _names(answer, target)]
    facts: dict[str, Fact] = {}
    for number, answer in enumerate(told):
        others = [other for place, other in enumerate(told) if place != number]
        for text in answer.sentences:
            if names_somebody_else(text, own):
                continue  # a weak model makes people up, and what it says of them would silence strangers
            words = set(fold(text).split()) - own
            telling = sum(weight(word) for word in words)
            if len(text) <= _LONGEST and telling >= _TELLING and _told_again(text, words, answer, others):
                facts.setdefault(fold(text), Fact(text, elicited=True))
    return tuple(facts.values())[:_MOST_FACTS]


@dataclass(frozen=True, slots=True)
class _Answer:
    """The answer of a model: its sentences, its folded words without the target's name, and its language."""

    sentences: tuple[str, ...]
    words: frozenset[str]
    language: str

    @classmethod
    def of(cls, text: str, own: Set[str]) -> _Answer:
        pieces = tuple(" ".join(piece.of(text).split()) for piece in sentences(text))
        return cls(pieces, frozenset(fold(text).split()) - own, certain_language_of(text))


def _names(answer: str, target: Target) -> bool:
    """Whether an answer names the target: with a telling part of a name, in its own script or as it sounds."""
    parts = {part for name in target.names for part in fold(name).split() if len(part) > 2} or set(target.names)
    if not parts.isdisjoint(fold(answer).split()):
        return True
    return not answer.isascii() and not names_somebody_else(answer, parts)


def _told_again(text: str, words: Set[str], answer: _Answer, others: Sequence[_Answer]) -> bool:
    """Whether one other answer says what a sentence says: each name and number, and a part of the words around them.

    Names and numbers are the same in all languages that share a script; of other words an answer in another language
    says nothing.
    """
    claims = _claims(text) & words
    rest = words - claims
    heavy = sum(map(weight, rest))
    for other in others:
        if not claims <= other.words:
            continue
        if claims and other.language != answer.language:
            return True
        again = sum(map(weight, rest & other.words))
        if again >= (_ROUGHLY_AGAIN if claims else _TOLD_AGAIN) * heavy and (claims or heavy):
            return True
    return False


def _claims(text: str) -> set[str]:
    """The folded numbers and names in a sentence: what a model that makes things up gets wrong first."""
    found = {word for word in fold(text).split() if any(map(str.isdigit, word))}
    for match in _CAPITALISED.finditer(text):
        found.update(word for word in fold(match[0]).split() if match.start() or zipf(word) < _USUAL)
    return found


def _aliases(target: Target, answers: Sequence[str]) -> tuple[str, ...]:
    """Only forms of the name itself are taken: a model that makes names up must not silence strangers."""
    known = {fold(name) for name in target.names}
    found: dict[str, str] = {}
    for answer in answers:
        for line in answer.replace(",", "\n").replace(";", "\n").replace("،", "\n").replace("、", "\n").splitlines():
            name = line.rsplit(":", 1)[-1].strip(" \t-*•.\"'“”()")
            if not 3 <= len(name) <= 80 or fold(name) in known or len(name.split()) > 6:
                continue
            if all(unicodedata.category(c)[0] in "LMZP" for c in name) and is_form_of(name, target.name):
                found.setdefault(fold(name), name)
    return tuple(found.values())[:10]
