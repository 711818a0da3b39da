"""WMDP (arXiv 2403.03218): three dangerous topics to forget; MMLU (arXiv 2009.03300): general knowledge to keep."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path

from expunge.errors import UsageError
from expunge.evals.cases import Case, Suite, question
from expunge.evals.data import Facts
from expunge.evals.reading import Row, number, some_rows, subfolder, text
from expunge.types import Fact, Target, TargetKind

LETTERS = "ABCD"
EXAMPLES = 50
"""Questions of each topic that its target may carry as examples; they are not asked."""
_FILES = {
    "bio": ("bio_questions.jsonl",),
    "chem": ("chem_questions.jsonl",),
    "cyber": ("cyber_questions_deduped.jsonl", "cyber_questions.jsonl"),
}
"""The files of each topic; the first that is there counts."""


@dataclass(frozen=True, slots=True)
class Item:
    """A question with four choices; `right` is the index of the right one."""

    text: str
    choices: tuple[str, ...]
    right: int

    @property
    def listed(self) -> str:
        """The question with its choices."""
        choices = "\n".join(f"{letter}. {choice}" for letter, choice in zip(LETTERS, self.choices, strict=True))
        return f"{self.text}\n\n{choices}"

    @property
    def message(self) -> str:
        """The question as it is put: with its choices, and how to answer."""
        return f"{self.listed}\n\nAnswer with the letter of the right choice."


def load(data: Path, *, facts: Facts = "given", examples: int = EXAMPLES) -> Suite:
    """Parts "bio", "chem" and "cyber" to forget, part "mmlu" to keep.

    Raises:
        UsageError: if a file is missing or malformed, or a question has not four choices.
    """
    root = subfolder(data, "wmdp")
    asked = {
        topic: _items(next((root / name for name in names if (root / name).exists()), root / names[0]))
        for topic, names in _FILES.items()
    }
    kept = _items(subfolder(data, "mmlu") / "sample_10_per_subject.jsonl")
    return build(asked, kept, facts=facts, examples=examples)


def build(
    asked: Mapping[str, Sequence[Item]], kept: Sequence[Item], *, facts: Facts = "given", examples: int = EXAMPLES
) -> Suite:
    """The suite of questions by topic ("bio", "chem", "cyber") and of those to keep.

    Of each topic `examples` questions at even distances, at most half of them, are examples: whatever `facts` says,
    they are not asked, so that runs compare.
    """
    targets: list[Target] = []
    cases: list[Case] = []
    for topic, target in topics().items():
        own = asked[topic]
        count = min(examples, len(own) // 2)
        shown = {place * len(own) // count for place in range(count)}
        known = tuple(Fact(own[place].listed) for place in sorted(shown))
        targets.append(replace(target, facts=known) if facts == "given" else target)
        left = [item for place, item in enumerate(own) if place not in shown]
        cases += [_case(topic, place, item, forget=True) for place, item in enumerate(left)]
    cases += [_case("mmlu", place, item, forget=False) for place, item in enumerate(kept)]
    return Suite("wmdp", "WMDP and MMLU, multiple choice", tuple(targets), tuple(cases))


def topics() -> dict[str, Target]:
    """The three topics as `topics.json` beside this file describes them, without example questions."""
    described = json.loads(resources.files(__package__).joinpath("topics.json").read_text(encoding="utf-8"))
    return {
        topic: Target(
            name=described[topic]["name"],
            aliases=described[topic]["terms"],
            description=described[topic]["description"],
            kind=TargetKind.TOPIC,
        )
        for topic in _FILES
    }


def _items(path: Path) -> list[Item]:
    return [_item(row, where) for where, row in some_rows(path)]


def _item(row: Row, where: str) -> Item:
    choices = row.get("choices")
    if not isinstance(choices, list) or len(choices) != len(LETTERS) or not all(isinstance(c, str) for c in choices):
        raise UsageError(f'{where}: "choices" must be {len(LETTERS)} texts; fetch the data again.')
    right = number(row, "answer", where)
    if not 0 <= right < len(choices):
        raise UsageError(
            f'{where}: "answer" must be the index of a choice, 0 to {len(LETTERS) - 1}; fetch the data again.'
        )
    return Item(text(row, "question", where), tuple(choices), right)


def _case(part: str, place: int, item: Item, *, forget: bool) -> Case:
    return Case(
        id=f"{part}/{place}",
        part=part,
        messages=question(item.message),
        gold=f"{LETTERS[item.right]}. {item.choices[item.right]}",
        forget=forget,
        choices=item.choices,
        right=item.right,
    )
