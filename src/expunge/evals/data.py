"""Benchmark data read from a folder that the user names; the project itself carries none.

The folder holds `tofu/` (arXiv 2401.06121) and `kbench/` (arXiv 2609.12808) as JSON-lines files.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from expunge.errors import UsageError
from expunge.evals.metrics import fact_spans
from expunge.types import Fact, Target

TofuSplit = Literal["forget01", "forget05", "forget10"]
TOFU_SPLITS: tuple[TofuSplit, ...] = ("forget01", "forget05", "forget10")


@dataclass(frozen=True, slots=True)
class Question:
    """One question with its gold answer.

    `part` and `number` say where it stands ("forget paraphrased", 12); `spans` are the normalised spans of the
    gold answer that count as the fact, word for word; `forget` says that it is about a target.
    """

    part: str
    number: int
    text: str
    gold: str
    spans: tuple[str, ...] = ()
    forget: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of a data set: a name, what is known (question-answer pairs) and perhaps a short biography."""

    name: str
    facts: tuple[Fact, ...] = ()
    bio: str = ""

    def target(self, *, with_facts: bool) -> Target:
        """The person as a target, by name only or with all facts."""
        return Target(name=self.name, facts=self.facts if with_facts else ())


@dataclass(frozen=True, slots=True)
class Dataset:
    """Who must be forgotten, the questions about them, and the questions that must stay answered."""

    name: str
    targets: tuple[Person, ...]
    forget: tuple[Question, ...]
    retain: tuple[Question, ...]
    others: tuple[Person, ...] = ()

    @property
    def questions(self) -> tuple[Question, ...]:
        """All questions, those about the targets first."""
        return self.forget + self.retain


def load_tofu(folder: Path, split: str = "forget10") -> Dataset:
    """TOFU's authors of one forget split, their questions and paraphrases, and all four retain sets.

    The rows of a split are grouped by author, the same number for each, in the order of `authors_200.jsonl`.

    Raises:
        UsageError: if the split is unknown, or a file is missing or malformed.
    """
    if split not in TOFU_SPLITS:
        raise UsageError(f"There is no such split; choose one of {', '.join(TOFU_SPLITS)}.")
    root = _subfolder(folder, "tofu")
    names = [_text(row, "name", where) for where, row in _rows(root / "authors_200.jsonl") if _in_split(row, split)]
    rows = list(_rows(root / f"{split}_perturbed.jsonl"))
    if not names or not rows or len(rows) % len(names):
        raise UsageError(
            f"The TOFU folder is inconsistent: {split} has {len(rows)} questions for {len(names)} authors; "
            "fetch the data again."
        )
    each = len(rows) // len(names)
    people = []
    for number, name in enumerate(names):
        own = rows[number * each : (number + 1) * each]
        facts = tuple(Fact(_text(row, "answer", where), _text(row, "question", where)) for where, row in own)
        people.append(Person(name, facts))
    forget = _tofu_questions(rows, "forget", "question") + _tofu_questions(rows, "forget paraphrased", "paraphrase")
    kept = list(_rows(root / "retain_perturbed.jsonl"))
    retain = _tofu_questions(kept, "retain", "question") + _tofu_questions(kept, "retain paraphrased", "paraphrase")
    for part in ("real_authors", "world_facts"):
        plain = list(_rows(root / f"{part}_perturbed.jsonl"))
        retain += _tofu_questions(plain, part.replace("_", " "), "question")
    return Dataset(f"tofu {split}", tuple(people), forget, retain)


def _tofu_questions(
    rows: list[tuple[str, Mapping[str, Any]]], part: str, form: Literal["question", "paraphrase"]
) -> tuple[Question, ...]:
    questions = []
    for number, (where, row) in enumerate(rows):
        text = _text(row, "question" if form == "question" else "paraphrased_question", where)
        perturbed = row.get("perturbed_answer", ())
        if not isinstance(perturbed, list | tuple) or not all(isinstance(other, str) for other in perturbed):
            raise UsageError(f'{where}: "perturbed_answer" must be a list of texts; fetch the data again.')
        # The perturbed answers keep the wording of the paraphrase, not that of the answer.
        framed = row.get("paraphrased_answer") or row.get("answer")
        spans = fact_spans(framed, perturbed, text) if isinstance(framed, str) else ()
        questions.append(Question(part, number, text, _text(row, "answer", where), spans, part.startswith("forget")))
    return tuple(questions)


