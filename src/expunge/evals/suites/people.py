"""K-Bench (arXiv 2609.12808): many synthetic people to forget, and as many others to keep."""

from __future__ import annotations

from pathlib import Path

from expunge.evals.cases import Suite
from expunge.evals.data import Dataset, Facts, load_people
from expunge.evals.suites.asking import case_of, targets_of


def load(data: Path, *, targets: int = 1000, others: int | None = None, facts: Facts = "given") -> Suite:
    """The first `targets` people to forget, and as many others (or `others`) to keep, four questions about each.

    Raises:
        UsageError: if a file is missing or malformed, or there are not that many people.
    """
    return build(load_people(data, targets, others), facts=facts)


def build(found: Dataset, *, facts: Facts = "given") -> Suite:
    """The suite of a data set of people; a model that knows all answers with the fact as a sentence."""
    sentences = {fact.question: fact.text for person in (*found.targets, *found.others) for fact in person.facts}
    return Suite(
        "people",
        f"K-Bench, {len(found.targets):,} people to forget",
        targets_of(found.targets, facts),
        tuple(case_of(asked, sentences.get(asked.text)) for asked in found.questions),
    )
