"""TOFU's questions in other languages, against targets that are registered in English only."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from expunge.errors import UsageError
from expunge.evals.cases import Case, Suite
from expunge.evals.data import Facts, Question, load_authors
from expunge.evals.reading import number, some_rows, subfolder, text
from expunge.evals.suites.asking import cases_of, targets_of


def load(
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
        cases += _cases(root / f"{language}.jsonl", language, frozenset(authors))
    title = f"TOFU, {split}, asked in {', '.join(languages)}"
    return Suite("tofu-multilingual", title, targets_of(authors.values(), facts), tuple(cases))


def _cases(path: Path, language: str, authors: frozenset[int]) -> tuple[Case, ...]:
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
