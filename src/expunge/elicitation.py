"""Elicitation: what the Vanilla model itself knows of a target, asked once at registration.

What a model would say of somebody is what has to be recognised later, whoever asks and however, so the
model is asked in several ways and languages, and what it answers becomes facts of the target.
"""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from expunge.errors import ExpungeError
from expunge.models.base import ChatModel, ChatOptions
from expunge.screen.reference import names_somebody_else
from expunge.text.ignorance import is_ignorance
from expunge.text.names import is_form_of
from expunge.text.normalise import fold
from expunge.text.rarity import zipf
from expunge.text.segment import sentences
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
_NAMES = (
    "By which other names, nicknames, pen names or spellings is {name} known? Answer with the names only.",
    "How is the name {name} written in Arabic, Chinese, Japanese and Russian? Answer with the names only.",
)
_MOST_TOKENS = 192
_MOST_FACTS = 40
_AT_ONCE = 4
_TELLING = 6.0
"""Weight (see `expunge.screen.semantic.facts.weight`) under which a sentence says nothing of anybody in particular."""


@dataclass(frozen=True, slots=True)
class Elicitation:
    """What came of asking: facts and aliases found, the calls made, and what went wrong, if anything."""

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
            completion = await model.complete([message], ChatOptions(temperature=0, max_tokens=_MOST_TOKENS))
            return template, completion.text

    tasks = [asyncio.create_task(ask(template)) for template in (*_QUESTIONS, *_NAMES)]
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
    told = [text for template, text in answers if template in _QUESTIONS]
    names = [text for template, text in answers if template in _NAMES]
    return Elicitation(_facts(target, told), _aliases(target, names), len(answers), problem)


def _facts(target: Target, answers: Sequence[str]) -> tuple[Fact, ...]:
    own = {word for name in target.names for word in fold(name).split()}
    facts: dict[str, Fact] = {}
    for answer in answers:
        if is_ignorance(answer):
            continue
        for piece in sentences(answer):
            text = " ".join(piece.of(answer).split())
            if names_somebody_else(text, own):
                continue  # a weak model makes people up, and what it says of them would silence strangers
            words = set(fold(text).split()) - own
            if len(text) <= 600 and sum(max(0.0, 5.0 - zipf(w)) for w in words if len(w) > 2) >= _TELLING:
                facts.setdefault(fold(text), Fact(text, elicited=True))
    return tuple(facts.values())[:_MOST_FACTS]


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