def _in_split(row: Mapping[str, Any], split: str) -> bool:
    return row.get("split") == split or row.get(split) is True


def load_people(folder: Path, targets: int = 1000, others: int | None = None) -> Dataset:
    """K-Bench: the first `targets` people to forget, and as many others (or `others`) to keep.

    Raises:
        UsageError: if a file is missing or malformed, or there are not that many people.
    """
    if targets < 1 or (others is not None and others < 0):
        raise UsageError("The number of targets must be 1 or more, and that of others 0 or more.")
    root = _subfolder(folder, "kbench")
    rows = list(_rows(root / "facts.jsonl"))
    if targets > len(rows):
        raise UsageError(f"There are only {len(rows):,} people in the kbench folder; ask for fewer targets.")
    asked: dict[str, list[tuple[str, str, str]]] = {}
    for where, row in _rows(root / "queries.jsonl"):
        query, truth = _text(row, "query", where), _text(row, "ground_truth", where)
        asked.setdefault(_text(row, "pii_id", where), []).append((_text(row, "field", where), query, truth))
    people: list[Person] = []
    for where, row in rows[: targets + (targets if others is None else others)]:
        own = asked.get(_text(row, "id", where), [])
        name = _text(row, "name", where)
        facts = tuple(Fact(told(name, field, truth), query) for field, query, truth in own)
        people.append(Person(name, facts, _text(row, "bio", where)))

    def questions(part: str, start: int, end: int | None) -> tuple[Question, ...]:
        found: list[Question] = []
        for where, row in rows[start:end]:
            for _, query, truth in asked.get(_text(row, "id", where), []):
                found.append(Question(part, len(found), query, truth, (truth,), forget=start == 0))
        return tuple(found)

    return Dataset(
        f"kbench {targets}",
        tuple(people[:targets]),
        questions("people forget", 0, targets),
        questions("people retain", targets, len(people)),
        tuple(people[targets:]),
    )


def told(name: str, field: str, truth: str) -> str:
    """A K-Bench fact as a sentence; a field of another name is told in a general form."""
    forms = {
        "date_of_birth": f"{name} was born on {truth}.",
        "address": f"{name} lives at {truth}.",
        "occupation": f"{name} works as a {truth}.",
        "employer": f"{name} is employed by {truth}.",
    }
    return forms.get(field, f"The {field.replace('_', ' ')} of {name} is {truth}.")


def _subfolder(folder: Path, name: str) -> Path:
    if not folder.is_dir():
        raise UsageError("The data folder does not exist; give the folder that holds tofu/ and kbench/ with --data.")
    if not (folder / name).is_dir():
        raise UsageError(f"The data folder has no {name}/ in it; give the folder that holds {name}/ with --data.")
    return folder / name


def _rows(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except FileNotFoundError:
        raise UsageError(f"The data file {path.parent.name}/{path.name} is missing; fetch the data again.") from None
    except (OSError, UnicodeDecodeError):
        raise UsageError(f"The data file {path.parent.name}/{path.name} cannot be read as UTF-8 text.") from None
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        where = f"{path.parent.name}/{path.name}, line {number}"
        try:
            row = json.loads(line)
        except json.JSONDecodeError:
            raise UsageError(f"{where}: not JSON; fetch the data again.") from None
        if not isinstance(row, dict):
            raise UsageError(f"{where}: not a JSON object; fetch the data again.")
        yield where, row


def _text(row: Mapping[str, Any], key: str, where: str) -> str:
    value = row.get(key)
    if not isinstance(value, str) or not value.strip():
        raise UsageError(f'{where}: "{key}" is missing or not text; fetch the data again.')
    return value
