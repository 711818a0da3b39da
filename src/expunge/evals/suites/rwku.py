"""RWKU (arXiv 2406.10890): famous people to forget, asked about in three ways, and what stands next to them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from expunge.evals.cases import Suite
from expunge.evals.data import Facts, Person, Question
from expunge.evals.reading import Row, some_rows, subfolder, text
from expunge.evals.suites.asking import cases_of, targets_of
from expunge.screen.names.patterns import FILLERS
from expunge.text.fold import fold
from expunge.types import Fact

_FORGET = ("level 1", "level 2", "level 3")
_NEIGHBOURS = ("neighbours 1", "neighbours 2")
_BLANK = re.compile(r"_{3,}")
_TITLES = FILLERS | {"prince", "princess", "duke", "duchess", "king", "queen"}


def load(data: Path, *, facts: Facts = "given") -> Suite:
    """Everybody of the set, in parts "level 1" (cloze), "level 2" (questions) and "level 3" (adversarial).

    What names a person neither by the whole name nor by a part of it stands in parts of its own ("level 1 unnamed"). Of
    the questions to keep, about a person's neighbours, those that name a target, or whose answer does, are left out.
    The facts are the filled-in clozes and the plain questions with their answers. What is asked twice counts once.

    Raises:
        UsageError: if a file is missing or malformed.
    """
    root = subfolder(data, "rwku")
    asked = {part: list(some_rows(root / f"forget_level{part[-1]}.jsonl")) for part in _FORGET}
    people = _people((*asked["level 1"], *asked["level 2"]))
    names = frozenset(people)
    forget = [
        (part if _names(text(row, "subject", where), _query(row, where)) else f"{part} unnamed", where, row)
        for part, rows in asked.items()
        for where, row in rows
    ]
    keep = [
        (part, where, row)
        for part in _NEIGHBOURS
        for where, row in some_rows(root / f"neighbor_level{part[-1]}.jsonl")
        if not _is_about(row, where, names)
    ]
    found = [*_questions(forget, forget=True), *_questions(keep, forget=False)]
    return Suite("rwku", f"RWKU, {len(people)} people", targets_of(people.values(), facts), cases_of(found))


def _people(rows: Iterable[tuple[str, Row]]) -> dict[str, Person]:
    known: dict[str, dict[Fact, None]] = {}
    for where, row in rows:
        query, answer = _query(row, where), text(row, "answer", where)
        filled = answer.join(_BLANK.split(query))
        fact = Fact(filled) if filled != query else Fact(answer, query)
        known.setdefault(text(row, "subject", where), {})[fact] = None
    return {name: Person(name, tuple(facts)) for name, facts in known.items()}


def _questions(rows: Iterable[tuple[str, str, Row]], *, forget: bool) -> list[Question]:
    found: dict[tuple[str, str], Question] = {}
    for part, where, row in rows:
        query, answer = _query(row, where), text(row, "answer", where)
        found.setdefault((query, answer), Question(part, len(found), query, answer, forget=forget))
    return list(found.values())


def _query(row: Row, where: str) -> str:
    return text(row, "query", where)


def _is_about(row: Row, where: str, names: Iterable[str]) -> bool:
    """Whether a question about a neighbour, or its answer, names a target: any in full, its own in part."""
    said = f"{_query(row, where)}\n{text(row, 'answer', where)}"
    if _names(text(row, "subject", where), said) or text(row, "neighbor", where) in names:
        return True
    padded = f" {fold(said)} "
    return any(f" {fold(form)} " in padded for name in names for form in (name, name.partition(",")[0]))


def _names(person: str, said: str) -> bool:
    """Whether a text holds a person's name, or one part of it that is capitalised and no title."""
    bare = person.partition(",")[0]
    parts = [part for part in re.split(r"[\s.-]+", bare) if len(part) > 2 and fold(part) not in _TITLES]
    return any(re.search(rf"(?<!\w){re.escape(part)}(?!\w)", said) for part in (person, bare, *parts))
