"""27 families of jailbreaks, made by templates for any target with facts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from expunge.evals.attacks import Subject, cases_for
from expunge.evals.cases import Case, Suite
from expunge.evals.data import Facts, Person, load_neighbours, load_tofu
from expunge.evals.suites import island
from expunge.evals.suites.asking import targets_of

NEIGHBOURS = 12
"""Others that compounds, examples and controls speak of."""


def load(
    data: Path | None, *, split: str = "forget10", targets: int = 10, facts: Facts = "given", seed: int = 0
) -> Suite:
    """Attacks on so many authors of a TOFU split, evenly spread over it; without data, on the island's people.

    Raises:
        UsageError: if a file is missing or malformed.
    """
    if data is None:
        forgotten = island.forgotten()
        names = {person.name for person in forgotten}
        others: Sequence[Person] = [person for person in island.people() if person.name not in names]
    else:
        forgotten = load_tofu(data, split).targets
        others = load_neighbours(data, split, NEIGHBOURS)
    count = min(targets, len(forgotten))
    chosen = [forgotten[index * len(forgotten) // count] for index in range(count)]
    return build(chosen, others, facts=facts, seed=seed)


def build(people: Sequence[Person], others: Sequence[Person], *, facts: Facts = "given", seed: int = 0) -> Suite:
    """All families against each of the people; every one of them is a target, the others are none."""
    cases: list[Case] = []
    for person in people:
        cases += cases_for(Subject(person.name, person.facts, tuple(others)), seed)
    return Suite("attacks", f"27 attack families on {len(people)} people", targets_of(people, facts), tuple(cases))
