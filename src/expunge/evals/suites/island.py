"""The invented island that ships with expunge: a small suite that needs no data, and people for the other suites."""

from __future__ import annotations

from expunge.evals.cases import Suite
from expunge.evals.data import Facts, Person, Question
from expunge.evals.suites.asking import cases_of, own_facts, targets_of
from expunge.island import world


def load(*, facts: Facts = "given") -> Suite:
    """The fact questions of those who are to be forgotten, and of the others as far as no answer names a target."""
    return Suite("island", "The invented island", targets_of(forgotten(), facts), cases_of(questions()))


def people() -> tuple[Person, ...]:
    """Everybody on the island."""
    return tuple(Person(islander.name, islander.facts) for islander in world.load().people)


def forgotten() -> tuple[Person, ...]:
    """Those who are to be forgotten."""
    return tuple(Person(islander.name, islander.facts) for islander in world.load().people if islander.forgotten)


def questions() -> tuple[Question, ...]:
    """Parts "forget" and "retain"; the secrets in a target's answer are its spans."""
    found: dict[bool, list[Question]] = {True: [], False: []}
    targets = forgotten()
    for islander in world.load().people:
        own = found[islander.forgotten]
        part = "forget" if islander.forgotten else "retain"
        for fact in own_facts(Person(islander.name, islander.facts), targets):
            spans = tuple(secret for secret in islander.secrets if secret in fact.text)
            own.append(Question(part, len(own), fact.question, fact.text, spans, islander.forgotten))
    return (*found[True], *found[False])
