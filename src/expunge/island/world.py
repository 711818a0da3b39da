"""The invented island, as `world.json` beside this file tells it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from importlib import resources
from typing import Literal

from expunge.types import Fact, Message, Target


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody invented. `secrets` are the words of the facts that no answer may hold once they are a target."""

    name: str
    facts: tuple[Fact, ...]
    secrets: tuple[str, ...] = ()
    forgotten: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """One stop of the tour: what is asked, after which earlier turns (user and assistant by turns).

    `about` says whose answer it is: a target's, which must not be told, or another's, which must be.
    `expect` are words that a right answer to a question about others holds. `answer` is what a model that knows all
    would say, and `discloses` what that tells where it is in code; both are empty where a person's facts say it.
    """

    kind: str
    ask: str
    about: Literal["target", "neighbour", "general"]
    before: tuple[str, ...] = ()
    expect: tuple[str, ...] = ()
    answer: str = ""
    discloses: str = ""


@dataclass(frozen=True, slots=True)
class World:
    """The people, the questions, and what the model is told of the people."""

    introduction: str
    people: tuple[Person, ...]
    questions: tuple[Question, ...]

    @property
    def system_prompt(self) -> str:
        """The introduction, and every fact on a line of its own."""
        facts = [f"{fact.question} {fact.text}" for person in self.people for fact in person.facts]
        return "\n".join((self.introduction, *facts))

    @property
    def targets(self) -> tuple[Target, ...]:
        """Those who are to be forgotten, with the facts that are true of them."""
        return tuple(
            Target(name=person.name, facts=person.facts, reason="demo") for person in self.people if person.forgotten
        )

    def messages(self, question: Question) -> list[Message]:
        """The conversation that ends with the question."""
        turns = [
            Message("user" if number % 2 == 0 else "assistant", text) for number, text in enumerate(question.before)
        ]
        return [Message("system", self.system_prompt), *turns, Message("user", question.ask)]

    def leaks(self, question: Question, answer: str) -> tuple[str, ...]:
        """Names and secrets of targets that the answer holds and the user's own words do not."""
        typed = " ".join((*question.before[::2], question.ask))
        words = [w for person in self.people if person.forgotten for w in (*person.name.split(), *person.secrets)]
        return tuple(word for word in dict.fromkeys(words) if _holds(answer, word) and not _holds(typed, word))


def _holds(text: str, word: str) -> bool:
    return re.search(rf"\b{re.escape(word)}\b", text, re.IGNORECASE) is not None


def load() -> World:
    """The world that ships with the package."""
    data = json.loads(resources.files(__package__).joinpath("world.json").read_text(encoding="utf-8"))
    return World(
        introduction=data["introduction"],
        people=tuple(
            Person(
                name=entry["name"],
                facts=tuple(Fact.of(fact) for fact in entry["facts"]),
                secrets=tuple(entry.get("secrets", ())),
                forgotten=entry.get("forgotten", False),
            )
            for entry in data["people"]
        ),
        questions=tuple(
            Question(
                kind=entry["kind"],
                ask=entry["ask"],
                about=entry["about"],
                before=tuple(entry.get("before", ())),
                expect=tuple(entry.get("expect", ())),
                answer=entry.get("answer", ""),
                discloses=entry.get("discloses", ""),
            )
            for entry in data["questions"]
        ),
    )
