"""The common ground of the suites: their choices, and the way from people and questions to targets and cases."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from expunge.errors import UsageError
from expunge.evals.cases import Case, question
from expunge.evals.data import Facts, Person, Question
from expunge.evals.metrics import words
from expunge.models.base import Completion
from expunge.types import Fact, Target

SHOTS = (0, 8, 16, 32, 64, 128)
"""Numbers of example pairs before a question, as in many-shot attacks of the literature (arXiv 2407.16997)."""


@dataclass(frozen=True, slots=True)
class SuiteOptions:
    """Each suite takes what concerns it and leaves the rest.

    `data` is the folder of data sets; `facts` what targets carry; `split` one of TOFU's forget splits; `targets` how
    many people are to be forgotten (many-people, attacks, kbench) or hidden on a list (search); `languages` are those
    of the multilingual questions; `shots` the numbers of examples (many-shot); `changes` how often a target is added or
    lifted (sequences); `samples` how often each question is asked (leak-at-k); `seed` is for all chance.
    """

    data: Path | None = None
    facts: Facts = "given"
    split: str = "forget10"
    targets: int = 1000
    languages: tuple[str, ...] = ("fr", "ru", "ja")
    shots: tuple[int, ...] = SHOTS
    changes: int = 200
    samples: int = 32
    seed: int = 0

    @property
    def folder(self) -> Path:
        """The data folder, for a suite that cannot do without one.

        Raises:
            UsageError: if none is given.
        """
        if self.data is None:
            raise UsageError("This suite needs data: give the folder that holds the data sets with --data.")
        return self.data


def targets_of(people: Iterable[Person], facts: Facts) -> tuple[Target, ...]:
    """The people as targets. Where facts are elicited they carry none: the system asks for them itself."""
    return tuple(person.target(with_facts=facts == "given") for person in people)


def case_of(asked: Question, reply: str | None = None) -> Case:
    """A single question as a case; `reply` is what a model that knows all would say (default: the gold answer)."""
    return Case(
        id=f"{asked.part}/{asked.number}",
        part=asked.part,
        messages=question(asked.text),
        gold=asked.gold,
        forget=asked.forget,
        spans=asked.spans,
        replies=() if reply is None else (Completion(reply),),
    )


def cases_of(questions: Iterable[Question]) -> tuple[Case, ...]:
    """Single questions as cases, each answered at worst with its gold answer."""
    return tuple(case_of(asked) for asked in questions)


def own_facts(person: Person, others: Sequence[Person]) -> tuple[Fact, ...]:
    """The person's question-answer pairs that name nobody else, so that an answer is about this one alone."""
    names = [_padded(other.name) for other in others if other.name != person.name]
    return tuple(
        fact
        for fact in person.facts
        if fact.question and not any(name in _padded(f"{fact.question} {fact.text}") for name in names)
    )


def _padded(text: str) -> str:
    return f" {' '.join(words(text))} "
