"""Suites about the people of published data sets: TOFU, also in other languages, K-Bench, WPU and RWKU."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from expunge.errors import UsageError
from expunge.evals.cases import Case, Suite
from expunge.evals.data import Dataset, Facts, Person, Question, load_authors, load_people, load_tofu
from expunge.evals.reading import Row, document, number, objects, some_rows, subfolder, text
from expunge.evals.suites.base import case_of, cases_of, targets_of
from expunge.screen.names.patterns import FILLERS
from expunge.text.fold import fold
from expunge.types import Fact


def tofu_suite(data: Path, *, split: str = "forget10", facts: Facts = "given") -> Suite:
    """TOFU (arXiv 2401.06121): a split's fictitious authors, asked in two wordings, and all four sets to keep.

    Raises:
        UsageError: if the split is unknown, or a file is missing or malformed.
    """
    found = load_tofu(data, split)
    return Suite("tofu", f"TOFU, {split}", targets_of(found.targets, facts), cases_of(found.questions))


def multilingual_suite(
    data: Path, *, languages: Sequence[str] = ("fr", "ru", "ja"), split: str = "forget10", facts: Facts = "given"
) -> Suite:
    """The translated questions (data of "Multilingual Amnesia", EACL 2026): parts "fr forget", "fr retain", and so on.

    Names in them are often transliterated. The targets are those of TOFU's split, with their English facts.

    Raises:
        UsageError: if a language is not there, or a file is missing or malformed.
    """
    authors = load_authors(data, split)
    root = subfolder(data, "tofu_multilingual")
    known = sorted(path.stem for path in root.glob("*.jsonl"))
    if not languages or not set(languages) <= set(known):
        raise UsageError(
            f"The folder tofu_multilingual/ has not all languages asked for; choose from: {', '.join(known) or 'none'}."
        )
    cases: list[Case] = []
    for language in languages:
        cases += _translated_cases(root / f"{language}.jsonl", language, frozenset(authors))
    title = f"TOFU, {split}, asked in {', '.join(languages)}"
    return Suite("tofu-multilingual", title, targets_of(authors.values(), facts), tuple(cases))


def _translated_cases(path: Path, language: str, authors: frozenset[int]) -> tuple[Case, ...]:
    questions: dict[bool, list[Question]] = {True: [], False: []}
    for where, row in some_rows(path):
        forget = number(row, "author_index", where) in authors
        own = questions[forget]
        part = f"{language} {'forget' if forget else 'retain'}"
        own.append(Question(part, len(own), text(row, "question", where), text(row, "answer", where), forget=forget))
    if not questions[True] or not questions[False]:
        raise UsageError(
            f"The data file tofu_multilingual/{path.name} does not fit the folder tofu/: it needs questions about "
            "authors to forget and about others; fetch the data again."
        )
    return cases_of((*questions[True], *questions[False]))


def many_people_suite(data: Path, *, targets: int = 1000, others: int | None = None, facts: Facts = "given") -> Suite:
    """K-Bench (arXiv 2609.12808): the first `targets` people to forget, and as many others (or `others`) to keep.

    There are four questions about each.

    Raises:
        UsageError: if a file is missing or malformed, or there are not that many people.
    """
    return build_many_people(load_people(data, targets, others), facts=facts)


def build_many_people(found: Dataset, *, facts: Facts = "given") -> Suite:
    """The suite of a data set of people; a model that knows all answers with the fact as a sentence."""
    sentences = {fact.question: fact.text for person in (*found.targets, *found.others) for fact in person.facts}
    return Suite(
        "many-people",
        f"K-Bench, {len(found.targets):,} people to forget",
        targets_of(found.targets, facts),
        tuple(case_of(asked, sentences.get(asked.text)) for asked in found.questions),
    )


def wpu_suite(data: Path, *, facts: Facts = "given") -> Suite:
    """WPU, "Wikipedia Person Unlearn" (arXiv 2407.16997): little-known people to forget, among well-known facts.

    All of the forget set are targets; to keep are questions next to them ("hard retain") and about celebrities.

    Raises:
        UsageError: if a file is missing or malformed, or the files do not fit together.
    """
    root = subfolder(data, "wpu")
    known: dict[str, list[Fact]] = {}
    forget: list[Question] = []
    for where, row in some_rows(root / "forget_qa.jsonl"):
        fact = Fact(text(row, "answer", where), text(row, "question", where))
        known.setdefault(text(row, "title", where), []).append(fact)
        forget.append(Question("forget", len(forget), fact.question, fact.text, forget=True))
    _check_wpu_names(root, known.keys())
    people = tuple(Person(name, tuple(own)) for name, own in known.items())
    questions = (
        *forget,
        *_wpu_kept(root / "hard_retain.json", "hard retain"),
        *_wpu_kept(root / "celebrities_retain.json", "celebrities"),
    )
    return Suite("wpu", f"WPU, {len(people)} people", targets_of(people, facts), cases_of(questions))


def _check_wpu_names(root: Path, titles: object) -> None:
    if not (root / "names_100.json").exists():
        return
    where, names = document(root / "names_100.json")
    if not isinstance(names, list) or set(map(str, names)) != titles:
        raise UsageError(f"{where}: these are not the people of wpu/forget_qa.jsonl; fetch the data again.")


def _wpu_kept(path: Path, part: str) -> list[Question]:
    """Questions to keep: an object of lists by person, or JSON lines, as the hub has them."""
    found: list[tuple[str, Row]] = []
    lines = path.with_suffix(".jsonl")
    if lines.exists() and not path.exists():
        found = some_rows(lines)
        names = ("question", "answer")
    else:
        where, by_person = document(path)
        if not isinstance(by_person, dict) or not by_person:
            raise UsageError(f"{where}: lists by person were expected; fetch the data again.")
        for place, own in enumerate(by_person.values(), start=1):
            found += objects(own, f"{where}, person {place}")
        names = ("Question", "Answer")
    return [
        Question(part, place, text(row, names[0], where), text(row, names[1], where))
        for place, (where, row) in enumerate(found)
    ]


_FORGET = ("level 1", "level 2", "level 3")
_NEIGHBOURS = ("neighbours 1", "neighbours 2")
_BLANK = re.compile(r"_{3,}")
_TITLES = FILLERS | {"prince", "princess", "duke", "duchess", "king", "queen"}


def rwku_suite(data: Path, *, facts: Facts = "given") -> Suite:
    """RWKU (arXiv 2406.10890): famous people to forget, asked about in three ways, and what stands next to them.

    The parts are "level 1" (cloze), "level 2" (questions) and "level 3" (adversarial).

    What names a person neither by the whole name nor by a part of it stands in parts of its own ("level 1 unnamed"). Of
    the questions to keep, about a person's neighbours, those that name a target, or whose answer does, are left out.
    The facts are the filled-in clozes and the plain questions with their answers. What is asked twice counts once.

    Raises:
        UsageError: if a file is missing or malformed.
    """
    root = subfolder(data, "rwku")
    asked = {part: list(some_rows(root / f"forget_level{part[-1]}.jsonl")) for part in _FORGET}
    people = _rwku_people((*asked["level 1"], *asked["level 2"]))
    names = frozenset(people)
    forget = [
        (part if _is_named_in(text(row, "subject", where), _query(row, where)) else f"{part} unnamed", where, row)
        for part, rows in asked.items()
        for where, row in rows
    ]
    keep = [
        (part, where, row)
        for part in _NEIGHBOURS
        for where, row in some_rows(root / f"neighbor_level{part[-1]}.jsonl")
        if not _is_about(row, where, names)
    ]
    found = [*_rwku_questions(forget, forget=True), *_rwku_questions(keep, forget=False)]
    return Suite("rwku", f"RWKU, {len(people)} people", targets_of(people.values(), facts), cases_of(found))


def _rwku_people(rows: Iterable[tuple[str, Row]]) -> dict[str, Person]:
    known: dict[str, dict[Fact, None]] = {}
    for where, row in rows:
        query, answer = _query(row, where), text(row, "answer", where)
        filled = answer.join(_BLANK.split(query))
        fact = Fact(filled) if filled != query else Fact(answer, query)
        known.setdefault(text(row, "subject", where), {})[fact] = None
    return {name: Person(name, tuple(facts)) for name, facts in known.items()}


def _rwku_questions(rows: Iterable[tuple[str, str, Row]], *, forget: bool) -> list[Question]:
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
    if _is_named_in(text(row, "subject", where), said) or text(row, "neighbor", where) in names:
        return True
    padded = f" {fold(said)} "
    return any(f" {fold(form)} " in padded for name in names for form in (name, name.partition(",")[0]))


def _is_named_in(person: str, said: str) -> bool:
    """Whether a text holds a person's name, or one part of it that is capitalised and no title."""
    bare = person.partition(",")[0]
    parts = [part for part in re.split(r"[\s.-]+", bare) if len(part) > 2 and fold(part) not in _TITLES]
    return any(re.search(rf"(?<!\w){re.escape(part)}(?!\w)", said) for part in (person, bare, *parts))
