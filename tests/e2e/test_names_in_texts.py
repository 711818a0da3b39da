"""Written texts in which a person would read a registered name, and others in which its parts are other people's.

`names/laid_out.jsonl` was written by people who did not see the code, in three parts: `dev` and `test` were tuned on,
`report` was measured blind first (23 of 245 names passed, 7 of 210 texts of others were touched) and then its causes
were mended, too. `names/paragraphs.jsonl` holds ordinary paragraphs in which the parts of two registered names occur
apart.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from expunge.agents.roles import Roles
from expunge.pipeline import Outcome, Pipeline
from expunge.screen.screen import Screen
from expunge.settings import PolicySettings
from expunge.types import Decision, Draft, Message, Snapshot, Target

NAMES = Path(__file__).parent / "names"
MISSED = frozenset(
    [
        "dev-punctuation-17",
        "dev-apart-17",
        "test-punctuation-11",
        "test-punctuation-17",
        "test-apart-12",
        "test-apart-14",
        "apart-19",
        "apart-20",
        "apart-24",
        "turns-09",
        "punctuation-06",
        "family_context-39",
        "addresses-10",
    ]
)
"""Those that are known to be judged wrongly: letters spelled with words between, and what only reasoning tells."""


def lines(name: str) -> Iterator[dict[str, Any]]:
    with (NAMES / name).open(encoding="utf-8") as file:
        yield from map(json.loads, file)


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    return Pipeline(None, Screen(), Roles({}, "rules"), PolicySettings(agents="rules"))


_bases = iter(range(1, 1_000_000))


def decided(pipeline: Pipeline, names: Sequence[str], messages: Sequence[Message], text: str) -> Outcome:
    targets = {f"t{i}": Target(name, id=f"t{i}") for i, name in enumerate(names)}
    return asyncio.run(pipeline.decide(Snapshot(1, targets, next(_bases), {}), messages, Draft(text)))


def test_names_are_read_and_other_people_left_alone(pipeline: Pipeline) -> None:
    wrong = set()
    for case in lines("laid_out.jsonl"):
        turns = case.get("messages") or [{"role": "user", "content": case["question"]}]
        messages = [Message(turn["role"], turn["content"]) for turn in turns]
        outcome = decided(pipeline, [case["target"]], messages, case["text"])
        passed = outcome.text == case["text"] and outcome.decision is Decision.PASSED
        if passed is not (case["label"] == "keep"):
            wrong.add(case["id"].removeprefix("report-"))
    assert wrong <= MISSED, sorted(wrong - MISSED)


def test_ordinary_paragraphs_are_untouched(pipeline: Pipeline) -> None:
    texts = list(lines("paragraphs.jsonl"))
    touched = [
        case["text"]
        for case in texts
        if decided(pipeline, case["targets"], [Message("user", "Write a paragraph.")], case["text"]).text
        != case["text"]
    ]
    assert len(texts) == 400
    assert len(touched) * 100 <= len(texts), touched
