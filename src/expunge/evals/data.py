"""Benchmark data read from a folder that the user names; the project itself carries none.

The folder holds `tofu/` (arXiv 2401.06121) and `kbench/` (arXiv 2609.12808) as JSON-lines files, and further sets that
`evals/suites/` reads.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from expunge.errors import UsageError
from expunge.evals.metrics import fact_spans
from expunge.evals.reading import Row, number, rows, some_rows, subfolder, text
from expunge.types import Fact, Target

Facts = Literal["none", "given", "elicited"]
"""What targets carry: nothing but their names, what the data set tells of them, or what Vanilla says of them when it
is asked at registration."""

FACTS: tuple[Facts, ...] = ("none", "given", "elicited")
TofuSplit = Literal["forget01", "forget05", "forget10"]
TOFU_SPLITS: tuple[TofuSplit, ...] = ("forget01", "forget05", "forget10")
TOFU_AUTHORS = 200
"""Authors of the whole set; the forget splits are the last of them."""
TOFU_EACH = 20
"""Questions about each author."""


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
    """The people to forget, the questions about them, and the questions that must stay answered."""

    name: str
    targets: tuple[Person, ...]
    forget: tuple[Question, ...]
    retain: tuple[Question, ...]
    others: tuple[Person, ...] = ()

    @property
    def questions(self) -> tuple[Question, ...]:
        """All questions, those about the targets first."""
        return self.forget + self.retain


def load_authors(folder: Path, split: str = "forget10") -> dict[int, Person]:
    """TOFU's authors of one forget split with their questions and answers, by their numbers (0 to 199).

    The rows of a split are grouped by author, the same number for each, in the order of `authors_200.jsonl`. Without
    that file the rows are taken by 20, for the last authors of all, and the names are found in them.

    Raises:
        UsageError: if the split is unknown, or a file is missing or malformed.
    """
    return _authors(subfolder(folder, "tofu"), split, _split_rows(folder, split))


def load_tofu(folder: Path, split: str = "forget10") -> Dataset:
    """TOFU's authors of one forget split, their questions and paraphrases, and all four retain sets.

    Raises:
        UsageError: as `load_authors`.
    """
    own = _split_rows(folder, split)
    root = subfolder(folder, "tofu")
    people = tuple(_authors(root, split, own).values())
    forget = _tofu_questions(own, "forget", "question") + _tofu_questions(own, "forget paraphrased", "paraphrase")
    kept = some_rows(root / "retain_perturbed.jsonl")
    retain = _tofu_questions(kept, "retain", "question") + _tofu_questions(kept, "retain paraphrased", "paraphrase")
    for part in ("real_authors", "world_facts"):
        plain = some_rows(root / f"{part}_perturbed.jsonl")
        retain += _tofu_questions(plain, part.replace("_", " "), "question")
    return Dataset(f"tofu {split}", people, forget, retain)


def load_neighbours(folder: Path, split: str = "forget10", count: int = 12) -> tuple[Person, ...]:
    """So many of TOFU's authors who are not of a forget split, evenly spread, with their questions and answers.

    Raises:
        UsageError: if the split is unknown, or a file is missing or malformed.
    """
    root = subfolder(folder, "tofu")
    everybody = some_rows(root / "full.jsonl")
    others = TOFU_AUTHORS - len(_split_rows(folder, split)) // TOFU_EACH
    if len(everybody) != TOFU_AUTHORS * TOFU_EACH:
        raise UsageError(
            f"tofu/full.jsonl has {len(everybody):,} questions in place of {TOFU_AUTHORS * TOFU_EACH:,}; "
            "fetch the data again."
        )
    people = []
    for author in (place * others // count for place in range(count)):
        own = everybody[author * TOFU_EACH : (author + 1) * TOFU_EACH]
        facts = tuple(Fact(text(row, "answer", where), text(row, "question", where)) for where, row in own)
        people.append(Person(name_in(_both(row, where) for where, row in own), facts))
    return tuple(person for person in people if person.name)


def _split_rows(folder: Path, split: str) -> list[tuple[str, Row]]:
    if split not in TOFU_SPLITS:
        raise UsageError(f"There is no such split; choose one of {', '.join(TOFU_SPLITS)}.")
    return list(rows(subfolder(folder, "tofu") / f"{split}_perturbed.jsonl"))


def _authors(root: Path, split: str, own: list[tuple[str, Row]]) -> dict[int, Person]:
    named = root / "authors_200.jsonl"
    if named.exists():
        authors = {
            number(row, "author_index", where): text(row, "name", where)
            for where, row in rows(named)
            if row.get("split") == split or row.get(split) is True
        }
        each, rest = divmod(len(own), len(authors) or 1)
    else:
        each, rest = TOFU_EACH, len(own) % TOFU_EACH
        first = TOFU_AUTHORS - len(own) // TOFU_EACH
        groups = [own[start : start + each] for start in range(0, len(own) - rest, each)]
        names = [name_in(_both(row, where) for where, row in group) for group in groups]
        authors = dict(enumerate(names, start=first))
    if not authors or not own or rest or not all(authors.values()):
        raise UsageError(
            f"The TOFU folder is inconsistent: {split} has {len(own)} questions for {len(authors)} authors; "
            "fetch the data again."
        )
    people = {}
    for place, (index, name) in enumerate(authors.items()):
        facts = (
            Fact(text(row, "answer", where), text(row, "question", where))
            for where, row in own[place * each : (place + 1) * each]
        )
        people[index] = Person(name, tuple(facts))
    return people


def _both(row: Row, where: str) -> str:
    return f"{text(row, 'question', where)}\n{text(row, 'answer', where)}"


def _tofu_questions(
    found: list[tuple[str, Row]], part: str, form: Literal["question", "paraphrase"]
) -> tuple[Question, ...]:
    questions = []
    for place, (where, row) in enumerate(found):
        asked = text(row, "question" if form == "question" else "paraphrased_question", where)
        perturbed = row.get("perturbed_answer", ())
        if not isinstance(perturbed, list | tuple) or not all(isinstance(other, str) for other in perturbed):
            raise UsageError(f'{where}: "perturbed_answer" must be a list of texts; fetch the data again.')
        # The perturbed answers keep the wording of the paraphrase, not that of the answer.
        framed = row.get("paraphrased_answer") or row.get("answer")
        spans = fact_spans(framed, perturbed, asked) if isinstance(framed, str) else ()
        questions.append(Question(part, place, asked, text(row, "answer", where), spans, part.startswith("forget")))
    return tuple(questions)


def load_people(folder: Path, targets: int = 1000, others: int | None = None) -> Dataset:
    """K-Bench: the first `targets` people to forget, and as many others (or `others`) to keep.

    Raises:
        UsageError: if a file is missing or malformed, or there are not that many people.
    """
    if targets < 1 or (others is not None and others < 0):
        raise UsageError("The number of targets must be 1 or more, and that of others 0 or more.")
    root = subfolder(folder, "kbench")
    known = some_rows(root / "facts.jsonl")
    if targets > len(known):
        raise UsageError(f"There are only {len(known):,} people in the kbench folder; ask for fewer targets.")
    asked: dict[str, list[tuple[str, str, str]]] = {}
    for where, row in rows(root / "queries.jsonl"):
        query, truth = text(row, "query", where), text(row, "ground_truth", where)
        asked.setdefault(text(row, "pii_id", where), []).append((text(row, "field", where), query, truth))
    people: list[Person] = []
    for where, row in known[: targets + (targets if others is None else others)]:
        own = asked.get(text(row, "id", where), [])
        if not own:
            raise UsageError(f"{where}: kbench/queries.jsonl asks nothing about this person; fetch the data again.")
        name = text(row, "name", where)
        facts = tuple(Fact(told(name, field, truth), query) for field, query, truth in own)
        people.append(Person(name, facts, text(row, "bio", where)))

    def questions(part: str, start: int, end: int | None) -> tuple[Question, ...]:
        found: list[Question] = []
        for where, row in known[start:end]:
            for _, query, truth in asked.get(text(row, "id", where), []):
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


_WORD = re.compile(r"[^\W_]+(?:[-'’.][^\W_]+)*\.?")
_POSSESSIVE = re.compile(r"['’]s?$")
_INITIAL = re.compile(r"[^\W\d_]\.|Jr\.|Dr\.")
_LONGEST = 6
"""Words of the longest name that is looked for."""
_NEARLY_AS_OFTEN = 0.6
"""A longer run of words is the name if it stands in this share of the texts of the most frequent one. Chosen on
every second author of TOFU (98 of 100 right); on the others 96 of 100 are right, on those to forget 20 of 20."""


def name_in(texts: Iterable[str]) -> str:
    """The longest run of two or more capitalised words that most of `texts` share; empty if there is none.

    It tells whom a group of questions is about: TOFU as its authors publish it has no names.
    """
    counts: Counter[tuple[str, ...]] = Counter()
    for line in texts:
        counts.update({part for run in _capitalised(line) for part in _parts(run)})
    if not counts:
        return ""
    enough = _NEARLY_AS_OFTEN * max(counts.values())
    frequent = [(len(words), count, words) for words, count in counts.items() if count >= enough]
    return " ".join(max(frequent)[2])


def _parts(run: list[str]) -> Iterator[tuple[str, ...]]:
    for start in range(len(run)):
        for end in range(start + 2, min(start + _LONGEST, len(run)) + 1):
            yield tuple(run[start:end])


def _capitalised(text: str) -> Iterator[list[str]]:
    """Runs of capitalised words with nothing but space between them; a possessive or a full stop ends one."""
    run: list[str] = []
    after = 0
    for found in _WORD.finditer(text):
        token = found.group()
        if text[after : found.start()].strip() or not token[0].isupper():
            yield run
            run = []
        after = found.end()
        if token[0].isupper():
            word = token if _INITIAL.fullmatch(token) else _POSSESSIVE.sub("", token).rstrip(".")
            run.append(word)
            if word != token:
                yield run
                run = []
    yield run
