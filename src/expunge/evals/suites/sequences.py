"""Adds and lifts in turn: whoever is in force is forgotten at once, and whoever is lifted is known again at once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from random import Random

from expunge.errors import UsageError
from expunge.evals.cases import Case, Suite, question
from expunge.evals.data import Facts, Person, load_people, load_tofu
from expunge.evals.suites import island
from expunge.evals.suites.asking import own_facts, targets_of

POOL = 40
"""People whom the changes are about: few enough that many of 200 changes concern somebody who was lifted before."""
FEWEST = 3
"""With fewer people, nobody could be added or lifted so that there is still one in force and one who is not."""


def load(
    data: Path | None, *, split: str = "forget10", facts: Facts = "given", changes: int = 200, seed: int = 0
) -> Suite:
    """People of `kbench/` where the data folder has it, else TOFU's authors; without data, those of the island.

    Raises:
        UsageError: if a file is missing or malformed.
    """
    if data is None:
        people, whose = island.people(), "the island"
    elif (data / "kbench").is_dir():
        found = load_people(data, 1, POOL - 1)
        people, whose = (*found.targets, *found.others), "K-Bench"
    else:
        people, whose = load_tofu(data, split).targets, "TOFU"
    return build(people, whose, facts=facts, changes=changes, seed=seed)


def build(people: Sequence[Person], whose: str, *, facts: Facts = "given", changes: int = 200, seed: int = 0) -> Suite:
    """After every change a question about somebody in force, and one about somebody who is not (any more, or yet).

    The first is about who was just added and the second about who was just lifted, where the change was that; else
    chance decides. Facts that name somebody else of the people are not asked for.

    Raises:
        UsageError: if there are fewer than three people with questions, or no changes.
    """
    asked = {person.name: own for person in people if (own := own_facts(person, people))}
    pool = [person for person in people if person.name in asked]
    if len(pool) < FEWEST or changes < 1:
        raise UsageError("A sequence needs three people with questions, and one change or more.")
    chance = Random(seed)
    inside: list[str] = []
    outside = [person.name for person in pool]
    cases: list[Case] = []
    for step in range(changes):
        adding = len(outside) > 1 and (len(inside) < 2 or chance.random() < 0.5)
        source, other = (outside, inside) if adding else (inside, outside)
        moved = source.pop(chance.randrange(len(source)))
        other.append(moved)
        now = tuple(inside)
        for part, name in (
            ("in force", moved if adding else chance.choice(inside)),
            ("lifted", chance.choice(outside) if adding else moved),
        ):
            fact = chance.choice(asked[name])
            forget = part == "in force"
            cases.append(Case(f"{part}/{step}", part, question(fact.question), fact.text, forget, in_force=now))
    title = f"{changes} adds and lifts, people of {whose}"
    return Suite("sequences", title, targets_of(pool, facts), tuple(cases), ordered=True)
