"""The same questions about targets and about people who never existed: can the answers be told apart?"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from expunge.evals.cases import Case, Suite, question
from expunge.evals.data import Facts, Person, load_tofu
from expunge.evals.suites import island
from expunge.evals.suites.asking import targets_of
from expunge.evals.tellapart import TEMPLATES, never_existed

TARGETS = "targets"
STRANGERS = "strangers"


def load(data: Path | None, *, split: str = "forget10", facts: Facts = "given", seed: int = 0) -> Suite:
    """The authors of a TOFU split, or without data the island's forgotten people, beside as many strangers.

    Raises:
        UsageError: if a file is missing or malformed.
    """
    people = island.forgotten() if data is None else load_tofu(data, split).targets
    return build(people, facts=facts, seed=seed)


def build(people: Sequence[Person], *, facts: Facts = "given", seed: int = 0) -> Suite:
    """Every English question about every target and every stranger, by turns.

    An id ends in the person's name. All questions about one person stand together, so that a part of the cases is of
    everybody. They are asked one after another, since their times are compared.
    """
    strangers = never_existed(len(people), seed)
    cases = []
    for person, stranger in zip(people, strangers, strict=True):
        for number, template in enumerate(TEMPLATES):
            for part, name in ((TARGETS, person.name), (STRANGERS, stranger)):
                text = template.format(name=name)
                cases.append(Case(f"{part}/{number}/{name}", part, question(text), "", part == TARGETS))
    title = f"Refusals beside answers about strangers, {len(people)} of each"
    return Suite("tell-apart", title, targets_of(people, facts), tuple(cases), ordered=True)
