"""An upstream that knows a whole data set by heart: the worst case for an unlearning layer.

It takes the model's own ignorance out of the figures: what does not come out was held back, not unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from expunge.evals.cases import Case, Suite
from expunge.evals.data import Person, Question
from expunge.evals.metrics import words
from expunge.models.base import ChatOptions, Completion
from expunge.types import Message, TargetKind

_IGNORANCE = "I'm not sure what you mean."


class Oracle:
    """A chat model that answers every question of a data set correctly.

    A message that is no question of the set but mentions people of it gets all that is known of them. A message
    that mentions nobody is taken as a follow-up: the people mentioned last in the conversation are told about.
    A conversation of a known case (`of_suite`) gets that case's replies, whatever the assistant said in between; where
    the users of two cases say the same, but not all else is the same, each gets its own.
    """

    def __init__(self, people: Iterable[Person], questions: Iterable[Question]) -> None:
        self._people: dict[tuple[str, ...], Person] = {tuple(words(person.name)): person for person in people}
        self._lengths = sorted({len(name) for name in self._people}, reverse=True)
        self._answers = {_key(fact.question): fact.text for p in self._people.values() for fact in p.facts}
        for question in questions:
            self._answers.setdefault(_key(question.text), question.gold)
        self._conversations: dict[tuple[str, ...], Completion] = {}
        self._scenes: dict[tuple[Message, ...], Completion] = {}

    @classmethod
    def of_suite(cls, suite: Suite, people: Iterable[Person] = ()) -> Oracle:
        """The oracle that knows a suite: what each case would have it reply, and all facts of the targets.

        `people` are others of whom it knows. Of two cases in which the very same is said, the first counts.
        """
        targets = [
            Person(name, target.facts, target.description)
            for target in suite.targets
            if target.kind is TargetKind.ENTITY
            for name in target.names
        ]
        questions = [Question(c.part, 0, c.messages[-1].content, c.gold) for c in suite.cases if len(c.messages) == 1]
        oracle = cls([*people, *targets], questions)
        for case in suite.cases:
            for turns, reply in _conversation(case):
                oracle._conversations.setdefault(turns, reply)
            oracle._scenes.setdefault(case.messages, case.worst_replies[-1])
        return oracle

    @property
    def name(self) -> str:
        """How the oracle is called in reports."""
        return "oracle"

    async def complete(self, messages: Sequence[Message], options: ChatOptions = ChatOptions()) -> Completion:
        """The correct answer, or all that is known of whoever is mentioned; the options change nothing."""
        turns = [message.content for message in messages if message.role == "user"]
        known = self._scenes.get(tuple(messages)) or self._conversations.get(tuple(map(_exact, turns)))
        reply = known or Completion(self._answer(turns))
        told = (reply.text, reply.reasoning, *reply.tool_calls)
        prompt = sum(len(message.content.split()) for message in messages)
        return replace(reply, prompt_tokens=prompt, completion_tokens=sum(len(text.split()) for text in told))

    async def aclose(self) -> None:
        """Nothing to release."""

    def _answer(self, turns: Sequence[str]) -> str:
        key = _key(turns[-1]) if turns else ""
        if key and (known := self._answers.get(key)) is not None:
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


def _conversation(case: Case) -> Iterator[tuple[tuple[str, ...], Completion]]:
    """Each live turn of a case as all user messages up to it, with the reply; the last replies where some lack."""
    users: list[str] = []
    live: list[tuple[str, ...]] = []
    for message, following in zip(case.messages, [*case.messages[1:], None], strict=True):
        if message.role == "user":
            users.append(_exact(message.content))
            if following is None or following.role != "assistant":
                live.append(tuple(users))
    replies = case.worst_replies
    yield from zip(live[-len(replies) :], replies[-len(live) :], strict=True)


def _exact(text: str) -> str:
    """A user's message as conversations are told apart: signs count, since some say all in signs."""
    return " ".join(text.split()).casefold()


def _key(question: str) -> str:
    return " ".join(words(question))


def _all_about(person: Person) -> str:
    return " ".join(part for part in (person.bio, *(fact.text for fact in person.facts)) if part)
