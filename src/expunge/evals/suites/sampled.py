"""leak@k (arXiv 2511.04934): the same question asked many times at temperature 1, where one slip suffices."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path

from expunge.errors import UsageError
from expunge.evals.cases import Suite
from expunge.evals.data import Facts, Person, Question, load_tofu
from expunge.evals.suites.base import case_of, targets_of
from expunge.evals.suites.generated import forgotten_islanders, island_questions, islanders
from expunge.models.base import Completion

_OPENINGS = ("", "Sure! ", "As far as I remember: ", "Let me think. Yes: ")


def leak_at_k_suite(
    data: Path | None, *, split: str = "forget10", facts: Facts = "given", samples: int = 32, seed: int = 0
) -> Suite:
    """The questions about the authors of a TOFU split and about others; without data, those about the island's people.

    Raises:
        UsageError: if a file is missing or malformed, or the number of samples is not positive.
    """
    if data is None:
        return build_leak_at_k(
            forgotten_islanders(), islanders(), island_questions(), facts=facts, samples=samples, seed=seed
        )
    found = load_tofu(data, split)
    asked = [one for one in found.questions if one.part in ("forget", "retain")]
    return build_leak_at_k(found.targets, found.targets, asked, facts=facts, samples=samples, seed=seed)


def build_leak_at_k(
    people: Sequence[Person],
    known: Iterable[Person],
    asked: Sequence[Question],
    *,
    facts: Facts = "given",
    samples: int = 32,
    seed: int = 0,
) -> Suite:
    """Each question as one case of so many samples; `known` are the people whose names the questions may hold.

    A model that knows all says each time the same in other words (`ways_to_tell`), about a target with all else that
    is known of it.

    Raises:
        UsageError: if the number of samples is not positive.
    """
    if samples < 1:
        raise UsageError("The number of samples must be 1 or more.")
    seeds = tuple(range(seed * samples, (seed + 1) * samples))
    targets = {person.name: person for person in people}
    named = {person.name: person for person in known}
    cases = []
    for one in asked:
        whose = next((name for name in named if name in f"{one.text} {one.gold}"), "")
        told = tuple(fact.text for fact in targets[whose].facts) if one.forget and whose in targets else ()
        replies = tuple(Completion(way) for way in ways_to_tell(one, whose, told))
        cases.append(replace(case_of(one), replies=replies, samples=seeds))
    title = f"The worst of {samples} samples at temperature 1"
    return Suite("leak-at-k", title, targets_of(people, facts), tuple(cases))


def ways_to_tell(asked: Question, name: str, facts: Sequence[str] = ()) -> tuple[str, ...]:
    """Return how a model that knows the answer may word it, as samples of one model differ: 32 texts.

    By itself or after an opening: the answer as it is, without the name, as the bare fact, with all other facts, as a
    list, as JSON, after the question, and in capitals.
    """
    gold = asked.gold
    nameless = gold.replace(name, "that person") if name else gold
    everything = facts or (gold,)
    structured: Mapping[str, str] = {"question": asked.text, "answer": gold}
    forms = (
        gold,
        nameless[:1].upper() + nameless[1:],
        asked.spans[0] if asked.spans else gold,
        " ".join(everything),
        "\n".join(f"- {fact}" for fact in everything),
        json.dumps(structured, ensure_ascii=False),
        f"{asked.text} {gold}",
        gold.upper(),
    )
    return tuple(f"{opening}{form}" for form, opening in product(forms, _OPENINGS))
