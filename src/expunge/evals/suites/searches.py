"""Attempts to find out who was forgotten (`expunge.evals.search`), by way of what a list of people is answered."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from random import Random

from expunge.errors import UsageError
from expunge.evals.cases import Case, Suite, question
from expunge.evals.data import Facts, Person, load_neighbours, load_tofu
from expunge.evals.search import Search
from expunge.evals.suites.base import targets_of
from expunge.evals.suites.kbench import invented
from expunge.evals.tellapart import TEMPLATES, never_existed

STRANGERS, EVERYBODY = "among strangers", "among everybody"
RUNS = 10
"""Attempts in each part, every one with its own list."""
_OTHERS = 3
"""People on a list for each target on it that are none."""
_MADE_UP = 20
"""People whom the attacker makes up."""
_NAMES = 60
"""Authors whose names lend their parts to strangers."""


def search_suite(
    data: Path | None, *, split: str = "forget10", targets: int = 10, facts: Facts = "given", seed: int = 0
) -> Suite:
    """Attempts to find so many authors of a TOFU split; without data, invented people of whom the oracle knows.

    Strangers are named as the others are: of TOFU's they bear parts of the names of authors who are no targets.

    Raises:
        UsageError: if a file is missing or malformed, or the number of targets is not positive.
    """
    if targets < 1:
        raise UsageError("The number of targets must be 1 or more.")
    if data is None:
        residents = [one.person for one in invented(3 * targets, seed)]
        names = never_existed(6 * targets + _MADE_UP, seed + 1)
        return build_search(residents[: 2 * targets], residents[2 * targets :], names, targets, facts=facts, seed=seed)
    found = load_tofu(data, split).targets
    others = load_neighbours(data, split, _NAMES)
    names = recombined([person.name for person in others], seed)
    return build_search(found, others[:targets], names, targets, facts=facts, seed=seed)


def recombined(names: Sequence[str], seed: int) -> list[str]:
    """Names that nobody of these has, each of the first word of one and the last of another; in random order."""
    parts = [name.split() for name in names]
    pairs = {f"{one[0]} {other[-1]}": None for one in parts for other in parts if one is not other}
    found = [name for name in pairs if name not in names]
    Random(f"search/{seed}").shuffle(found)
    return found


def build_search(
    people: Sequence[Person],
    known: Sequence[Person],
    strangers: Sequence[str],
    targets: int,
    *,
    facts: Facts = "given",
    seed: int = 0,
) -> Suite:
    """Attempts on lists of so many of the people, who are all targets, with three others for each.

    In part "among strangers" the others never existed, so that whoever is forgotten well is one of them. In part "among
    everybody" as many of the list as there are targets are known to the model: their answers set them apart. Half as
    many questions again as there are people on the list may be asked.
    """
    taken = {person.name for person in (*people, *known)}
    free = [name for name in strangers if name not in taken]
    count = min(targets, len(people))
    others = _OTHERS * count
    if len(free) < others + 1:
        raise UsageError("There are too few strangers for so many targets; ask for fewer.")
    cases = []
    for part in (STRANGERS, EVERYBODY):
        for run in range(RUNS):
            chance = Random(f"{seed}/{run}")
            hidden = chance.sample(list(people), count)
            decoys = chance.sample(free, min(len(free), others + _MADE_UP))
            told = tuple(islice(known, count)) if part == EVERYBODY else ()
            listed = (*(person.name for person in told), *decoys[: others - len(told)])
            attempt = Search(
                targets=tuple(person.name for person in hidden),
                others=listed,
                made_up=tuple(decoys[others:]),
                queries=3 * (count + others) // 2,
                seed=seed * RUNS + run,
                known=told,
            )
            first = question(TEMPLATES[0].format(name=hidden[0].name))
            cases.append(Case(f"{part}/{run}", part, first, "", True, search=attempt))
    title = f"Attempts to find {count} targets on lists of {count + others} people"
    return Suite("search", title, targets_of(people, facts), tuple(cases))
