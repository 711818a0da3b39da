"""An upstream that knows a whole data set by heart: the worst case for an unlearning layer.

It takes the model's own ignorance out of the figures: what does not come out was held back, not unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from expunge.evals.data import Dataset, Person, Question
from expunge.evals.metrics import words
from expunge.models.base import ChatOptions, Completion
from expunge.types import Message

_IGNORANCE = "I'm not sure what you mean."


class Oracle:
    """A chat model that answers every question of a data set correctly.

    A message that is no question of the set but mentions people of it gets all that is known of them. A message
    that mentions nobody is taken as a follow-up: the people mentioned last in the conversation are told about.
    """

    def __init__(self, people: Iterable[Person], questions: Iterable[Question]) -> None:
        self._people: dict[tuple[str, ...], Person] = {tuple(words(person.name)): person for person in people}
        self._lengths = sorted({len(name) for name in self._people}, reverse=True)
        self._answers = {_key(fact.question): fact.text for p in self._people.values() for fact in p.facts}
        for question in questions:
            self._answers.setdefault(_key(question.text), question.gold)

    @classmethod
    def of(cls, data: Dataset) -> Oracle:
        """The oracle that knows a data set, the people to forget and the others alike."""
        return cls((*data.targets, *data.others), data.questions)

    @property
    def name(self) -> str:
        """How the oracle is called in reports."""
        return "oracle"

    async def complete(self, messages: Sequence[Message], options: ChatOptions = ChatOptions()) -> Completion:
        """The correct answer, or all that is known of whoever is mentioned; the options change nothing."""
        text = self._answer([message.content for message in messages if message.role == "user"])
        prompt = sum(len(message.content.split()) for message in messages)
        return Completion(text, prompt_tokens=prompt, completion_tokens=len(text.split()))

    async def aclose(self) -> None:
        """Nothing to release."""

    def _answer(self, turns: Sequence[str]) -> str:
        if turns and (known := self._answers.get(_key(turns[-1]))) is not None:
            return known
        for turn in reversed(turns):
            if people := self._mentioned(turn):
                return "\n\n".join(_all_about(person) for person in people)
        return _IGNORANCE

    def _mentioned(self, text: str) -> list[Person]:
        tokens = words(text)
        found: dict[str, Person] = {}
        position = 0
        while position < len(tokens):
            step = 1
            for length in self._lengths:
                person = self._people.get(tuple(tokens[position : position + length]))
                if person is not None:
                    found[person.name] = person
                    step = length
                    break
            position += step
        return list(found.values())


def _key(question: str) -> str:
    return " ".join(words(question))


def _all_about(person: Person) -> str:
    return " ".join(part for part in (person.bio, *(fact.text for fact in person.facts)) if part)
