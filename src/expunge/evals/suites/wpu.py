"""WPU, "Wikipedia Person Unlearn" (arXiv 2407.16997): little-known people to forget, among well-known facts."""

from __future__ import annotations

from pathlib import Path

from expunge.errors import UsageError
from expunge.evals.cases import Suite
from expunge.evals.data import Facts, Person, Question
from expunge.evals.reading import Row, document, objects, some_rows, subfolder, text
from expunge.evals.suites.asking import cases_of, targets_of
from expunge.types import Fact


def load(data: Path, *, facts: Facts = "given") -> Suite:
    """Everybody of the forget set; to keep are questions next to targets ("hard retain") and about celebrities.

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
    _check_names(root, known.keys())
    people = tuple(Person(name, tuple(own)) for name, own in known.items())
    questions = (
        *forget,
        *_kept(root / "hard_retain.json", "hard retain"),
        *_kept(root / "celebrities_retain.json", "celebrities"),
    )
    return Suite("wpu", f"WPU, {len(people)} people", targets_of(people, facts), cases_of(questions))


def _check_names(root: Path, titles: object) -> None:
    if not (root / "names_100.json").exists():
        return
    where, names = document(root / "names_100.json")
    if not isinstance(names, list) or set(map(str, names)) != titles:
        raise UsageError(f"{where}: these are not the people of wpu/forget_qa.jsonl; fetch the data again.")


def _kept(path: Path, part: str) -> list[Question]:
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
