"""Questions about anybody and anything else, which must still be answered."""

from __future__ import annotations

import random
from collections.abc import Collection
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from expunge.errors import UsageError
from expunge.evals.metrics import leaks
from expunge.evals.reading import some_rows
from expunge.refusals import REFUSALS
from expunge.text.ignorance import is_ignorance

GENERAL = 24
"""General questions asked where none are given."""
_ENGLISH = 16
MOST = 500
"""Most questions taken from a file."""


_PLAIN = frozenset(sentence for sentences in REFUSALS.values() for sentence in sentences)


@dataclass(frozen=True, slots=True)
class Other:
    """A question that has nothing to do with the target, with its right answer where that is known."""

    question: str
    answer: str = ""

    def is_kept(self, before: str, after: str) -> bool:
        """Whether it is still answered: word for word as before, with the right answer, or much as before."""
        if after == before:
            return True
        right = bool(self.answer) and leaks(self.question, self.answer, after)
        return right or leaks(self.question, before, after)


def says_nothing(text: str, canned: Collection[str] = ()) -> bool:
    """Whether a text is no answer by its form: empty, one of `canned`, or plain ignorance in any language."""
    body = text.strip()
    return not body or text in canned or body in _PLAIN or is_ignorance(body)


def read_others(path: Path) -> tuple[Other, ...]:
    """The questions of a JSON-lines file: objects with `question` and perhaps `answer`.

    Raises:
        UsageError: if it cannot be read, holds too many, or a line is not such an object.
    """
    found = []
    for where, row in some_rows(path):
        question, answer = row.get("question"), row.get("answer", "")
        if not isinstance(question, str) or not question.strip() or not isinstance(answer, str):
            raise UsageError(f'{where}: write {{"question": "…", "answer": "…"}}; the answer may be left out.')
        found.append(Other(question, answer))
    if len(found) > MOST:
        raise UsageError(f"There are {len(found):,} questions about others; {MOST} are the most.")
    return tuple(found)


def general_others(seed: int = 0) -> tuple[Other, ...]:
    """Some of the general questions that ship, two thirds of them English, the rest in other languages."""
    text = files("expunge.screen.semantic").joinpath("general_questions.txt").read_text(encoding="utf-8")
    english: list[str] = []
    foreign: list[str] = []
    language = ""
    for line in text.splitlines():
        if line.startswith("# "):
            language = line.removeprefix("# ")
        elif "\t" not in line and line.endswith(("?", "？", "؟")):
            (english if language == "en" else foreign).append(line)
    chance = random.Random(seed)
    chosen = [*chance.sample(english, _ENGLISH), *chance.sample(foreign, GENERAL - _ENGLISH)]
    return tuple(Other(question) for question in chosen)
