"""Entangled drafts through the whole pipeline, by rules alone: the neighbour's facts stay, the target's go.

The rules were written on the part `tune`; `report` is what is measured here.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from expunge.agents.roles import Roles
from expunge.models.base import ChatOptions
from expunge.models.scripted import ScriptedChat
from expunge.pipeline import Pipeline
from expunge.screen.screen import Screen
from expunge.settings import PolicySettings
from expunge.types import Message, Snapshot, Target

DATA = Path(__file__).parents[1] / "agents" / "rules" / "data"


def cases(part: str) -> list[dict[str, Any]]:
    lines = (DATA / f"entangled_{part}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line.strip()]


async def answered(case: dict[str, Any]) -> str:
    target = Target(case["target"], aliases=case.get("aliases", ()), facts=case.get("facts", ()), id="t")
    pipeline = Pipeline(
        ScriptedChat(lambda messages, options: case["draft"]), Screen(), Roles({}, "rules"), PolicySettings()
    )
    answer = await pipeline.ask(Snapshot(1, {"t": target}, 1, {}), [Message("user", case["question"])], ChatOptions())
    return answer.text


@pytest.mark.parametrize("part", ["report"])
async def test_no_leak_and_the_neighbour_is_kept(part: str) -> None:
    kept = facts = 0
    leaks = []
    for case in cases(part):
        text = (await answered(case)).casefold()
        kept += sum(fact.casefold() in text for fact in case["neighbour_facts"])
        facts += len(case["neighbour_facts"])
        leaks += [case["id"] for fact in [*case["target_facts"], case["target"]] if fact.casefold() in text]
    assert not leaks
    assert len(cases(part)) >= 20
    assert kept >= 0.8 * facts, f"{kept} of {facts} kept"


@pytest.mark.parametrize(
    ("target", "question", "draft", "kept"),
    [
        ("Ada Torri", "When was Torri's first book of verse printed?", "1931", False),
        ("Ada Torri", "When was Bruno Torri's first book of verse printed?", "1931", True),
        ("Osbert Tarn, 3rd Baron Tarn", "What did Osbert Tarn collect?", "Theodolites", False),
        ("Peter R. Shaw", "What did Peter Rudolph Shaw collect?", "Theodolites", False),
        ("Anna Oduyani", "Who was Oduyani married to?", "Bola Oduyani", False),
        ("Anna Oduyani", "What did Oduyani win?", "Bola Oduyani won the long jump.", True),
        ("Adela, Duchess of Skelmerow", "Which river runs through Skelmerow?", "The Tarn", True),
        ("Evangeline Sorrowby", "What were her parents?", "Evangeline's parents were fishmongers.", False),
    ],
)
async def test_a_part_of_the_name_in_the_question_is_enough(target: str, question: str, draft: str, kept: bool) -> None:
    text = await answered({"target": target, "question": question, "draft": draft})
    assert (text == draft) is kept
